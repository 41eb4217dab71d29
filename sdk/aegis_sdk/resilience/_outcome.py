"""
What an exception tells: about who was called, and about another attempt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, cast

from aegis_runtime.resilience._circuit import in_trouble
from aegis_runtime.resilience._retry import worth_retrying
from aegis_sdk.errors import (
    AnswerError,
    ApiError,
    CertificateError,
    CircuitOpenError,
    ConfigurationError,
    ConnectionFailed,
    EmailTlsError,
    EmailUnavailableError,
    InvalidRequestError,
    TransportTimeout,
)

__all__ = ["Chosen", "asked_to_wait", "chosen", "outcome", "transient"]

Chosen: TypeAlias = type[BaseException] | tuple[type[BaseException], ...] | Callable[[BaseException], bool]
Outcome = Literal["answered", "failed", "nothing"]


def outcome(error: BaseException) -> Outcome:
    """
    What *error* tells about who was called: it answered, it failed, or nothing at all.

    A refusal (4xx, 429 too) is an answer, as for the clients' own circuits. What was cancelled or never sent tells
    nothing.
    """
    if not isinstance(error, Exception) or isinstance(error, CertificateError | CircuitOpenError | InvalidRequestError):
        return "nothing"
    if isinstance(error, ApiError):
        return "failed" if in_trouble(error.status) else "answered"
    return "failed"


def transient(error: BaseException) -> bool:
    """
    Say whether another attempt may fare better: connections, timeouts, 408, 425, 429 and 5xx.
    """
    if isinstance(error, CertificateError | CircuitOpenError | EmailTlsError):
        return False
    if isinstance(error, ApiError):
        return worth_retrying(error.status)
    if isinstance(error, AnswerError):
        return False
    if isinstance(error, ConnectionError | TimeoutError | ConnectionFailed | TransportTimeout | EmailUnavailableError):
        return True
    # Whoever raises an error of httpx has imported it.
    httpx = sys.modules.get("httpx")
    return httpx is not None and isinstance(error, httpx.TransportError)


def chosen(on: Chosen) -> Callable[[BaseException], bool]:
    """
    Make a question of exception types.
    """
    given: Any = on
    listed = cast("Sequence[Any]", given) if isinstance(given, tuple) else (given,)
    if not listed:
        raise ConfigurationError("on= names no exception, so nothing would ever be tried again or counted")
    if all(isinstance(one, type) and issubclass(one, BaseException) for one in listed):
        types = cast("tuple[type[BaseException], ...]", tuple(listed))
        return lambda error: isinstance(error, types)
    if isinstance(given, tuple | type) or not callable(given):
        raise TypeError("on= takes exception types, or a function of an exception")
    return cast("Callable[[BaseException], bool]", given)


def asked_to_wait(error: BaseException) -> float:
    """
    Seconds that whoever answered asks to wait (``Retry-After``), else 0.
    """
    seconds = getattr(error, "retry_after", None)
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else 0.0
