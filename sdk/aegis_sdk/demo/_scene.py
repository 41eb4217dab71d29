"""
What the chapters have in common: the mock server, the clients, the listener, and the user that it is all about.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import date

from aegis_sdk import AsyncBusinessRegistryClient, AsyncRecommendationClient, AsyncUserClient
from aegis_sdk.demo._listener import Listener
from aegis_sdk.demo._mock import DemoError, MockServer, mock_server
from aegis_sdk.demo._teller import Teller

KEY = "demo-key"  # the mock accepts any well-formed one
EMAIL = "seoyeon.kim@example.com"
PHONE = "010-1234-5678"
NUMBER = "124-81-00998"
NAME = "삼성전자 주식회사"
REPRESENTATIVE = "김서연"
START_DATE = date(1969, 1, 13)


class Scene:
    """
    The stage of the story; the chapters fill it as they go.
    """

    def __init__(self, teller: Teller, stack: AsyncExitStack) -> None:
        self.teller = teller
        self.user_id = ""
        self._stack = stack
        self._mock: MockServer | None = None
        self._listener: Listener | None = None

    @property
    def mock(self) -> MockServer:
        """
        The mock server, once it was started.
        """
        assert self._mock is not None
        return self._mock

    @property
    def listener(self) -> Listener:
        """
        The consumer of events, once it listens.
        """
        assert self._listener is not None
        return self._listener

    async def start(self) -> None:
        """
        Start the mock server, and listen to its Kafka.
        """
        self._mock = await self._stack.enter_async_context(mock_server())
        self._listener = Listener(self._mock.kafka)
        await self._listener.start()
        self._stack.push_async_callback(self._listener.aclose)
        self.users = await self._stack.enter_async_context(AsyncUserClient(self._mock.url, KEY))
        self.recommendations = await self._stack.enter_async_context(AsyncRecommendationClient(self._mock.url, KEY))
        registry = AsyncBusinessRegistryClient(f"{self._mock.url}/api/v1", KEY)
        self.registry = await self._stack.enter_async_context(registry)


def expect(truth: bool, otherwise: str) -> None:
    """
    End the story when a claim does not hold.

    Raises:
        DemoError: it does not.
    """
    if not truth:
        raise DemoError(otherwise)
