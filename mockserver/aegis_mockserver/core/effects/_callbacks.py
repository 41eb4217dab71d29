"""
From an exchange to the requests that the contract promises to send back, and from a webhook to its body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_mockserver.core.contents import _content
from aegis_mockserver.core.effects._origins import is_foreign
from aegis_mockserver.core.operations._expressions import MISSING, Scene, compile_value
from aegis_mockserver.core.ports._callbacks import HOPS, Callback
from aegis_mockserver.world import World


def callbacks_of(operation: Operation, scene: Scene, world: World, seed: str) -> Iterator[Callback]:
    """
    Build the callbacks that an exchange causes.
    """
    hops = scene.request_headers.get(HOPS, "")
    before = int(hops) if hops.isdecimal() and len(hops) < 4 else 0
    foreign = is_foreign(scene.request_headers)
    for name, expressions in operation.callbacks.items():
        for expression, operations in expressions.items():
            try:
                url = compile_value(expression)(scene)
            except ValueError:
                continue  # an address that is no runtime expression leads nowhere
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
