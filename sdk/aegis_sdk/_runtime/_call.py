"""
One call's journey, without sending anything: begin → (send) → received or failed → wait → begin …

Both kinds of client drive this same object; they differ by ``await``.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aegis_sdk._runtime._build import header_lines, target
from aegis_sdk._runtime._circuit import Circuit
from aegis_sdk._runtime._clock import Clock
from aegis_sdk._runtime._middleware import Attempt
from aegis_sdk._runtime._omit import OMIT
from aegis_sdk._runtime._operation import OperationSpec, SecurityScheme
from aegis_sdk._runtime._read import error_for, is_result, read_result
from aegis_sdk._runtime._retry import RetryPolicy, retry_after, worth_retrying
from aegis_sdk._runtime._secret import Secret
from aegis_sdk._runtime._transport import Request, Response, TransportFailure
from aegis_sdk._runtime._violations import Violations, faults_of
from aegis_sdk.errors import (
    CallError,
    CircuitOpenError,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequestError,
    ResponseDecodeError,
    ResponseTooLargeError,
    TransportTimeout,
    combined,
)

__all__ = ["Call", "Link", "Options"]

log = logging.getLogger("aegis_sdk")

T = TypeVar("T")
_NOTHING_SENT = frozenset({"connect", "connect_timeout"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Options:
    """
    What ``with_options`` can change.
    """

    timeout: float | None
    max_retries: int
    headers: tuple[tuple[str, str], ...]
    strict: bool
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Link:
    """
    What all copies of a client share, its transport apart.
    """

    base_url: str
    token: Secret | None
    auth: str | None
    circuit: Circuit | None
    retry: RetryPolicy
    clock: Clock
    user_agent: str
    max_response_bytes: int


class Call(Generic[T]):
    """
    One call over all its attempts.
    """

    __slots__ = (
        "_attempt",
        "_began",
        "_body",
        "_deadline",
        "_headers",
        "_last",
        "_link",
        "_options",
        "_repeatable",
        "_response",
        "_sent",
        "_ticket",
        "_timeout",
        "_url",
        "operation",
        "request_id",
    )

    def __init__(
        self,
        link: Link,
        options: Options,
        operation: OperationSpec[T],
        values: Sequence[object],
        body: object,
        headers: Mapping[str, str] | None,
        timeout: float | None,
        idempotency_key: str | None,
    ) -> None:
        self.operation = operation
        self.request_id = uuid.uuid4().hex
        self._link = link
        self._options = options
        self._began = link.clock.monotonic()
        self._timeout = timeout or options.timeout or operation.timeout or operation.api.timeout
        self._deadline = self._began + self._timeout
        self._attempt = 0
        self._ticket = 0
        self._sent = 0.0
        self._last: CallError | None = None
        self._response: Response | None = None
        self._prepare(values, body, headers, idempotency_key)

    def _prepare(
        self, values: Sequence[object], body: object, headers: Mapping[str, str] | None, idempotency_key: str | None
    ) -> None:
        operation, link = self.operation, self._link
        table: dict[str, tuple[str, str]] = {
            "user-agent": ("User-Agent", link.user_agent),
            "x-request-id": ("X-Request-Id", self.request_id),
        }
        found = []
        encoded: bytes | None = None
        try:
            path = target(operation, values)
            lines = header_lines(operation, values)
            if body is not OMIT and operation.body is not None:
                encoded = operation.body.encode(body)
        except Violations as fault:
            found = list(fault.faults)
        except ValueError as fault:
            found = faults_of(fault, "/body")  # type: ignore[arg-type]
        if found:
            raise combined(operation.api.error, InvalidRequestError)(**self.about(), violations=found)
        if operation.accept:
            table["accept"] = ("Accept", operation.accept)
        if encoded is not None and operation.body is not None:
            table["content-type"] = ("Content-Type", operation.body.media_type)
        url = link.base_url + path
        scheme = self._scheme()
        if scheme is not None and link.token is not None:
            if scheme.location == "header":
                table[scheme.parameter.lower()] = (scheme.parameter, scheme.prefix + link.token.reveal())
            else:
                url += ("&" if "?" in url else "?") + f"{scheme.parameter}={link.token.reveal()}"
        for name, value in (*lines, *self._options.headers, *(headers or {}).items()):
            table[name.lower()] = (name, value)
        name = operation.idempotency_header
        if name is not None:
            if idempotency_key is not None:
                table[name.lower()] = (name, idempotency_key)
            elif name.lower() not in table:
                table[name.lower()] = (name, str(uuid.uuid4()))
        self._repeatable = bool(operation.idempotent) or name is not None
        self._url = url
        self._headers = list(table.values())
        self._body = encoded

    def _scheme(self) -> SecurityScheme | None:
        for scheme in self.operation.security:
            if self._link.auth is None or scheme.name == self._link.auth:
                return scheme
        return None

    def about(self) -> dict[str, Any]:
        """
        What an error says about this call.
        """
        return {
            "operation": self.operation.operation_id,
            "method": self.operation.method,
            "path": self.operation.path,
            "request_id": self.request_id,
            "attempts": self._attempt,
            "elapsed": self._link.clock.monotonic() - self._began,
        }

    def begin(self) -> Request:
        """
        The next request to send.

        Raises:
            CircuitOpenError, DeadlineExceeded: there will be none.
        """
        link = self._link
        now = link.clock.monotonic()
        remaining = self._deadline - now
        family = self.operation.api.error
        if remaining <= 0:
            raise combined(family, DeadlineExceeded)(**self.about(), timeout=self._timeout)
        circuit = link.circuit
        if circuit is not None:
            self._ticket = circuit.admit()
            if not self._ticket:
                raise self._last or combined(family, CircuitOpenError)(
                    **self.about(), circuit=circuit.name, failures=circuit.failures, retry_after=circuit.retry_after
                )
        self._attempt += 1
        self._sent = now
        connect = self.operation.connect_timeout or self.operation.api.connect_timeout
        return Request(
            self.operation.method,
            self._url,
            self._headers,
            self._body,
            remaining,
            min(connect, remaining),
            link.max_response_bytes,
        )

    def attempt(self, request: Request) -> Attempt:
        """
        This attempt, for middleware.
        """
        return Attempt(
            self.operation.api.name,
            self.operation.operation_id,
            self.operation.method,
            self.operation.path,
            self._attempt,
            self.request_id,
            request,
        )

    def abandon(self) -> None:
        """
        The attempt was cancelled from outside.
        """
        if self._link.circuit is not None:
            self._link.circuit.abandoned(self._ticket)

    def received(self, response: Response) -> float | None:
        """
        Take an answer: ``None`` when it is the result, else seconds to wait before the next attempt.

        Raises:
            CallError: it is an error, and no further attempt can help.
        """
        status = response.status
        circuit = self._link.circuit
        if circuit is not None:
            if status >= 500 and not is_result(self.operation, status):
                circuit.failed(self._ticket)
            else:
                circuit.succeeded(self._ticket)
        log.debug("%s", self)
        self._response = response
        if is_result(self.operation, status):
            return None
        error = error_for(self.operation, response, self._link.clock.wall(), self.about())
        after = retry_after(response.headers.get("retry-after"), self._link.clock.wall())
        if not worth_retrying(status) or not self._repeatable:
            raise error
        return self._again(error, after)

    def failed(self, failure: TransportFailure) -> float:
        """
        Take a failure: seconds to wait before the next attempt.

        Raises:
            CallError: no further attempt can help.
        """
        circuit = self._link.circuit
        if circuit is not None:
            circuit.failed(self._ticket)
        family = self.operation.api.error
        reason = failure.reason
        about = {**self.about(), "detail": failure.detail}
        error: CallError
        if reason == "too_large":
            raise combined(family, ResponseTooLargeError)(**about, status=failure.status)
        if self._link.clock.monotonic() >= self._deadline:
            raise combined(family, DeadlineExceeded)(**about, timeout=self._timeout)
        if reason in ("timeout", "connect_timeout"):
            error = combined(family, TransportTimeout)(**about)
        elif reason == "protocol":
            error = combined(family, ResponseDecodeError)(**about)
        else:
            error = combined(family, ConnectionFailed)(**about)
        if not self._repeatable and reason not in _NOTHING_SENT:
            raise error
        return self._again(error, None)

    def _again(self, error: CallError, after: float | None) -> float:
        if self._attempt > self._options.max_retries:
            raise error
        delay = self._link.retry.delay(self._attempt - 1)
        if after is not None:
            delay = max(delay, after)
        now = self._link.clock.monotonic()
        circuit = self._link.circuit
        if now + delay >= self._deadline:
            raise error
        if circuit is not None and (until := circuit.opens_until) is not None and until > now + delay:
            raise error
        self._last = error
        log.info("%s", self)
        return delay

    def result(self) -> T:
        """
        Read the result.
        """
        assert self._response is not None
        return read_result(self.operation, self._response, self._options.strict, self.about())

    @property
    def response(self) -> Response:
        """
        The answer that is the result.
        """
        assert self._response is not None
        return self._response

    def __str__(self) -> str:
        status = self._response.status if self._response else "-"
        return f"{self.operation.operation_id} {self.operation.path} {status} attempt={self._attempt} {self.request_id}"
