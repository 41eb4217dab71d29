"""
The trace goes on from the record into the handler, for applications that use OpenTelemetry.
"""

from __future__ import annotations

import sys
from typing import Any

from aegis_sdk.events.consumer.handling._handlers import Call, Delivery
from aegis_sdk.events.consumer.handling._lanes import InFlight

__all__ = ["HandlerTracing", "tracing_of"]

_CARRIED = ("traceparent", "tracestate")


def tracing_of(group_id: str) -> HandlerTracing | None:
    """
    Tracing, if the application has loaded OpenTelemetry; for the others not even an import is spent.
    """
    return HandlerTracing(group_id) if sys.modules.get("opentelemetry.trace") is not None else None


class HandlerTracing:
    """
    A consumer span for each call of a handler, a child of whoever published the event.
    """

    def __init__(self, group_id: str) -> None:
        from opentelemetry import propagate, trace

        self._extract = propagate.extract
        self._kind = trace.SpanKind.CONSUMER
        self._tracer: Any = trace.get_tracer("aegis_sdk")
        self._group_id = group_id

    async def call(self, call: Call, item: InFlight) -> None:
        """
        Call the handler inside its span.
        """
        record = item.record
        carrier = {name: value.decode("latin-1") for name, value in record.headers if value and name in _CARRIED}
        about = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._group_id,
            "messaging.message.id": item.event_id,
        }
        # What a handler raises may quote an event: the span says which kind of error it was and no more.
        with self._tracer.start_as_current_span(
            f"process {record.topic}",
            context=self._extract(carrier),
            kind=self._kind,
            attributes=about,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                if call.wants_delivery:
                    await call.function(item.event, Delivery.of(record, item.failures + 1))
                else:
                    await call.function(item.event)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise
