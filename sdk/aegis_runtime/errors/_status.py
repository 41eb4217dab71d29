"""
The errors that a provider answers with, by status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from aegis_runtime.errors._answer import AnswerError
from aegis_runtime.errors._problem import Problem

__all__ = [
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "ClientError",
    "ConflictError",
    "GoneError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "RateLimitedError",
    "ServerError",
    "ServiceUnavailableError",
    "UnprocessableError",
    "UnsupportedMediaTypeError",
    "status_class",
]


class ApiError(AnswerError):
    """
    The provider answered with an error status.

    Attributes:
        problem: what the provider said, whatever shape it said it in.
        error_body: the body as the contract types it for this status, else as plain JSON, else ``None``.
        retry_after: seconds the provider asked to wait, or ``None``.
        remaining: seconds the deadline still left, when that was too little to wait for another attempt; else ``None``.
        code, title: of the contract's declared problem; empty on classes that are not a declared problem's own.
        retryable: whether the contract says that another attempt may succeed; ``None`` when it does not say.
    """

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    retryable: ClassVar[bool | None] = None
    retry_after: float | None = None
    remaining: float | None = None

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


def _phrase(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
