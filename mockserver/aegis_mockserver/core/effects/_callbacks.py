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
from aegis_mockserver.world import World


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

    def may(self, url: str) -> bool:
        """
        Say whether anything may be sent there.
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
    for name, expressions in operation.callbacks.items():
        for expression, operations in expressions.items():
            url = compile_value(expression)(scene)
            if url is MISSING or not isinstance(url, str):
                continue
            for called in operations:
                media_type, content = body_of(called, seed)
                yield Callback(name, called.method, url, media_type, content, world)


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
