"""
Every error that the SDK raises, and what each of them knows.

A failed call raises one class that is three things at once: of its integration (``UserApiError``), of what happened
(``NotFoundError``, ``ConnectionFailed``, …) and, when the provider sent a problem ``code`` that the contract
declares, of that code's own class. Catch whichever you can act on.

No message carries a value that a caller or a provider sent: bodies, problem details and headers are attributes, for
code that asks for them by name.
"""

from __future__ import annotations

from aegis_sdk._errors._answer import (
    AnswerError,
    ContractViolationError,
    ResponseDecodeError,
    ResponseTooLargeError,
    UnexpectedRedirectError,
)
from aegis_sdk._errors._call import (
    CallError,
    CircuitOpenError,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequestError,
    RecommendationError,
    RegistryError,
    SmsError,
    TransportTimeout,
    UserApiError,
)
from aegis_sdk._errors._call import combined as combined
from aegis_sdk._errors._event import (
    EventError,
    EventPublishError,
    EventValidationError,
)
from aegis_sdk._errors._mail import (
    EmailError,
    EmailRefusedError,
    EmailUnavailableError,
)
from aegis_sdk._errors._root import (
    AegisError,
    ConfigurationError,
    MissingExtraError,
    Violation,
)
from aegis_sdk._errors._status import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ClientError,
    ConflictError,
    GoneError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    ServiceUnavailableError,
    UnprocessableError,
    UnsupportedMediaTypeError,
)
from aegis_sdk._errors._status import status_class as status_class
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

# This is where they are: tracebacks and pickles need not know how the room is furnished.
for _name in __all__:
    globals()[_name].__module__ = __name__
