"""
What every client's constructor takes besides base URL and token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from aegis_runtime import AsyncMiddleware, AsyncTransport, Circuit, Clock, Middleware, RetryPolicy, Transport

__all__ = ["AsyncClientOptions", "ClientOptions"]


class _Options(TypedDict, total=False):
    timeout: float | None
    connect_timeout: float | None
    max_retries: int
    headers: Mapping[str, str] | None
    strict: bool
    circuit_breaker: Circuit | Literal[False] | None
    retry: RetryPolicy | None
    max_response_bytes: int
    clock: Clock


class ClientOptions(_Options, total=False):
    """
    The options of a client that waits for its answers.
    """

    transport: Transport | Literal["httpx", "fast"] | None
    middleware: Sequence[Middleware]


class AsyncClientOptions(_Options, total=False):
    """
    The options of a client whose answers are awaited.
    """

    transport: AsyncTransport | Literal["httpx", "fast"] | None
    middleware: Sequence[Middleware | AsyncMiddleware]
