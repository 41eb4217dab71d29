"""
The answer itself, for those who need a header or the bytes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, ParamSpec, TypeVar, cast

from aegis_runtime.transports._seam import Headers

__all__ = ["RawResponse", "raw_response", "raw_response_async"]

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


class RawResponse(Generic[T]):
    """
    A successful answer, unread.

    Attributes:
        request_id: the ``X-Request-Id`` that was sent.
        attempts: how many requests it took.
        elapsed: seconds that the call took.
    """

    __slots__ = ("_parse", "attempts", "body", "elapsed", "headers", "request_id", "status")

    def __init__(
        self,
        parse: Callable[[], T],
        *,
        status: int,
        headers: Headers,
        body: bytes,
        request_id: str,
        attempts: int,
        elapsed: float,
    ) -> None:
        self._parse = parse
        self.status = status
        self.headers = headers
        self.body = body
        self.request_id = request_id
        self.attempts = attempts
        self.elapsed = elapsed

    def parse(self) -> T:
        """
        Read it as what the method itself would have returned.
        """
        return self._parse()

    def then(self, read: Callable[[T], U]) -> RawResponse[U]:
        """
        The same answer, read further by *read*.
        """
        return RawResponse(
            lambda: read(self._parse()),
            status=self.status,
            headers=self.headers,
            body=self.body,
            request_id=self.request_id,
            attempts=self.attempts,
            elapsed=self.elapsed,
        )

    def __reduce__(self) -> tuple[object, ...]:
        # What reads it cannot travel, so what it reads does.
        about = (self.status, self.headers, self.body, self.request_id, self.attempts, self.elapsed)
        return _restored, (self.parse(), *about)

    def __repr__(self) -> str:
        return f"<RawResponse {self.status}, request {self.request_id}>"


def _restored(
    value: T, status: int, headers: Headers, body: bytes, request_id: str, attempts: int, elapsed: float
) -> RawResponse[T]:
    return RawResponse(
        lambda: value,
        status=status,
        headers=headers,
        body=body,
        request_id=request_id,
        attempts=attempts,
        elapsed=elapsed,
    )


def raw_response(method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
    """
    Type a method of a raw resource: same arguments, and the answer itself as the result.
    """
    return cast("Callable[P, RawResponse[T]]", method)


def raw_response_async(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """
    The same for a method whose answer is awaited.
    """
    return cast("Callable[P, Awaitable[RawResponse[T]]]", method)
