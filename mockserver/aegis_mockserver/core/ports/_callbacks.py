"""
Requests that a provider sends by itself, and who sends them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aegis_mockserver.world import World

HOPS = "x-mock-callbacks"  # how many callbacks led to a request, so that two mocks cannot go on for ever


@dataclass(frozen=True, slots=True)
class Callback:
    """
    One request that the provider would send.
    """

    name: str
    method: str
    url: str
    media_type: str
    content: bytes
    world: World
    hops: int = 1  # this one, and the callbacks that led to it
    foreign: bool = False  # a page of another origin asked for it


class CallbackSender(Protocol):
    """
    Who sends callbacks and webhooks; never waits.
    """

    @property
    def ready(self) -> bool:
        """
        Say whether there is an event loop that could send.
        """
        ...

    def refusal(self, url: str) -> str:
        """
        Say why nothing may be sent there; nothing when something may.
        """
        ...

    def here(self, host: str, port: int) -> None:
        """
        Note where the mock itself listens: nothing is sent there.
        """
        ...

    def send(self, callback: Callback) -> None:
        """
        Send *callback* soon; what was answered stands in the journal of its world.
        """
        ...

    async def aclose(self) -> None:
        """
        Wait a moment for what is on its way.
        """
        ...
