"""
Events on a real Kafka protocol: what leaves is what the contract says, in order for each user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from uuid import uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from tests.scenarios._aegis import Aegis, MockProcess, business_number, running_mock

pytestmark = pytest.mark.kafka
TOPICS = (
    "aegis.user.registered.v1",
    "aegis.user.profile_updated.v1",
    "aegis.user.deleted.v1",
    "aegis.notification.requested.v1",
)


@pytest.fixture(scope="module")
def mock_with_kafka() -> Iterator[MockProcess]:
    with running_mock("--kafka", "embedded") as process:
        yield process


async def _records(bootstrap: str, keys: Collection[str], number: int) -> list[ConsumerRecord]:
    """
    Read *number* records with these keys, and all others that are there.
    """
    wanted = {key.encode() for key in keys}
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=bootstrap, group_id=f"test-{uuid4()}", auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[ConsumerRecord] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < number or not await _at_the_end(consumer):
                came = await consumer.getmany(timeout_ms=200)
                found += [record for records in came.values() for record in records if record.key in wanted]
        return found
    finally:
        await consumer.stop()


async def _at_the_end(consumer: AIOKafkaConsumer) -> bool:
    ends = await consumer.end_offsets(consumer.assignment())
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])


async def test_a_life_of_a_user_on_kafka(mock_with_kafka: MockProcess) -> None:
    """
    Register, verify, update, delete: each event is on its topic, keyed by the user, valid by its schema, with the
    bytes that the mock recorded.
    """
    assert mock_with_kafka.kafka is not None
    with Aegis(mock_with_kafka.url, f"test-{uuid4()}") as aegis:
        user_id = aegis.register()
        aegis.post(f"/api/v1/users/{user_id}/email-verifications")
        aegis.post("/api/v1/email-verifications/confirm", {"token": aegis.mails()[-1]["token"]})
        aegis.patch(f"/api/v1/users/{user_id}", {"business_name": "삼성전자 수원사업장"})
        aegis.patch(f"/api/v1/users/{user_id}", {"business_name": "삼성전자 수원사업장"})
        aegis.http.delete(f"/api/v1/users/{user_id}", params={"reason": "user_request"})
        recorded = {event["eventId"]: event for event in aegis.events()}
    expected = ["UserRegistered", "EmailVerificationRequested", "WelcomeNotificationRequested"]
    assert [event["eventType"] for event in recorded.values()] == [*expected, "UserProfileUpdated", "UserDeleted"]

    records = await _records(mock_with_kafka.kafka, [user_id], 5)
    catalog = load_events(bundled() / "schemas")
    assert len(records) == 5
    for record in records:
        envelope = msgspec.json.decode(record.value)
        assert envelope == recorded[envelope["eventId"]]
        event_type = catalog[envelope["eventType"], envelope["version"]]
        assert record.topic == event_type.topic
        assert event_type.is_valid(envelope)
    assert any("삼성전자 수원사업장".encode() in record.value for record in records), "Korean text is not escaped"
    notifications = [record for record in records if record.topic == "aegis.notification.requested.v1"]
    assert len({record.partition for record in notifications}) == 1
    ordered = sorted(notifications, key=lambda record: record.offset)
    assert [msgspec.json.decode(record.value)["eventType"] for record in ordered] == expected[1:]


async def test_a_hundred_registrations_are_a_hundred_records(mock_with_kafka: MockProcess) -> None:
    """
    Exactly one record leaves for each registration, none twice.
    """
    assert mock_with_kafka.kafka is not None
    with Aegis(mock_with_kafka.url, f"test-{uuid4()}") as aegis:
        ids = {
            aegis.register(
                f"user{index}@example.com",
                business_registration_number=business_number(index),
                start_date=None,
                representative_name=None,
            )
            for index in range(100)
        }
    records = await _records(mock_with_kafka.kafka, ids, 100)
    assert len(records) == 100
    assert {(record.key or b"").decode() for record in records} == ids
