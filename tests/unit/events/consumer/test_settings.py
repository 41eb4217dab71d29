"""
What a consumer is set up with: which limits can be meant, and what they come to for Kafka.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_sdk.events import ConsumerSettings
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from aegis_sdk.events.consumer.handling._stats import ConsumerStats

COUNTS = ["concurrency", "max_in_flight", "max_in_flight_bytes", "max_window", "batch", "commit_every"]
TIMES = ["commit_interval", "request_timeout", "start_timeout", "probe_interval", "handler_timeout", "stall_after"]


@pytest.mark.parametrize("name", COUNTS)
def test_a_limit_is_one_at_least(name: str) -> None:
    """
    Of everything a consumer may take one; a limit of nothing, which would stop it for good, is refused.
    """
    assert getattr(ConsumerSettings(**{name: 1}), name) == 1
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            ConsumerSettings(**{name: wrong})


@pytest.mark.parametrize("name", TIMES)
def test_a_time_is_more_than_nothing(name: str) -> None:
    """
    However short a time is, it may be meant; one that is over before it began is not.
    """
    assert getattr(ConsumerSettings(**{name: 0.001}), name) == 0.001
    for wrong in (0, -1.0):
        with pytest.raises(ValueError, match="more than 0"):
            ConsumerSettings(**{name: wrong})


def test_draining_may_take_no_time_and_handlers_all_of_it() -> None:
    """
    A consumer may stop at once, and a handler may run as long as it likes.
    """
    settings = ConsumerSettings(drain_timeout=0, handler_timeout=None)
    assert (settings.drain_timeout, settings.handler_timeout) == (0, None)


@pytest.mark.parametrize(("drain", "request_"), [(15.0, 10.0), (0.0, 1.0), (120.0, 30.0)])
def test_the_group_waits_for_members_that_drain(drain: float, request_: float) -> None:
    """
    Kafka throws nobody out of the group who drains and commits in the time given, no request ends before the group has
    gathered, and a member that dies is noticed after several heartbeats.
    """
    options = ConsumerSettings(drain_timeout=drain, request_timeout=request_).kafka_options()
    rebalance, request = options["rebalance_timeout_ms"], options["request_timeout_ms"]
    assert 1000 * (drain + request_) < rebalance < 1000 * (drain + request_) + 10_000
    assert rebalance + 5_000 < request < rebalance + 20_000
    assert 3 * options["heartbeat_interval_ms"] <= options["session_timeout_ms"]
    assert options["auto_offset_reset"] == "none"


@pytest.mark.parametrize(("most", "fetched"), [(1_000, 1_000), (2**24, 2**24), (2**24 + 1, 2**24), (2**30, 2**24)])
def test_no_more_is_fetched_than_may_be_held(most: int, fetched: int) -> None:
    """
    One answer of a broker's fits into what may be in flight, and is 16 MiB at most.
    """
    assert ConsumerSettings(max_in_flight_bytes=most).kafka_options()["fetch_max_bytes"] == fetched


def test_what_a_service_passes_itself_wins() -> None:
    """
    An option of aiokafka's that a service gives is taken in place of ours.
    """
    given: dict[str, Any] = {"session_timeout_ms": 45_000, "client_id": "mine"}
    assert given.items() <= ConsumerSettings(client_options=given).kafka_options().items()


def test_a_consumer_that_did_nothing_counts_nothing() -> None:
    """
    Every count begins at nothing, and all of them are told by name.
    """
    counts = ConsumerStats().as_dict()
    assert counts == dict.fromkeys(counts, 0)
    assert {"received", "handled", "dead_lettered", "commits", "reconnects"} <= counts.keys()
    assert ConsumerStats(received=3).as_dict()["received"] == 3


@pytest.mark.parametrize("limits", [{"attempts": 1}, {"base": 0.0}, {"maximum": 0.0}, {"factor": 1.0}])
def test_a_retry_may_be_as_little_as_it_can(limits: dict[str, Any]) -> None:
    """
    One call, no wait and waits that do not grow may be meant; less than that cannot.
    """
    HandlerRetry(**limits)
    [(name, least)] = limits.items()
    with pytest.raises(ValueError, match=r"at least|seconds"):
        HandlerRetry(**{name: least - 1})
