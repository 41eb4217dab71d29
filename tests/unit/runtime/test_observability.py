"""
Prometheus metrics and OpenTelemetry spans.
"""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry, generate_latest

from aegis_runtime import TransportFailure
from aegis_sdk.metrics import ClientMetrics
from aegis_sdk.tracing import Tracing
from tests.unit.runtime.harness import PROBLEM, Driver, answer


def test_requests_are_timed_by_template(driver: Driver) -> None:
    """
    ``api_client_request_duration_seconds`` has a series for each API, method, template and outcome, never a raw path.
    """
    registry = CollectorRegistry()
    metrics = ClientMetrics(registry)
    client, _ = driver.scripted(TransportFailure("broken"), answer(), takes=0.3, middleware=[metrics.middleware])
    driver.run(client.books.get("b1-personal"))

    def observed(part: str, status: str) -> float | None:
        labels = {"api": "library", "method": "GET", "endpoint": "/books/{id}", "status": status}
        return registry.get_sample_value(f"api_client_request_duration_seconds_{part}", labels)

    assert (observed("count", "broken"), observed("count", "200")) == (1.0, 1.0)
    assert observed("sum", "200") == pytest.approx(0.3)
    assert b"b1-personal" not in generate_latest(registry)


def test_attempts_are_spans(driver: Driver) -> None:
    """
    Every attempt is a client span with template and status, and the provider is told the trace.
    """
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client, script = driver.scripted(
        answer(503, PROBLEM, "application/problem+json"), answer(), middleware=[Tracing(provider)]
    )
    driver.run(client.books.get("b1-personal"))
    spans = exporter.get_finished_spans()
    assert [(span.name, span.kind, span.status.status_code) for span in spans] == [
        ("getBook", SpanKind.CLIENT, StatusCode.ERROR),
        ("getBook", SpanKind.CLIENT, StatusCode.UNSET),
    ]
    attributes = dict(spans[1].attributes or {})
    assert attributes["url.template"] == "/books/{id}"
    assert (attributes["http.response.status_code"], attributes["http.request.resend_count"]) == (200, 1)
    assert "b1-personal" not in str([span.to_json() for span in spans])
    for span, request in zip(spans, script.requests, strict=True):
        context = span.get_span_context()
        assert context is not None
        assert f"{context.trace_id:032x}-{context.span_id:016x}" in dict(request.headers)["traceparent"]
