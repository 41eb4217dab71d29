"""
Prometheus metrics by the names that the platform's dashboards know. Needs the extra ``metrics``.

``api_request_duration_seconds`` fills itself when ``Metrics.middleware`` is given to a client; the others are counted
around the
code that registers and verifies: ``with metrics.registration(): …``. No label ever holds a value that was sent.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from aegis_runtime import Attempt, Middleware
from aegis_sdk.errors import MissingExtraError

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
except ImportError:
    raise MissingExtraError("aegis_sdk.metrics", "metrics") from None

__all__ = ["Metrics", "MetricsMiddleware"]

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MetricsMiddleware(Middleware):
    """
    Observes how long every attempt took, by method, path template and status.
    """

    def __init__(self, durations: Histogram) -> None:
        self._durations = durations

    def after(self, attempt: Attempt) -> None:
        """
        Observe an attempt that is over.
        """
        self._durations.labels(attempt.method, attempt.path, attempt.outcome).observe(attempt.elapsed)


class Metrics:
    """
    The platform's metrics. Make one for a process, or one for each registry.

    Attributes:
        active_users: the gauge ``active_users_total``.
        middleware: for a client's ``middleware=[…]``; one serves any number of clients, of both kinds.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registrations = Counter(
            "user_registrations", "User registrations by outcome", ["status"], registry=registry
        )
        self._registration_durations = Histogram(
            "user_registration_duration_seconds",
            "How long registering a user takes",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._email_verifications = Counter(
            "email_verifications", "E-mail verifications by outcome", ["status"], registry=registry
        )
        self._business_verifications = Counter(
            "business_verifications", "Business verifications by outcome", ["status"], registry=registry
        )
        self.active_users = Gauge("active_users_total", "Users that are active now", registry=registry)
        self._durations = Histogram(
            "api_request_duration_seconds",
            "How long API requests take; endpoint is the path template",
            ["method", "endpoint", "status"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.middleware = MetricsMiddleware(self._durations)

    @contextmanager
    def registration(self) -> Generator[None, None, None]:
        """
        Time and count a registration: ``failed`` when the block raises, else ``success``.
        """
        began = time.perf_counter()
        try:
            with _counted(self._registrations):
                yield
        finally:
            self._registration_durations.observe(time.perf_counter() - began)

    @contextmanager
    def email_verification(self) -> Generator[None, None, None]:
        """
        Count a verification of an e-mail address: ``failed`` when the block raises, else ``success``.
        """
        with _counted(self._email_verifications):
            yield

    @contextmanager
    def business_verification(self) -> Generator[None, None, None]:
        """
        Count a verification of a business: ``failed`` when the block raises, else ``success``.
        """
        with _counted(self._business_verifications):
            yield


@contextmanager
def _counted(counter: Counter) -> Generator[None, None, None]:
    try:
        yield
    except BaseException:
        counter.labels("failed").inc()
        raise
    counter.labels("success").inc()
