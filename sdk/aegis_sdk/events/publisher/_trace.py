"""
W3C trace context: who caused this event, for those who follow a request through many services.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["current_traceparent"]


def current_traceparent() -> str | None:
    """
    The `traceparent` of the span that runs now, if the application uses OpenTelemetry.
    """
    # An application that traces has loaded this module; for the others not even an import is spent.
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    context: Any = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
