"""
From an exchange to the requests that the contract promises to send back, and from a webhook to its body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from aegis_contracts import Operation
from aegis_mockserver.core.contents import _content
from aegis_mockserver.core.effects._expressions import MISSING, Scene, compile_value
from aegis_mockserver.core.effects._origins import is_foreign
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


def callbacks_of(operation: Operation, scene: Scene, world: World, seed: str) -> Iterator[Callback]:
    """
    Build the callbacks that an exchange causes.
    """
    hops = scene.request_headers.get(HOPS, "")
    before = int(hops) if hops.isdecimal() and len(hops) < 4 else 0
    foreign = is_foreign(scene.request_headers)
    for name, expressions in operation.callbacks.items():
        for expression, operations in expressions.items():
            url = compile_value(expression)(scene)
            if url is MISSING or not isinstance(url, str):
                continue
            for called in operations:
                media_type, content = body_of(called, seed)
                yield Callback(name, called.method, url, media_type, content, world, before + 1, foreign)


def body_of(operation: Operation, seed: str) -> tuple[str, bytes]:
    """
    Write the body that a callback or webhook has: its example, else a generated one.
    """
    content = operation.request_body.content if operation.request_body is not None else {}
    for media_type, declared in content.items():
        example = next((example for example in declared.examples.values() if example.has_value), None)
        if example is not None:
            return media_type, _content.write(example.value, media_type, declared)
        if declared.schema is not None:
            from aegis_contracts.instances import generate

            value: Any = generate(declared.schema.projected("request"), f"{seed}|{operation.key}")
            return media_type, _content.write(value, media_type, declared)
    return "", b""
