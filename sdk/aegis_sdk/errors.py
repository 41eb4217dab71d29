"""
Every error that the SDK raises, and what each of them knows.

A failed call raises one class that is three things at once: of its integration (``UserApiError``), of what happened
(``NotFoundError``, ``ConnectionFailed``, …) and, when the provider sent a problem ``code`` that the contract
declares, of that code's own class. Catch whichever you can act on.

No message carries a value that a caller or a provider sent: bodies, problem details and headers are attributes, for
code that asks for them by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, cast

from aegis_sdk._problem import Problem

__all__ = [
    "AegisError",
    "AnswerError",
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "CallError",
    "CircuitOpenError",
    "ClientError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailed",
    "ContractViolationError",
    "DeadlineExceeded",
    "EmailError",
    "EmailRefusedError",
    "EmailUnavailableError",
    "EventError",
    "EventPublishError",
    "EventValidationError",
    "GoneError",
    "InvalidRequestError",
    "MissingExtraError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "Problem",
    "RateLimitedError",
    "RecommendationError",
    "RegistryError",
    "ResponseDecodeError",
    "ResponseTooLargeError",
    "ServerError",
    "ServiceUnavailableError",
    "SmsError",
    "TransportTimeout",
    "UnexpectedRedirectError",
    "UnprocessableError",
    "UnsupportedMediaTypeError",
    "UserApiError",
    "Violation",
]

_E = TypeVar("_E", bound="CallError")


class Violation(Protocol):
    """
    One way in which an instance breaks its contract: where and which rule, never the value.
    """

    @property
    def pointer(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def message(self) -> str: ...


class AegisError(Exception):
    """
    The root of everything that this SDK raises on purpose.
    """


class ConfigurationError(AegisError):
    """
    A client was set up in a way that cannot work.
    """


class MissingExtraError(ConfigurationError):
    """
    A feature needs a package that only an extra installs.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.feature} needs the extra {self.extra!r}: pip install 'aegis-sdk[{self.extra}]'"


class CallError(AegisError):
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
        super().__init__()
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
        where = f"{self.method} {self.path}, {tries} in {self.elapsed:.2f} s"
        if self.request_id:
            where = f"{where}, request {self.request_id}"
        mend = self._mend()
        return f"{self.operation}: {what} ({where})" + (f". {mend}" if mend else "")

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (_origin(type(self)), self.__dict__.copy())

    def _what(self) -> str:
        return self.happened

    def _mend(self) -> str:
        return self.mend


class UserApiError(CallError):
    """
    A call of the User Service failed.
    """


class RecommendationError(CallError):
    """
    A call of the Recommendation Service failed.
    """


class RegistryError(CallError):
    """
    A call of the Business Registry failed.
    """


class SmsError(CallError):
    """
    A call of the SMS gateway failed.
    """


class EmailError(AegisError):
    """
    A mail was not handed to the mail server.
    """


class EmailRefusedError(EmailError):
    """
    The mail server refused the mail for good; another attempt would fare no better.

    Args:
        code: its reply code (RFC 5321 §4.2).
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class EmailUnavailableError(EmailError):
    """
    The mail server could not be reached, or would not take the mail now; later it may.

    Args:
        code: its reply code (RFC 5321 §4.2), ``None`` when the connection failed.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class EventError(AegisError):
    """
    Something about an event went wrong.
    """


class EventValidationError(EventError):
    """
    An event breaks its schema, so it was neither published nor handed on.
    """

    def __init__(self, event_type: str, violations: Sequence[Violation]) -> None:
        super().__init__(event_type, violations)
        self.event_type = event_type
        self.violations = tuple(violations)

    def __str__(self) -> str:
        lines = [
            f"{violation.pointer or 'it'} {violation.message} ({getattr(violation, 'schema', '') or violation.rule})"
            for violation in self.violations
        ]
        if len(lines) == 1:
            return f"{self.event_type}: {lines[0]}; value hidden"
        return "\n  ".join([f"{self.event_type} breaks its contract in {len(lines)} places; values hidden:", *lines])


class EventPublishError(EventError):
    """
    An event was not acknowledged by Kafka.
    """


class InvalidRequestError(CallError, ValueError):
    """
    The arguments break the contract, so nothing was sent.
    """

    happened = "the request breaks the contract and was not sent"

    def __init__(self, *, violations: Sequence[Violation] = (), **about: Any) -> None:
        super().__init__(**about)
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return _listed(f"{self.operation}: {self._what()}", self.violations)


class CircuitOpenError(CallError):
    """
    The provider failed so often in a row that calls are refused for a while.

    Attributes:
        retry_after: seconds until the next call may try.
    """

    happened = "the circuit is open"

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

    def __init__(self, *, timeout: float = 0.0, **about: Any) -> None:
        super().__init__(**about)
        self.timeout = timeout

    def _what(self) -> str:
        return f"the deadline of {self.timeout:g} s passed"


class AnswerError(CallError):
    """
    An answer came, and it is not a result.

    Attributes:
        status: the HTTP status.
        headers: the answer's headers; names are case-insensitive.
        body: the answer's bytes, as they came.
    """

    def _answer(self) -> str:
        return f"the answer ({self.status})" if self.status else "the answer"

    def __init__(
        self, *, status: int = 0, headers: Mapping[str, str] | None = None, body: bytes = b"", **about: Any
    ) -> None:
        super().__init__(**about)
        self.status = status
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body


class ResponseDecodeError(AnswerError):
    """
    The answer could not be read: truncated, empty, or not of the media type that the contract names.
    """

    happened = "the answer could not be read"

    def _what(self) -> str:
        return f"{self._answer()} could not be read"


class ResponseTooLargeError(AnswerError):
    """
    The answer is larger than the client accepts, so reading stopped.
    """

    happened = "the answer is larger than the limit"
    mend = "Raise max_response_bytes if such answers are expected"


class UnexpectedRedirectError(AnswerError):
    """
    The provider redirects, and the SDK does not follow: credentials must not travel to another place.
    """

    mend = "Set base_url to where the API really is"

    def _what(self) -> str:
        return f"the provider answered with a redirect ({self.status}), which is not followed"


class ContractViolationError(AnswerError):
    """
    The answer is readable but breaks the contract.
    """

    def __init__(self, *, violations: Sequence[Violation] = (), **about: Any) -> None:
        super().__init__(**about)
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return _listed(super().__str__(), self.violations)

    def _what(self) -> str:
        return f"{self._answer()} breaks the contract"


class ApiError(AnswerError):
    """
    The provider answered with an error status.

    Attributes:
        problem: what the provider said, whatever shape it said it in.
        error_body: the body as the contract types it for this status, else as plain JSON, else ``None``.
        retry_after: seconds the provider asked to wait, or ``None``.
        remaining: seconds the deadline still left, when that was too little to wait for another attempt; else ``None``.
        code, title: of the contract's declared problem; empty on classes that are not a declared problem's own.
    """

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""

    def __init__(
        self,
        *,
        problem: Problem | None = None,
        error_body: object = None,
        retry_after: float | None = None,
        **about: Any,
    ) -> None:
        super().__init__(**about)
        self.problem = problem or Problem()
        self.error_body = error_body
        self.retry_after = retry_after
        self.remaining: float | None = None

    def _what(self) -> str:
        said = f"{self.status} {_phrase(self.status)}".rstrip()
        if self.code:
            said = f"{said}, {self.code}"
        return f"{said}: {self.title}" if self.title else said

    def _mend(self) -> str:
        if self.retry_after is None:
            return self.mend
        asked = f"The provider asks to wait {self.retry_after:.1f} s"
        return asked if self.remaining is None else f"{asked}, and the deadline left {self.remaining:.1f} s"


class ClientError(ApiError):
    """
    4xx: the provider refuses this request as it is.
    """


class BadRequestError(ClientError):
    """
    400: the request is malformed.
    """


class AuthenticationError(ClientError):
    """
    401: no credential, or one that is not accepted.
    """

    mend = "Check token=… or the client's …_TOKEN environment variable"


class PermissionDeniedError(ClientError):
    """
    403: the credential is known, and this is not allowed with it.
    """


class NotFoundError(ClientError):
    """
    404: there is no such thing.
    """


class ConflictError(ClientError):
    """
    409: the request contradicts the present state.
    """


class GoneError(ClientError):
    """
    410: it was there, and is no more.
    """


class PayloadTooLargeError(ClientError):
    """
    413: the request's body is larger than the provider takes.
    """


class UnsupportedMediaTypeError(ClientError):
    """
    415: the provider does not read this media type.
    """


class UnprocessableError(ClientError):
    """
    422: the request is well-formed, and its content cannot be accepted.
    """


class RateLimitedError(ClientError):
    """
    429: too many requests.
    """


class ServerError(ApiError):
    """
    5xx: the provider failed.
    """


class ServiceUnavailableError(ServerError):
    """
    503: the provider cannot answer at the moment.
    """


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    413: PayloadTooLargeError,
    415: UnsupportedMediaTypeError,
    422: UnprocessableError,
    429: RateLimitedError,
    503: ServiceUnavailableError,
}


def status_class(status: int) -> type[ApiError]:
    """
    The class for an error *status*.
    """
    found = _BY_STATUS.get(status)
    if found is not None:
        return found
    if 400 <= status < 500:
        return ClientError
    return ServerError if 500 <= status < 600 else ApiError


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


def _listed(head: str, violations: Sequence[Violation]) -> str:
    if not violations:
        return head
    lines = [f"  {violation.pointer or '/'} {violation.message} [{violation.rule}]" for violation in violations]
    return "\n".join([f"{head}:", *lines])


def _phrase(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
