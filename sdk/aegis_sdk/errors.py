"""
Every error that the SDK raises, and what each of them knows.

A failed call raises one class that is three things at once: of its integration (``UserApiError``), of what happened
(``NotFoundError``, ``ConnectionFailed``, …) and, when the provider sent a problem ``code`` that the contract
declares, of that code's own class. Catch whichever you can act on. ``aegis_runtime.errors`` shows those of calls as
a tree; under the same root stand ``EventError`` and ``EmailError``.

No message carries a value that a caller or a provider sent: bodies, problem details and headers are attributes, for
code that asks for them by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from aegis_runtime.errors import (
    AnswerError,
    ApiError,
    AuthenticationError,
    BadRequestError,
    CallError,
    CertificateError,
    CircuitOpenError,
    ClientError,
    ConfigurationError,
    ConflictError,
    ConnectionFailed,
    ContractViolationError,
    DeadlineExceeded,
    GoneError,
    IntegrationError,
    InvalidRequestError,
    MissingExtraError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    Problem,
    RateLimitedError,
    ResponseDecodeError,
    ResponseTooLargeError,
    ServerError,
    ServiceUnavailableError,
    TransportTimeout,
    UnexpectedRedirectError,
    UnprocessableError,
    UnsupportedMediaTypeError,
    Violation,
)
from aegis_runtime.errors import combined as combined

if TYPE_CHECKING:
    # <generated family-types>
    from aegis_sdk._generated.recommendation.family import RecommendationError as RecommendationError
    from aegis_sdk._generated.registry.family import RegistryError as RegistryError
    from aegis_sdk._generated.sens.family import SensError as SensError
    from aegis_sdk._generated.sms.family import SmsError as SmsError
    from aegis_sdk._generated.solapi.family import SolapiError as SolapiError
    from aegis_sdk._generated.user.family import UserApiError as UserApiError
    # </generated family-types>

__all__ = [
    "AegisError",
    "AnswerError",
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "CallError",
    "CertificateError",
    "CircuitOpenError",
    "ClientError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailed",
    "ContractViolationError",
    "DeadlineExceeded",
    "EmailCircuitOpenError",
    "EmailError",
    "EmailRefusedError",
    "EmailTlsError",
    "EmailUnavailableError",
    "EventError",
    "EventPublishError",
    "EventValidationError",
    "GoneError",
    "IntegrationError",
    "InvalidRequestError",
    "MissingExtraError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "Problem",
    "RateLimitedError",
    "ResponseDecodeError",
    "ResponseTooLargeError",
    "ServerError",
    "ServiceUnavailableError",
    "TransportTimeout",
    "UnexpectedRedirectError",
    "UnprocessableError",
    "UnsupportedMediaTypeError",
    "Violation",
]
_FAMILIES = {
    # <generated family-homes>
    "RecommendationError": "aegis_sdk._generated.recommendation.family",
    "RegistryError": "aegis_sdk._generated.registry.family",
    "SensError": "aegis_sdk._generated.sens.family",
    "SmsError": "aegis_sdk._generated.sms.family",
    "SolapiError": "aegis_sdk._generated.solapi.family",
    "UserApiError": "aegis_sdk._generated.user.family",
    # </generated family-homes>
}
__all__ += [
    # <generated family-names>
    "RecommendationError",
    "RegistryError",
    "SensError",
    "SmsError",
    "SolapiError",
    "UserApiError",
    # </generated family-names>
]
AegisError = IntegrationError
"""The root of everything that this SDK raises on purpose."""


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


class EmailTlsError(EmailUnavailableError):
    """
    No mail goes out, because TLS cannot be agreed on: another attempt would fare no better.
    """


class EmailCircuitOpenError(EmailError, CircuitOpenError):
    """
    The mail server failed so often in a row that no mail is handed to it for a while.
    """


if not TYPE_CHECKING:  # it would hide the modules of this package from type checkers

    def __getattr__(name: str) -> object:
        if name not in _FAMILIES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        family: object = getattr(import_module(_FAMILIES[name]), name)
        globals()[name] = family
        return family
