"""
What publishing errors say, and what they hide.
"""

from __future__ import annotations

import copy
import gc
import pickle

import pytest
from aiokafka import errors as kafka

from aegis_sdk.errors import AegisError, EventPublishError
from aegis_sdk.events import (
    BrokerUnavailableError,
    EventsNotPublishedError,
    EventTooLargeError,
    Published,
    PublishNotAuthorizedError,
    PublishOutcomeUnknownError,
    PublishRefusedError,
    PublishTimeoutError,
    Record,
    UndeliveredEventError,
    UnknownTopicError,
)
from aegis_sdk.events.kafka._errors import KafkaAuthenticationError, KafkaAuthorizationError
from aegis_sdk.events.publisher.sending._causes import cause_of, late, named
from aegis_sdk.events.publisher.sending._engine import EngineAbandonedError, TopicMissingError, TopicNotAllowedError


def every_error() -> list[type[UndeliveredEventError]]:
    return UndeliveredEventError.__subclasses__()


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_an_error_names_the_event_and_survives_a_copy(kind: type[UndeliveredEventError]) -> None:
    """
    Type, id and topic are told, key and value are not; pickling and copying keep all of it.
    """
    error = kind(topic="t", event_type="UserRegistered", event_id="id-1", elapsed=1.5, detail="why")
    assert isinstance(error, EventPublishError)
    assert isinstance(error, AegisError)
    for same in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert str(same).startswith("UserRegistered id-1 ")
        assert "why (topic t, after 1.50 s; key and value hidden)" in str(same)
        assert (same.kind, same.event_id, same.may_be_published) == (kind.kind, "id-1", False)


def test_every_error_is_of_a_kind_of_its_own() -> None:
    """
    A metric tells them apart by their kind.
    """
    kinds = [kind.kind for kind in every_error()]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize(("count", "more"), [(1, ""), (5, ""), (6, "  … and 1 more"), (9, "  … and 4 more")])
def test_many_errors_are_told_briefly(count: int, more: str) -> None:
    """
    Of very many, the first five are shown and the rest is counted.
    """
    errors = [UnknownTopicError(topic="t", event_type="E", event_id=str(number)) for number in range(count)]
    first, *shown = str(EventsNotPublishedError([*errors, object()], errors)).split("\n")
    assert first == f"{count} of {count + 1} events were not published:"
    assert [line.split(" was not")[0] for line in shown[:5]] == [f"  E {number}" for number in range(min(5, count))]
    assert shown[5:] == ([more] if more else [])


def test_what_waits_costs_the_collector_nothing() -> None:
    """
    Records and what is told of them are values that nobody changes and that the garbage collector need not visit.
    """
    for value in (Record("t", b"v"), Published("t", 0, 0, "1")):
        assert not gc.is_tracked(value)
        with pytest.raises(AttributeError):
            value.topic = "other"  # type: ignore[misc]


def test_an_error_that_says_nothing_of_an_event_says_so() -> None:
    """
    A record without a type is a record; without an id, none is told; and nobody claims that it may be published.
    """
    assert str(PublishRefusedError(topic="t")).startswith("a record was refused")
    assert str(PublishRefusedError(topic="t", event_type="E", elapsed=2)) == (
        "E was refused by the broker (topic t, after 2.00 s; key and value hidden)"
    )


def test_a_record_does_not_show_what_it_carries() -> None:
    """
    repr tells the event, never key, value or headers.
    """
    record = Record("t", b"canary-value", b"canary-key", [("h", b"canary-header")], "UserRegistered", "id-1")
    assert "canary" not in repr(record)
    assert "id-1" in repr(record)


@pytest.mark.parametrize(
    ("error", "told", "retry", "ambiguous"),
    [
        (kafka.NotLeaderForPartitionError(), PublishRefusedError, True, False),
        (kafka.NotEnoughReplicasError(), PublishRefusedError, True, False),
        (kafka.NotEnoughReplicasAfterAppendError(), PublishRefusedError, True, True),
        (kafka.RequestTimedOutError(), PublishRefusedError, True, True),
        (kafka.KafkaConnectionError(), PublishRefusedError, True, True),
        (kafka.OutOfOrderSequenceNumber(), PublishRefusedError, True, False),
        (kafka.UnknownError(), PublishRefusedError, True, True),
        (EngineAbandonedError(), PublishRefusedError, True, True),
        (kafka.PolicyViolationError(), PublishRefusedError, False, False),
        (kafka.MessageSizeTooLargeError(), EventTooLargeError, False, False),
        (kafka.RecordListTooLargeError(), EventTooLargeError, False, False),
        (kafka.TopicAuthorizationFailedError(), PublishNotAuthorizedError, False, False),
        (TopicNotAllowedError(), PublishNotAuthorizedError, False, False),
        (kafka.InvalidTopicError(), UnknownTopicError, False, False),
        (TopicMissingError(), UnknownTopicError, False, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_error_of_kafka_means(
    error: Exception, told: type[UndeliveredEventError], retry: bool, ambiguous: bool
) -> None:
    """
    Each answer is retried only where that can help, called ambiguous only where the record may be stored, and sent in
    smaller batches only where it was too large.
    """
    cause = cause_of(error)
    assert (cause.error, cause.retry, cause.ambiguous) == (told, retry, ambiguous)
    assert cause.too_large is (told is EventTooLargeError)


def test_a_passed_deadline_says_what_is_known() -> None:
    """
    Sent and unanswered is unknown; no connection is the broker; an unknown topic is itself; else it was slow.
    """
    assert late(maybe_sent=True, connected=False, trouble=None) is PublishOutcomeUnknownError
    assert late(maybe_sent=False, connected=False, trouble=None) is BrokerUnavailableError
    assert late(maybe_sent=False, connected=True, trouble=ConnectionError()) is BrokerUnavailableError
    missing = kafka.UnknownTopicOrPartitionError()
    assert late(maybe_sent=False, connected=True, trouble=missing) is UnknownTopicError
    assert late(maybe_sent=False, connected=True, trouble=None) is PublishTimeoutError
    for refused in (KafkaAuthenticationError("x"), KafkaAuthorizationError("x")):
        assert late(maybe_sent=False, connected=False, trouble=refused) is PublishNotAuthorizedError


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (None, ""),
        (EngineAbandonedError(), ""),
        (TopicMissingError(), ""),
        (TopicNotAllowedError(), ""),
        (ConnectionError("no broker answers"), "no broker answers"),
        (ConnectionError(), "ConnectionError"),
        (RuntimeError("canary"), "RuntimeError"),
    ],
)
def test_trouble_is_told_in_a_few_words(trouble: Exception | None, said: str) -> None:
    """
    What the error of an event says already is not said twice, and what may quote a record is named alone.
    """
    assert named(trouble) == said
