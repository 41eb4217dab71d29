"""
A publisher that is opened while Kafka is down.
"""

from __future__ import annotations

import pytest

from aegis_sdk.events import EventPublisher, EventPublishError, UserDeleted
from aegis_sdk.health import Health

# Nothing listens there, and nothing may: it is a privileged port of the loopback.
NOWHERE = "127.0.0.1:1"


async def test_a_service_starts_while_kafka_is_down() -> None:
    """
    Told to, a publisher opens without Kafka; health says so, and an event fails after its own time and not before.
    """
    publisher = EventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True)
    async with publisher:
        health = publisher.health()
        assert not health
        assert (health.status, health.reasons) == ("unhealthy", (health.why,))
        assert health.why.startswith("not connected")
        report = await Health({"kafka": publisher}).check()
        assert (report.status_code, report.body["checks"]["kafka"]) == (503, str(health))
        with pytest.raises(EventPublishError):
            await publisher.publish(UserDeleted.new(user_id="u1", deletion_reason="x"), timeout=0.2)
    assert str(publisher.health()) == "unhealthy: the publisher is not open"


@pytest.mark.parametrize("where", [NOWHERE, "no-such-host.invalid:9092"])
async def test_otherwise_it_says_so(where: str) -> None:
    """
    Not told to, a publisher that reaches no broker raises when it is opened.
    """
    with pytest.raises(EventPublishError):
        await EventPublisher(where, connect_timeout=0.2).start()


async def test_a_name_that_is_unknown_may_become_known() -> None:
    """
    A broker whose name is not known yet, as of a pod that is not there, does not stop a service either.
    """
    async with EventPublisher("no-such-host.invalid:9092", connect_timeout=5, start_without_kafka=True) as publisher:
        assert not publisher.health()
