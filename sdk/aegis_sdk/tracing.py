"""
OpenTelemetry spans and ``traceparent`` headers for every attempt. Needs the extra ``otel``.
"""

from __future__ import annotations

from aegis_runtime import Attempt, Middleware
from aegis_sdk.errors import MissingExtraError

try:
    from opentelemetry import propagate, trace
except ImportError:
    raise MissingExtraError("aegis_sdk.tracing", "otel") from None

__all__ = ["Tracing"]


class Tracing(Middleware):
    """
    A client span for every attempt, named by operation; the provider is told its trace. For clients of both kinds.

    Attributes hold the path template, never the path: that may hold personal data.

    Args:
        provider: in place of the process's tracer provider.
    """

    def __init__(self, provider: trace.TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("aegis_sdk", tracer_provider=provider)

    def before(self, attempt: Attempt) -> None:
        """
        Begin the span and tell the provider.
        """
        span = self._tracer.start_span(
            attempt.operation,
            kind=trace.SpanKind.CLIENT,
            attributes={
                "http.request.method": attempt.method,
                "url.template": attempt.path,
                "http.request.resend_count": attempt.number - 1,
                "aegis.api": attempt.api,
                "aegis.request_id": attempt.request_id,
            },
        )
        attempt.notes[self] = span
        carrier: dict[str, str] = {}
        propagate.inject(carrier, trace.set_span_in_context(span))
        attempt.request.headers.extend(carrier.items())

    def after(self, attempt: Attempt) -> None:
        """
        End the span.
        """
        span = attempt.notes.pop(self)
        if not isinstance(span, trace.Span):
            return
        if attempt.response is not None:
            span.set_attribute("http.response.status_code", attempt.response.status)
        if attempt.response is None or attempt.response.status >= 400:
            # For clients, OpenTelemetry counts 4xx as errors too.
            span.set_attribute("error.type", attempt.outcome)
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end()
