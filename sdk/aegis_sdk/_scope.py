"""
What the kit's middleware tells each other about a request, in its ASGI scope.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ENDPOINT", "OPERATION", "REQUEST_ID"]

ENDPOINT: Final = "aegis.endpoint"
"""The path template of the contract that the request matched."""
OPERATION: Final = "aegis.operation"
"""The operation of the contract that the request is for."""
REQUEST_ID: Final = "aegis.request_id"
"""The id of the exchange."""
