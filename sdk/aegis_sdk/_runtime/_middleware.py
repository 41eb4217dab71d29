"""
Hooks around every attempt, for whoever wants to measure, trace or add a header.
"""

from __future__ import annotations

from dataclasses import dataclass

from aegis_sdk._runtime._transport import Request, Response, TransportFailure

__all__ = ["AsyncMiddleware", "Attempt", "Middleware"]


@dataclass(slots=True, repr=False)
class Attempt:
    """
    One request of a call.

    Attributes:
        number: 1 for the first.
        path: the path template; the real path is in ``request.url`` and may hold personal data.
        request: what is about to be sent; headers may be added to it.
        response: the answer, once there is one.
        failure: why there is none.
        elapsed: seconds that this attempt took, once it is over.
    """

    api: str
    operation: str
    method: str
    path: str
    number: int
    request_id: str
    request: Request
    response: Response | None = None
    failure: TransportFailure | None = None
    elapsed: float = 0.0

    def __repr__(self) -> str:
        return f"<Attempt {self.number} of {self.operation}>"


class Middleware:
    """
    Derive from this and override what you need. Used by both kinds of client.
    """

    def before(self, attempt: Attempt) -> None:
        """
        Called just before a request is sent.
        """

    def after(self, attempt: Attempt) -> None:
        """
        Called when the answer has come, or has not.
        """


class AsyncMiddleware:
    """
    The same with ``await``, for asynchronous clients only.
    """

    async def before(self, attempt: Attempt) -> None:
        """
        Called just before a request is sent.
        """

    async def after(self, attempt: Attempt) -> None:
        """
        Called when the answer has come, or has not.
        """
