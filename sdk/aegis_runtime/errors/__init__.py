"""
Every error that a call can end with, and what each of them knows.

::

    IntegrationError                        everything that is raised on purpose
     ├─ ConfigurationError                  a client was set up in a way that cannot work (also a ValueError)
     │   └─ MissingExtraError               a feature needs a package that only an extra installs
     └─ CallError                           a call did not give its result
         ├─ InvalidRequestError             the arguments break the contract; nothing was sent (also a ValueError)
         ├─ CircuitOpenError                the provider failed so often that calls are refused for a while
         ├─ ConnectionFailed                no connection, or it broke (also a ConnectionError)
         │   └─ CertificateError            one side does not trust the other's certificate
         ├─ TransportTimeout                connecting, sending or waiting took too long (also a TimeoutError)
         ├─ DeadlineExceeded                the whole call used up its time (also a TimeoutError)
         └─ AnswerError                     an answer came, and it is not a result
             ├─ ResponseDecodeError         it cannot be read
             ├─ ResponseTooLargeError       it is larger than the client accepts
             ├─ UnexpectedRedirectError     it is a redirect, which is not followed
             ├─ ContractViolationError      it breaks the contract
             └─ ApiError                    it has an error status
                 ├─ ClientError             4xx
                 │   ├─ BadRequestError             400
                 │   ├─ AuthenticationError         401
                 │   ├─ PermissionDeniedError       403
                 │   ├─ NotFoundError               404
                 │   ├─ ConflictError               409
                 │   ├─ GoneError                   410
                 │   ├─ PayloadTooLargeError        413
                 │   ├─ UnsupportedMediaTypeError   415
                 │   ├─ UnprocessableError          422
                 │   └─ RateLimitedError            429
                 └─ ServerError             5xx
                     └─ ServiceUnavailableError     503

A failed call raises one class that is three things at once: of its API's family (the class that the contract's
``x-sdk`` names as ``error``), of what happened (one of those above) and, when the provider sent a problem ``code`` that
the contract declares, of that code's own class. Catch whichever you can act on.

No message carries a value that a caller or a provider sent: bodies, problem details and headers are attributes, for
code that asks for them by name.
"""

from __future__ import annotations

from aegis_runtime.errors._answer import (
    AnswerError,
    ContractViolationError,
    ResponseDecodeError,
    ResponseTooLargeError,
    UnexpectedRedirectError,
)
from aegis_runtime.errors._call import (
    CallError,
    CertificateError,
    CircuitOpenError,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequestError,
    TransportTimeout,
)
from aegis_runtime.errors._call import combined as combined
from aegis_runtime.errors._problem import Problem
from aegis_runtime.errors._root import (
    ConfigurationError,
    IntegrationError,
    MissingExtraError,
    SchemaViolation,
    Violation,
)
from aegis_runtime.errors._status import (
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
from aegis_runtime.errors._status import status_class as status_class

__all__ = [
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
    "SchemaViolation",
    "ServerError",
    "ServiceUnavailableError",
    "TransportTimeout",
    "UnexpectedRedirectError",
    "UnprocessableError",
    "UnsupportedMediaTypeError",
    "Violation",
]

# This is where they are: tracebacks and pickles need not know how the room is furnished.
for _name in __all__:
    globals()[_name].__module__ = __name__
