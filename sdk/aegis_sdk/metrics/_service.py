"""
What a User Service serves and does, by the names of its specification.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, cast

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from aegis_sdk.metrics._families import BUCKETS, Bounded, Recent, once_per_registry, seconds

if TYPE_CHECKING:
    from aegis_sdk.metrics._serve import MetricsApp
    from aegis_sdk.metrics._serving import MetricsMiddleware, WsgiMetricsMiddleware

__all__ = ["UserServiceMetrics"]

_OTHER: Final = "other"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"})
_ENDPOINTS: Final = 500
# A status has three digits; what a caller makes of it besides is few, or one series for all of it.
_STATUSES: Final = 100
# openapi/user.yaml: avg_response_time is the mean over the last 5 minutes.
_WINDOW: Final = 300


class UserServiceMetrics:
    """
    The metrics of one service. Make one for a process, or one for each registry.

    ```python
    metrics = UserServiceMetrics()
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    with metrics.registration():
        ...
    ```

    Args:
        registry: where they are collected; the process's own unless given.

    Attributes:
        active_users: the gauge ``active_users_total``; ``set`` it, or let ``count_active_users`` ask at each scrape.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        with once_per_registry("UserServiceMetrics"):
            self._registrations = _outcomes("user_registrations", "User registrations by outcome", registry)
            self._registration_durations = Histogram(
                "user_registration_duration_seconds",
                "How long registering a user takes",
                buckets=BUCKETS,
                registry=registry,
            )
            self._email_verifications = _outcomes("email_verifications", "E-mail verifications by outcome", registry)
            self._business_verifications = _outcomes(
                "business_verifications", "Business verifications by outcome", registry
            )
            self.active_users = Gauge(
                "active_users_total", "Users that are active now", registry=registry, multiprocess_mode="mostrecent"
            )
            self._requests = Histogram(
                "api_request_duration_seconds",
                "How long the requests take that this service answers; endpoint is the path template",
                ["method", "endpoint", "status"],
                buckets=BUCKETS,
                registry=registry,
            )
        self._endpoint = Bounded(_ENDPOINTS, _OTHER)
        self._status = Bounded(_STATUSES, _OTHER)
        self._recent = Recent(_WINDOW)
        self._series: dict[tuple[str, str, str], Histogram] = {}
        self._asked: Callable[[], Awaitable[float]] | None = None

    def record_user_registration(self, success: bool, duration: float) -> None:
        """
        Count a registration that took *duration* seconds.
        """
        took = seconds(duration)
        _count(self._registrations, success)
        self._registration_durations.observe(took)

    def record_email_verification(self, success: bool) -> None:
        """
        Count a verification of an e-mail address.
        """
        _count(self._email_verifications, success)

    def record_business_verification(self, success: bool) -> None:
        """
        Count a verification of a business.
        """
        _count(self._business_verifications, success)

    def record_api_request(self, method: str, endpoint: str, status_code: int | str, duration: float) -> None:
        """
        Observe a request that was answered; the middleware does it by itself.

        Args:
            endpoint: the path template, such as ``/api/v1/users/{user_id}``, never a path with values in it. Of more
                than 500 different ones the rest is ``other``.
            status_code: of more than 100 different ones the rest is ``other``.
            duration: in seconds.
        """
        took = seconds(duration)
        name = method.upper()
        labels = (name if name in _METHODS else _OTHER, self._endpoint(endpoint), self._status(str(status_code)))
        series = self._series.get(labels)
        if series is None:  # finding it by its labels costs more than observing
            series = self._series[labels] = self._requests.labels(*labels)
        series.observe(took)
        self._recent.add(took)

    @property
    def avg_response_time(self) -> float:
        """
        The mean time of an answer of this process over the last 5 minutes, in seconds: a figure of ``GET /metrics``.
        """
        return self._recent.mean()

    def expect(self, operations: Iterable[tuple[str, str, int | str]]) -> None:
        """
        Show the series of these requests from the start, with nothing observed: method, path template, status.
        """
        for method, endpoint, status in operations:
            self._requests.labels(method.upper(), self._endpoint(endpoint), self._status(str(status)))

    def count_active_users(self, count: Callable[[], float] | Callable[[], Awaitable[float]]) -> None:
        """
        Ask *count* for the active users whenever the metrics are read. An asynchronous one is asked by ``endpoint()``.
        """
        if iscoroutinefunction(count):
            self._asked = count
        else:
            self.active_users.set_function(cast("Callable[[], float]", count))

    async def _ask(self) -> None:
        if self._asked is not None:
            self.active_users.set(await self._asked())

    @contextmanager
    def registration(self) -> Generator[None, None, None]:
        """
        Time and count a registration: ``failed`` when the block raises, else ``success``; cancelled, it is neither.
        """
        began = time.perf_counter()
        with _counted(lambda success: self.record_user_registration(success, time.perf_counter() - began)):
            yield

    @contextmanager
    def email_verification(self) -> Generator[None, None, None]:
        """
        Count a verification of an e-mail address: ``failed`` when the block raises, else ``success``; cancelled, it is
        neither.
        """
        with _counted(self.record_email_verification):
            yield

    @contextmanager
    def business_verification(self) -> Generator[None, None, None]:
        """
        Count a verification of a business: ``failed`` when the block raises, else ``success``; cancelled, it is
        neither.
        """
        with _counted(self.record_business_verification):
            yield

    def asgi(self, app: Any, **options: Any) -> MetricsMiddleware:
        """
        Wrap an ASGI application, so that the requests that it answers are observed.
        """
        from aegis_sdk.metrics._serving import MetricsMiddleware

        return MetricsMiddleware(app, self, **options)

    def wsgi(self, app: Any, **options: Any) -> WsgiMetricsMiddleware:
        """
        Wrap a WSGI application, so that the requests that it answers are observed.
        """
        from aegis_sdk.metrics._serving import WsgiMetricsMiddleware

        return WsgiMetricsMiddleware(app, self, **options)

    def endpoint(self) -> MetricsApp:
        """
        Make an ASGI application that Prometheus can scrape.
        """
        from aegis_sdk.metrics._serve import MetricsApp

        return MetricsApp(self.registry, before=self._ask)


def _outcomes(name: str, about: str, registry: CollectorRegistry) -> Counter:
    made = Counter(name, about, ["status"], registry=registry)
    for status in ("success", "failed"):
        made.labels(status)
    return made


def _count(counter: Counter, success: bool) -> None:
    counter.labels("success" if success else "failed").inc()


@contextmanager
def _counted(count: Callable[[bool], None]) -> Generator[None, None, None]:
    try:
        yield
    except Exception:
        count(False)
        raise
    count(True)
