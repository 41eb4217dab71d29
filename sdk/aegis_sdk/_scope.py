"""
What the kit's middleware tells each other about a request, in its ASGI scope.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CALLER", "ENDPOINT", "OPERATION", "REQUEST_ID"]

CALLER: Final = "aegis.caller"
"""Who sends the request, as ``authenticate`` said it."""
ENDPOINT: Final = "aegis.endpoint"
"""The path template of the contract that the request matched."""
OPERATION: Final = "aegis.operation"
"""The operation of the contract that the request is for."""
REQUEST_ID: Final = "aegis.request_id"
"""The id of the exchange."""
