"""
The contract at a provider's door: what a service needs to offer what its contract promises.

Problems and request models come from the contract (``aegis_sdk.provider.user``). Nothing here knows a framework.
"""

from __future__ import annotations

from aegis_sdk.provider._problem import ProblemError, ProblemResponse, ProblemType
from aegis_sdk.provider._request_id import request_id_of

__all__ = ["ProblemError", "ProblemResponse", "ProblemType", "request_id_of"]
