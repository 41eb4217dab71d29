"""
What can be wrong with an answer that is no error status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aegis_runtime.errors._call import CallError
from aegis_runtime.errors._root import Violation, listed

__all__ = [
    "AnswerError",
    "ContractViolationError",
    "ResponseDecodeError",
    "ResponseTooLargeError",
    "UnexpectedRedirectError",
]


class AnswerError(CallError):
    """
    An answer came, and it is not a result.

    Attributes:
        status: the HTTP status.
        headers: the answer's headers; names are case-insensitive.
        body: the answer's bytes, as they came.
    """

    status: int = 0
    body: bytes = b""

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

    violations: tuple[Violation, ...] = ()

    def __init__(self, *, violations: Sequence[Violation] = (), **about: Any) -> None:
        super().__init__(**about)
        self.violations = tuple(violations)

    def __str__(self) -> str:
        return listed(super().__str__(), self.violations)

    def _what(self) -> str:
        return f"{self._answer()} breaks the contract"
