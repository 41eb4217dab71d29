"""
One call's journey, without sending anything: begin → (send) → received or failed → (wait) → begin …

Both kinds of client drive this same object; they differ by ``await``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from aegis_runtime.call import _log as log
from aegis_runtime.call._blame import is_the_providers, is_the_proxys
from aegis_runtime.call._middleware import Attempt
from aegis_runtime.call._operation import OperationSpec
from aegis_runtime.call._options import header_fault
from aegis_runtime.call._prepare import prepare
from aegis_runtime.call._raw import RawResponse
from aegis_runtime.call._read import error_for, is_result, read_result, uncoded
from aegis_runtime.call._settings import Options, Settings
from aegis_runtime.errors import (
    ApiError,
    CallError,
    CertificateError,
    CircuitOpenError,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequestError,
    ResponseDecodeError,
    ResponseTooLargeError,
    TransportTimeout,
    combined,
)
from aegis_runtime.resilience._circuit import in_trouble
from aegis_runtime.resilience._retry import worth_retrying
from aegis_runtime.transports._seam import Request, Response, TransportFailure

__all__ = ["Call"]

T = TypeVar("T")

_NOTHING_SENT = frozenset({"connect", "connect_timeout", "local", "busy", "proxy"})
_HOPELESS = frozenset({"certificate", "forwarder", "tls", "protocol", "too_large", "request", "transport"})
_TAKING_TIME = frozenset({"timeout", "connect_timeout", "busy", "proxy"})
_KINDS: Mapping[str, type[CallError]] = {
    "timeout": TransportTimeout,
    "connect_timeout": TransportTimeout,
    "busy": TransportTimeout,
    "certificate": CertificateError,
    "truncated": ResponseDecodeError,
    "protocol": ResponseDecodeError,
    "too_large": ResponseTooLargeError,
    "request": InvalidRequestError,
    "transport": CallError,
}
# Timers may ring a little before their time; what ends this close to the deadline has met it.
_TOLERANCE = 0.02


class Call(Generic[T]):
    """
    One call over all its attempts.
    """

    __slots__ = (
        "_attempt",
        "_began",
        "_circuit",
        "_deadline",
        "_last",
        "_options",
        "_prepared",
        "_response",
        "_sent",
        "_settings",
        "_ticket",
        "_timeout",
        "operation",
    )

    def __init__(
        self,
        settings: Settings,
        options: Options,
        operation: OperationSpec[T],
        values: Sequence[object],
        body: object,
        headers: Mapping[str, str] | None,
        timeout: float | None,
        idempotency_key: str | None,
    ) -> None:
        self.operation = operation
        self._settings = settings
        self._options = options
        self._circuit = settings.circuit
        self._began = self._sent = settings.clock.monotonic()
        self._attempt = 0
        self._ticket = 0
        self._last: CallError | None = None
        self._response: Response | None = None
        self._prepared = prepare(settings, options, operation, values, body, headers, idempotency_key, timeout)
        self._timeout = options.timeout_for(operation, timeout)
        self._deadline = self._began + self._timeout

    @property
    def request_id(self) -> str:
        """
        The ``X-Request-Id`` of every attempt.
        """
        return self._prepared.request_id

    def about(self) -> dict[str, Any]:
        """
        What an error says about this call.
        """
        operation = self.operation
        return {
            "operation": operation.operation_id,
            "method": operation.method,
            "path": operation.path,
            "request_id": self._prepared.request_id,
            "attempts": self._attempt,
            "elapsed": self._settings.clock.monotonic() - self._began,
        }

    def begin(self) -> Request:
        """
        The next request to send.

        Raises:
            CircuitOpenError, DeadlineExceeded: there will be none.
        """
        now = self._settings.clock.monotonic()
        remaining = self._deadline - now
        if remaining <= 0:
            raise self._out_of_time()
        self._ticket = self._circuit.admit()
        if not self._ticket:
            raise self._refused()
        self._attempt += 1
        self._sent = now
        prepared = self._prepared
        connect = self._options.connect_timeout_for(self.operation)
        return Request(
            self.operation.method,
            prepared.url,
            prepared.headers,
            prepared.body,
            remaining,
            min(remaining, connect),
            self._settings.max_response_bytes,
        )

    def attempt(self, request: Request) -> Attempt:
        """
        This attempt, for middleware.
        """
        operation = self.operation
        # What a hook adds belongs to this attempt alone.
        request.headers = list(request.headers)
        return Attempt(
            operation.api.name,
            operation.operation_id,
            operation.method,
            operation.path,
            self._attempt,
            self._prepared.request_id,
            request,
        )

    def check_headers(self, request: Request) -> None:
        """
        Hold what hooks added to a request to the same rules as the caller's own headers.

        Raises:
            InvalidRequestError: a line cannot be sent.
        """
        found = [fault for name, value in request.headers if (fault := header_fault(name, value))]
        if found:
            raise combined(self.operation.api.error, InvalidRequestError)(**self.about(), violations=found)

    def abandon(self) -> None:
        """
        The attempt was cancelled from outside.
        """
        self._circuit.abandoned(self._ticket)

    def received(self, response: Response) -> float | None:
        """
        Take an answer: ``None`` when it is the result, else seconds to wait before the next attempt.

        Raises:
            CallError: it is an error, and no further attempt can help.
        """
        status = response.status
        good = is_result(self.operation, status)
        through = not good and is_the_proxys(response, self.operation)
        if through:
            self._circuit.abandoned(self._ticket)
        elif in_trouble(status) and not good:
            self._circuit.failed(self._ticket)
        else:
            self._circuit.succeeded(self._ticket)
        clock = self._settings.clock
        log.attempted(
            self._settings.logger,
            self.operation,
            status,
            clock.monotonic() - self._sent,
            self._attempt,
            self.request_id,
        )
        if good:
            self._response = uncoded(self.operation, response, self._settings.max_response_bytes, self.about)
            return None
        limit, strict = self._settings.max_response_bytes, self._options.strict
        error = error_for(self.operation, response, limit, clock.wall(), strict, self.about(), through)
        if not self._worthwhile(error, status) or not self._prepared.repeatable:
            raise error
        return self._again(error, error.retry_after if isinstance(error, ApiError) else None)

    def _worthwhile(self, error: CallError, status: int) -> bool:
        # What the contract says of the problem's code comes first, then what it says of statuses.
        if isinstance(error, ApiError) and error.retryable is not None:
            return error.retryable
        chosen = self.operation.retry if self.operation.retry is not None else self.operation.api.retry
        return worth_retrying(status) if chosen is None else status in chosen

    def failed(self, failure: TransportFailure) -> float:
        """
        Take a failure: seconds to wait before the next attempt.

        Raises:
            CallError: no further attempt can help.
        """
        reason = failure.reason
        if is_the_providers(reason, self.operation, self._options, self._timeout):
            self._circuit.failed(self._ticket)
        else:
            self._circuit.abandoned(self._ticket)
        now = self._settings.clock.monotonic()
        log.attempted(self._settings.logger, self.operation, reason, now - self._sent, self._attempt, self.request_id)
        if reason in _TAKING_TIME and now >= self._deadline - _TOLERANCE:
            raise self._out_of_time(failure.detail)
        about: dict[str, Any] = {**self.about(), "detail": failure.detail}
        if reason in ("truncated", "protocol", "too_large"):
            about["status"] = failure.status
        error = combined(self.operation.api.error, _KINDS.get(reason, ConnectionFailed))(**about)
        if reason in _HOPELESS or not (self._prepared.repeatable or reason in _NOTHING_SENT):
            raise error
        return self._again(error, None)

    def _again(self, error: CallError, after: float | None) -> float:
        if self._attempt > self._options.max_retries:
            raise error
        delay = self._settings.retry.delay(self._attempt - 1)
        if after is not None and after > delay:
            delay = after
        now = self._settings.clock.monotonic()
        remaining = self._deadline - now
        if delay >= remaining:
            # Waiting would only be followed by DeadlineExceeded, which says less.
            if isinstance(error, ApiError):
                error.remaining = max(0.0, remaining)
            raise error
        until = self._circuit.opens_until
        if until is not None and until > now + delay:
            raise error
        self._last = error
        log.retrying(self._settings.logger, self.operation, delay, self._attempt, self.request_id)
        return delay

    def _out_of_time(self, detail: str = "") -> CallError:
        error = combined(self.operation.api.error, DeadlineExceeded)(
            **self.about(), detail=detail, timeout=self._timeout
        )
        error.__cause__ = self._last
        return error

    def _refused(self) -> CallError:
        if self._last is not None:
            return self._last
        circuit = self._circuit
        return combined(self.operation.api.error, CircuitOpenError)(
            **self.about(), circuit=circuit.name, failures=circuit.failures, retry_after=circuit.retry_after
        )

    def result(self) -> T:
        """
        The result; in raw mode the answer, unread.
        """
        response = self._response
        assert response is not None, "the call has no answer yet"
        if not self._options.raw:
            return read_result(self.operation, response, self._options.strict, self.about)
        about = self.about()
        raw: Any = RawResponse(
            lambda: read_result(self.operation, response, self._options.strict, lambda: about),
            status=response.status,
            headers=response.headers,
            body=response.body,
            request_id=about["request_id"],
            attempts=about["attempts"],
            elapsed=about["elapsed"],
        )
        unread: T = raw
        return unread
