"""
Events for the consumer's tests: published without the SDK's publisher, so that the two do not agree on a mistake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from aiokafka import AIOKafkaProducer

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.events.codec._codec import encode


def registered(number: int, users: int = 50) -> UserRegistered:
    """
    Event *number* of one of so many users; the number travels in the event id and in the industry code.
    """
    return UserRegistered.new(
        event_id=f"00000000-0000-4000-8000-{number:012d}",
        user_id=f"user-{number % users}",
        email="seoyeon.kim@example.com",
        business_registration_number="124-81-00998",
        industry_code=f"{number % 100_000:05d}",
    )


def number_of(event: UserRegistered) -> int:
    """
    The number that *registered* gave the event.
    """
    return int(event.event_id[-12:])


async def publish(
    bootstrap_servers: str,
    topic: str,
    numbers: Iterable[int],
    *,
    users: int = 50,
    idempotent: bool = False,
    pace: float = 0.0,
) -> None:
    """
    Publish these events, keyed by their user, and wait until the broker has them all.

    Args:
        idempotent: try again, without an end and without duplicates, when the broker goes away.
        pace: about so many a second at most; 0 is as fast as it goes.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", linger_ms=5, enable_idempotence=idempotent
    )
    await producer.start()
    try:
        sent: list[asyncio.Future[object]] = []
        for count, number in enumerate(numbers):
            event = registered(number, users)
            sent.append(await producer.send(topic, encode(event), key=event.aggregate_id.encode()))
            if len(sent) >= 2000:
                await asyncio.gather(*sent)
                sent.clear()
            if pace and count % 50 == 49:
                await asyncio.sleep(50 / pace)
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def until(condition: Callable[[], bool], timeout: float = 60.0) -> None:
    """
    Wait until *condition* holds: the broker is on the other side, and tells nobody here.
    """
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
