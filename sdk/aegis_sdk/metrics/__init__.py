"""
Prometheus metrics by the names that the platform's dashboards know. Needs the extra ``metrics``.

``UserServiceMetrics`` is what a service serves and does; ``ClientMetrics`` is what it asks of others, under a name of
its own. No label ever holds a value that was sent, and none grows without bound.
"""

from __future__ import annotations

from aegis_sdk.errors import MissingExtraError

try:
    # Said here once, for every module of the room.
    import prometheus_client as _needed  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError:
    raise MissingExtraError("aegis_sdk.metrics", "metrics") from None

from aegis_sdk.metrics._client import ClientMetrics, ClientMetricsMiddleware
from aegis_sdk.metrics._files import alert_rules, dashboard
from aegis_sdk.metrics._serve import MetricsApp
from aegis_sdk.metrics._service import UserServiceMetrics
from aegis_sdk.metrics._serving import MetricsMiddleware, WsgiMetricsMiddleware

__all__ = [
    "ClientMetrics",
    "ClientMetricsMiddleware",
    "MetricsApp",
    "MetricsMiddleware",
    "UserServiceMetrics",
    "WsgiMetricsMiddleware",
    "alert_rules",
    "dashboard",
]


def __getattr__(name: str) -> object:
    if name == "Metrics":
        # An ImportError, because `from … import` would hide what an AttributeError says.
        raise ImportError(
            "aegis_sdk.metrics.Metrics is two classes now: UserServiceMetrics for what a service serves and does, "
            "ClientMetrics for what its clients ask"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
