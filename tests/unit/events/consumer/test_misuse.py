"""
What cannot be meant is refused where it is said: handlers that could not run, settings that would lose events.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import CloudEvents, ConsumerSettings, EventConsumer, UserRegistered
from aegis_sdk.events.outbox import RelaySettings
from tests.unit.events.consumer.harness import FakeKafka, Happened, Ignored, make_consumer


async def yields(event: Any) -> AsyncIterator[Any]:
    yield event


def generates(event: Any) -> Iterator[Any]:
    yield event


async def wants_a_word(event: Any, *, delivery: Any) -> None: ...


async def wants_three(event: Any, delivery: Any, more: Any) -> None: ...


def wants_nothing() -> None: ...


class Yields:
    async def __call__(self, event: Any) -> AsyncIterator[Any]:
        yield event


@pytest.mark.parametrize(
    "handler",
    [
        yields,
        generates,
        Yields(),
        functools.partial(yields),
        wants_a_word,
        wants_three,
        functools.partial(wants_three),
        wants_nothing,
        "handle",
    ],
)
def test_a_handler_that_cannot_run_is_refused(handler: Callable[..., Any]) -> None:
    """
    A generator, of which a call runs nothing, and a function that cannot be called with an event are no handlers.
    """
    with pytest.raises(ConfigurationError, match=r"handler|cannot be called"):
        make_consumer(FakeKafka()).on(Happened)(handler)


@pytest.mark.parametrize(
    ("handler", "wants_delivery"),
    [
        (functools.partial(wants_three, more=1), True),
        (lambda *all_of_it: None, False),
        (lambda event, more=None: None, False),
        (lambda event, delivery, more=None: None, True),
        (print, False),
        (max, False),
    ],
)
def test_whatever_takes_an_event_is_a_handler(handler: Callable[..., Any], wants_delivery: bool) -> None:
    """
    Partial functions, defaults, whatever takes any arguments, and what does not say what it takes can be called; who
    has to be given a second argument is given the delivery.
    """
    consumer = make_consumer(FakeKafka())
    assert consumer.on(Happened)(handler) is handler
    assert consumer._handlers.calls[Happened].wants_delivery is wants_delivery


async def test_handlers_are_registered_before_the_start() -> None:
    """
    A running consumer has subscribed to its topics, so that a further handler might never hear anything.
    """
    consumer = make_consumer(FakeKafka())
    consumer.on(Happened)(lambda event: None)
    async with consumer:
        with pytest.raises(ConfigurationError, match="running already"):
            consumer.on(Ignored)
    consumer.on(Ignored)(lambda event: None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_from": "lastest"},
        {"handler_timeout": 0},
        {"handler_timeout": float("nan")},
        {"drain_timeout": -1},
        {"stall_after": float("nan")},
        {"request_timeout": float("inf")},
        {"concurrency": 2.5},
        {"client_options": {"enable_auto_commit": True}},
        {"client_options": {"auto_offset_reset": "latest"}},
        {"client_options": {"value_deserializer": len}},
        {"client_options": {"group_id": "another"}},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    """
    A misspelt word, a time that is none, options with which aiokafka would pass over what was not handled.
    """
    with pytest.raises(ValueError, match=r"start_from|seconds|at least|client_options"):
        ConsumerSettings(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lease": float("nan")},
        {"retention": float("nan")},
        {"stall_after": 0},
        {"client_options": {"acks": 1}},
        {"client_options": {"transactional_id": "mine"}},
    ],
)
def test_a_relay_is_not_talked_out_of_its_promise(wrong: dict[str, Any]) -> None:
    """
    What a relay's promise rests on cannot be set otherwise.
    """
    with pytest.raises(ValueError, match=r"seconds|kept|client_options"):
        RelaySettings(**wrong)


async def awaits(failure: object) -> None: ...


@pytest.mark.parametrize("wrong", [{"unknown": "skp"}, {"tombstones": "drop"}, {"on_failure": awaits}])
def test_choices_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    """
    A misspelt choice would mean the other one, and a hook that must be awaited would never run.
    """
    with pytest.raises(ConfigurationError, match=r"unknown|on_failure"):
        EventConsumer("nowhere:9092", group_id="tests", **wrong)


def test_a_frame_is_structured_or_binary() -> None:
    """
    A misspelt mode of CloudEvents is refused.
    """
    with pytest.raises(ConfigurationError, match="structured or binary"):
        CloudEvents("/services/user", mode="binray")  # type: ignore[arg-type]


async def test_an_option_that_aiokafka_does_not_know_is_named() -> None:
    """
    A misspelt option of aiokafka's is an error of ours that names it, at the start.
    """
    consumer = EventConsumer(
        "127.0.0.1:9", group_id="tests", settings=ConsumerSettings(client_options={"sesion_timeout_ms": 1})
    )
    consumer.on(UserRegistered)(lambda event: None)
    with pytest.raises(ConfigurationError, match="sesion_timeout_ms"):
        await consumer.start()
