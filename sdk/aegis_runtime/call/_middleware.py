"""
Hooks around every attempt, for whoever wants to measure, trace or add a header.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aegis_runtime.transports._seam import Request, Response, TransportFailure

__all__ = ["AsyncMiddleware", "Attempt", "DeadlineHeader", "Middleware"]


@dataclass(slots=True, eq=False, repr=False)
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
        notes: where hooks keep what they need again in ``after``.
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
    notes: dict[object, object] = field(default_factory=dict[object, object])

    @property
    def outcome(self) -> str:
        """
        The status as text, or the reason why there is none: a label with few values.
        """
        if self.response is not None:
            return str(self.response.status)
        return "cancelled" if self.failure is None else self.failure.reason

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


class DeadlineHeader(Middleware):
    """
    Tells the provider how long its answer is of use: the seconds that the call still has, in a header.
    """

    def __init__(self, name: str = "X-Request-Timeout") -> None:
        self._name = name

    def before(self, attempt: Attempt) -> None:
        """
        Add the header.
        """
        attempt.request.headers.append((self._name, f"{attempt.request.timeout:.3f}"))


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
