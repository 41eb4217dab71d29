"""
What can go wrong with a call before an answer comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar, cast

from aegis_runtime.errors._root import IntegrationError, Violation, listed

__all__ = [
    "CallError",
    "CertificateError",
    "CircuitOpenError",
    "ConnectionFailed",
    "DeadlineExceeded",
    "InvalidRequestError",
    "TransportTimeout",
    "combined",
]

_E = TypeVar("_E", bound="CallError")


class CallError(IntegrationError):
    """
    A call of an operation did not give its result.

    Attributes:
        operation: the contract's operationId.
        method, path: the HTTP method and the path *template*.
        request_id: the ``X-Request-Id`` that every attempt carried.
        attempts: how many requests were sent, 0 when none was.
        elapsed: seconds since the call began.
    """

    happened: ClassVar[str] = "the call failed"
    mend: ClassVar[str] = ""
    operation: str = ""
    method: str = ""
    path: str = ""
    request_id: str = ""
    attempts: int = 0
    elapsed: float = 0.0
    _detail: str = ""

    def __init__(
        self,
        *,
        operation: str = "",
        method: str = "",
        path: str = "",
        request_id: str = "",
        attempts: int = 0,
        elapsed: float = 0.0,
        detail: str = "",
    ) -> None:
        self.operation = operation
        self.method = method
        self.path = path
        self.request_id = request_id
        self.attempts = attempts
        self.elapsed = elapsed
        self._detail = detail

    def __str__(self) -> str:
        what = self._what()
        if self._detail:
            what = f"{what}: {self._detail}"
        tries = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        where = f" ({self.method} {self.path}, {tries} in {self.elapsed:.2f} s" if self.method else ""
        if where:
            where += f", request {self.request_id})" if self.request_id else ")"
        mend = self._mend()
        return f"{self.operation}: {what}{where}" + (f". {mend}" if mend else "")

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (_origin(type(self)), self.__dict__.copy())

    def _what(self) -> str:
        return self.happened

    def _mend(self) -> str:
        return self.mend


class InvalidRequestError(CallError, ValueError):
    """
    The arguments break the contract, so nothing was sent.
    """

    happened = "the request breaks the contract and was not sent"
    violations: tuple[Violation, ...] = ()

    def __init__(self, *, violations: Sequence[Violation] = (), **about: Any) -> None:
        super().__init__(**about)
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return listed(f"{self.operation}: {self._what()}", self.violations)


class CircuitOpenError(CallError):
    """
    The provider failed so often in a row that calls are refused for a while.

    Attributes:
        retry_after: seconds until the next call may try.
    """

    happened = "the circuit is open"
    circuit: str = ""
    failures: int = 0
    retry_after: float = 0.0

    def __init__(self, *, circuit: str = "", failures: int = 0, retry_after: float = 0.0, **about: Any) -> None:
        super().__init__(**about)
        self.circuit = circuit
        self.failures = failures
        self.retry_after = retry_after

    def _what(self) -> str:
        return f"the circuit {self.circuit} is open after {self.failures} failures in a row"

    def _mend(self) -> str:
        if self.retry_after > 0:
            return f"Try again in {self.retry_after:.1f} s"
        return "One probe is on its way; try again when it has an answer"


class ConnectionFailed(CallError, ConnectionError):  # noqa: N818 -- says what happened
    """
    No connection, or it broke before the answer was complete.
    """

    happened = "the connection failed"
    mend = "Is the base URL right and the provider up?"


class CertificateError(ConnectionFailed):
    """
    One side does not trust the certificate of the other: unknown authority, other host name, expired, or the client's
    own is refused. That is a matter of how the client is set up, so no circuit counts it.
    """

    happened = "the connection is not trusted"
    mend = "SSL_CERT_FILE says whom to trust, SSL_CLIENT_CERT what to show, the base URL which host is meant"


class TransportTimeout(CallError, TimeoutError):  # noqa: N818 -- says what happened
    """
    Connecting, sending or waiting took longer than its own timeout, and no attempt was left.
    """

    happened = "the provider did not answer in time"


class DeadlineExceeded(CallError, TimeoutError):  # noqa: N818 -- says what happened
    """
    The whole call, all attempts and waits together, used up its ``timeout``.
    """

    happened = "the deadline passed"
    mend = "Give more time with with_options(timeout=…) or timeout=… on the call"
    timeout: float = 0.0

    def __init__(self, *, timeout: float = 0.0, **about: Any) -> None:
        super().__init__(**about)
        self.timeout = timeout

    def _what(self) -> str:
        return f"the deadline of {self.timeout:g} s passed"


_combined: dict[tuple[type[CallError], type[CallError]], type[CallError]] = {}


def combined(family: type[CallError], kind: type[_E]) -> type[_E]:
    """
    The class that is both of its integration and of what happened.
    """
    if issubclass(kind, family):
        return kind
    made = _combined.get((family, kind))
    if made is not None:
        return cast("type[_E]", made)
    names: dict[str, object] = {
        "__module__": family.__module__,
        "__qualname__": f"{family.__name__}.{kind.__name__}",
        "__doc__": kind.__doc__,
        "_origin": (family, kind),
    }
    made = _combined.setdefault((family, kind), type(kind.__name__, (family, kind), names))
    return cast("type[_E]", made)


def _origin(error: type[CallError]) -> tuple[type[CallError], ...]:
    return cast("tuple[type[CallError], ...]", error.__dict__.get("_origin", (error,)))


def _rebuild(origin: tuple[type[CallError], ...], state: dict[str, Any]) -> CallError:
    kind = combined(*origin) if len(origin) == 2 else origin[0]
    error = kind.__new__(kind)
    error.__dict__.update(state)
    return error
