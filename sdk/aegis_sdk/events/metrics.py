"""
Prometheus metrics of publishers, consumers and outbox relays. Needs the extra ``metrics``.

Counts and lag are read when they are scraped, so an event costs nothing more. No label ever holds a value of an event.

```python
metrics = EventMetrics()
publisher = EventPublisher(metrics=metrics.publisher)
metrics.watch(consumer, name="policy-service")
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from aegis_sdk.errors import ConfigurationError, MissingExtraError

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
except ImportError:
    raise MissingExtraError("aegis_sdk.events.metrics", "metrics") from None

if TYPE_CHECKING:
    from aegis_sdk.events.consumer import EventConsumer
    from aegis_sdk.events.outbox import OutboxRelay
    from aegis_sdk.events.publisher import EventPublisher, SyncEventPublisher

__all__ = ["EventMetrics", "PublisherCounts"]

_KINDS = {
    "EventConsumer": "consumer",
    "EventPublisher": "publisher",
    "SyncEventPublisher": "publisher",
    "OutboxRelay": "relay",
}
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class PublisherCounts:
    """
    Counts what publishers do; give it to each as ``metrics=``.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._durations = Histogram(
            "aegis_event_publish_seconds",
            "From handing an event over to its acknowledgement",
            ["event_type"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._failures = Counter(
            "aegis_events_not_published", "Events that were not acknowledged", ["event_type", "kind"], registry=registry
        )

    def published(self, event_type: str, seconds: float) -> None:
        """
        An event was acknowledged.
        """
        self._durations.labels(event_type).observe(seconds)

    def failed(self, event_type: str, kind: str) -> None:
        """
        An event was not acknowledged.
        """
        self._failures.labels(event_type, kind).inc()


class EventMetrics:
    """
    The metrics of one process, or of one registry.

    Attributes:
        publisher: for ``EventPublisher(metrics=…)``; one serves any number of publishers.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.publisher = PublisherCounts(registry)
        self._watched: dict[tuple[str, str], Any] = {}
        registry.register(self)

    def watch(self, part: EventConsumer | EventPublisher | SyncEventPublisher | OutboxRelay, *, name: str) -> None:
        """
        Show a consumer, publisher or relay under *name*, which tells it from others of its kind.

        Raises:
            ConfigurationError: it is none of these, or the name is taken.
        """
        kind = _KINDS.get(
            next((base.__name__ for base in type(part).__mro__ if base.__module__.startswith("aegis_sdk.")), "")
        )
        if kind is None:
            raise ConfigurationError("watch(…) takes a consumer, a publisher or a relay")
        if self._watched.setdefault((kind, name), part) is not part:
            raise ConfigurationError(f"another {kind} is watched as {name}")

    def describe(self) -> Iterable[Metric]:
        """
        Name nothing ahead: what there is depends on what is watched.
        """
        return ()

    def collect(self) -> Iterator[Metric]:
        """
        Read everything that is watched.
        """
        healthy = GaugeMetricFamily("aegis_events_healthy", "Whether events move", labels=["part", "name"])
        lag = GaugeMetricFamily(
            "aegis_events_lag", "Events that are not handled yet", labels=["name", "topic", "partition"]
        )
        counts = {
            kind: CounterMetricFamily(f"aegis_{kind}_events", f"What a {kind} did", labels=["name", "what"])
            for kind in ("consumer", "relay")
        }
        waiting = GaugeMetricFamily("aegis_events_waiting", "Events on their way to Kafka", labels=["part", "name"])
        oldest = GaugeMetricFamily("aegis_outbox_oldest_seconds", "How long the oldest event waits", labels=["name"])
        parked = GaugeMetricFamily(
            "aegis_outbox_parked", "Events that Kafka refused, and those behind", labels=["name"]
        )
        for (kind, name), part in self._watched.items():
            health = part.health()
            healthy.add_metric([kind, name], float(bool(health)))
            if kind == "consumer":
                for one in health.assignment:
                    lag.add_metric([name, one.topic, str(one.partition)], one.lag)
            if kind == "publisher":
                waiting.add_metric([kind, name], health.waiting)
            else:
                for what, count in part.stats.as_dict().items():
                    counts[kind].add_metric([name, what], count)
            if kind == "relay" and health.backlog is not None:
                waiting.add_metric([kind, name], health.backlog.waiting)
                oldest.add_metric([name], health.backlog.oldest)
                parked.add_metric([name], health.backlog.parked)
        yield from (healthy, lag, *counts.values(), waiting, oldest, parked)
