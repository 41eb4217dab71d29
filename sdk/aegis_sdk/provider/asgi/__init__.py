"""
The contract at the door of an ASGI application, whatever it is written with.
"""

from __future__ import annotations

from aegis_sdk.provider.asgi._contract import ContractMiddleware, ContractReport
from aegis_sdk.provider.asgi._idempotency import IdempotencyMiddleware

__all__ = ["ContractMiddleware", "ContractReport", "IdempotencyMiddleware"]
