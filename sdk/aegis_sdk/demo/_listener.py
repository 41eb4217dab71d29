"""
A consumer of the story's events, so that each can be waited for.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar
from uuid import uuid4

from aegis_sdk.demo._mock import DemoError
from aegis_sdk.events import UserProfileUpdated, UserRegistered, WelcomeNotificationRequested
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._handlers import Delivery

_E = TypeVar("_E", UserRegistered, UserProfileUpdated, WelcomeNotificationRequested)
PATIENCE = 10.0


class Listener:
    """
    Consumes events, typed and validated, and keeps them until somebody asks.

    Args:
        kafka: bootstrap address.
    """

    def __init__(self, kafka: str) -> None:
        self._consumer = EventConsumer(kafka, group_id=f"aegis-demo-{uuid4()}")
        self._came: list[tuple[Any, Delivery]] = []
        self._news = asyncio.Condition()
        self._consumer.on(UserRegistered, UserProfileUpdated, WelcomeNotificationRequested)(self._keep)

    async def start(self) -> None:
        """
        Join the group and begin to listen.
        """
        await self._consumer.start()

    async def aclose(self) -> None:
        """
        Leave the group.
        """
        await self._consumer.aclose(timeout=5)

    async def wait_for(self, event_type: type[_E], user_id: str) -> tuple[_E, Delivery]:
        """
        Wait for the event of this type about a user.

        Raises:
            DemoError: it did not come.
        """
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                while True:
                    for event, delivery in self._came:
                        if isinstance(event, event_type) and event.aggregate_id == user_id:
                            return event, delivery
                    await self._news.wait()
        except TimeoutError:
            raise DemoError(f"no {event_type.__name__} came over Kafka within {PATIENCE:g} seconds") from None

    async def _keep(self, event: Any, delivery: Delivery) -> None:
        async with self._news:
            self._came.append((event, delivery))
            self._news.notify_all()
