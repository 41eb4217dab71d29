"""
The seam between cases and providers.
"""

from __future__ import annotations

from typing import Protocol

from aegis_verifier._values import Exchange, Request


class Transport(Protocol):
    """
    Sends requests to a provider; may be used by several threads at once.
    """

    address: str

    def send(self, request: Request, timeout: float) -> Exchange:
        """
        Send a request, and return what came of it within *timeout* seconds; never raises.
        """
        ...

    def close(self) -> None:
        """
        Let go of connections.
        """
        ...
