"""
Refusals as a provider writes them: RFC 9457 bodies, with the codes, titles and statuses of the contract.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from aegis_runtime.errors import IntegrationError, Violation
from aegis_sdk.provider._request_id import request_id_of

__all__ = [
    "PROBLEM_JSON",
    "ProblemError",
    "ProblemResponse",
    "ProblemType",
]

PROBLEM_JSON: Final = "application/problem+json"
_MOST_VIOLATIONS: Final = 200
_LONGEST_DETAIL: Final = 2000
_LONGEST: Final = 1000
_IN_PATHS: Final = "/:@!$&'()*+,;="
_MEMBERS: Final = frozenset({"type", "title", "status", "code", "detail", "instance", "request_id", "violations"})
_ASKS_TO_WAIT: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class ProblemResponse:
    """
    A refusal, ready to be sent by any server; it is an ASGI application itself.
    """

    status: int
    headers: list[tuple[str, str]]
    body: dict[str, Any]
    content: bytes

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],  # noqa: ARG002 -- ASGI
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else self.content})


@dataclass(frozen=True, slots=True)
class ProblemType:
    """
    One kind of problem that a contract declares. The constants of ``aegis_sdk.provider.user`` are the User API's.

    ```python
    raise USER_NOT_FOUND.error()
    raise BUSINESS_NOT_ACTIVE.error("The registry reports the business as closed.", reason="closed")
    ```

    Attributes:
        code: the stable name, for programs.
        status: the HTTP status that it is sent with.
        type: the URI that identifies it.
    """

    code: str
    status: int
    title: str
    description: str = ""
    type: str = "about:blank"

    def error(
        self,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        violations: Iterable[Violation] = (),
        retry_after: float | None = None,
        **members: object,
    ) -> ProblemError:
        """
        Make the error to raise; what answers requests turns it into a response.

        Args:
            detail: what happened this time, for people; never a value that was sent.
            retry_after: seconds that ``Retry-After`` names.
            members: further members of the body that the contract declares.
        """
        return ProblemError(self, detail, headers, tuple(violations), retry_after, members)

    def response(
        self,
        detail: str = "",
        *,
        request_id: str | None = None,
        instance: str = "",
        headers: Mapping[str, str] | None = None,
        violations: Iterable[Violation] = (),
        retry_after: float | None = None,
        **members: object,
    ) -> ProblemResponse:
        """
        Write the refusal.

        Args:
            request_id: the ``X-Request-Id`` of the request; a new one is made where it is missing or has no good form.
            instance: the path of the request, decoded, as ASGI has it.
        """
        said = request_id_of(request_id)
        error = self.error(detail, headers=headers, violations=violations, retry_after=retry_after, **members)
        return error.response(request_id=said, instance=instance)


class ProblemError(IntegrationError):
    """
    A request is refused, and this is how.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        violations: tuple[Violation, ...] = (),
        retry_after: float | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(kind, detail, headers, violations, retry_after, members)
        taken = _MEMBERS & set(members or ())
        if taken:
            raise TypeError(f"{kind.code}: {', '.join(sorted(taken))} cannot be set; the contract says it")
        self.kind = kind
        self.code = kind.code
        self.status = kind.status
        self.detail = detail
        self.headers = dict(headers or {})
        self.violations = violations
        self.retry_after = retry_after
        self.members = dict(members or {})

    def __str__(self) -> str:
        return f"{self.kind.status} {self.kind.code}: {self.kind.title}"

    def response(self, *, request_id: str | None = None, instance: str = "") -> ProblemResponse:
        """
        Write the refusal as the answer to one request.
        """
        said = request_id_of(request_id)
        kind = self.kind
        body: dict[str, Any] = {"type": kind.type, "title": kind.title, "status": kind.status, "code": kind.code}
        if self.detail:
            body["detail"] = self.detail[:_LONGEST_DETAIL]
        # What is no URI reference (RFC 3986 §3.3) could not be read as one.
        where = quote(instance, safe=_IN_PATHS)
        if where and len(where) <= 500:
            body["instance"] = where
        body["request_id"] = said
        if self.violations:
            body["violations"] = [_violation(one) for one in self.violations[:_MOST_VIOLATIONS]]
        body.update(self.members)
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": PROBLEM_JSON, "content-length": str(len(content)), "x-request-id": said}
        if self.retry_after is not None:
            headers["retry-after"] = str(max(0, -int(-self.retry_after // 1)))
        elif kind.status in _ASKS_TO_WAIT:
            headers["retry-after"] = "1"
        if kind.status == 401:
            headers["www-authenticate"] = 'Bearer realm="aegis"'
        headers.update({name.lower(): value for name, value in self.headers.items()})
        return ProblemResponse(kind.status, list(headers.items()), body, content)


def _violation(violation: Violation) -> dict[str, str]:
    return {
        "pointer": violation.pointer[:_LONGEST],
        "rule": violation.rule[:100],
        "message": violation.message[:_LONGEST],
    }
