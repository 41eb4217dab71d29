"""
What clients ask of other services, under a name of its own: it is not what this service serves.
"""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Histogram

from aegis_runtime import Attempt, Middleware
from aegis_sdk.metrics._families import BUCKETS, once_per_registry

__all__ = ["ClientMetrics", "ClientMetricsMiddleware"]


class ClientMetricsMiddleware(Middleware):
    """
    Observes how long every attempt took, by API, method, path template and outcome.
    """

    def __init__(self, durations: Histogram) -> None:
        self._durations = durations

    def after(self, attempt: Attempt) -> None:
        """
        Observe an attempt that is over.
        """
        self._durations.labels(attempt.api, attempt.method, attempt.path, attempt.outcome).observe(attempt.elapsed)


class ClientMetrics:
    """
    ``api_client_request_duration_seconds{api,method,endpoint,status}``: one for a process, or for each registry.

    ``status`` is the answer's, or why there was none: ``connect``, ``timeout``, ``broken``, ``cancelled``, ….

    Attributes:
        middleware: for a client's ``middleware=[…]``; one serves any number of clients, of both kinds.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        with once_per_registry("ClientMetrics"):
            durations = Histogram(
                "api_client_request_duration_seconds",
                "How long the attempts take that this service's clients make; endpoint is the path template",
                ["api", "method", "endpoint", "status"],
                buckets=BUCKETS,
                registry=registry,
            )
        self.middleware = ClientMetricsMiddleware(durations)
