"""
What an exchange causes beside its answer: events go to the world and its sinks, callbacks to whoever sends them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import NO_BODY, Answer
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core._rules import Rules
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.core.effects._callbacks import callbacks_of
from aegis_mockserver.core.operations._expressions import MISSING, scene_of
from aegis_mockserver.world import Event, World


def cause(rules: Rules, world: World, routed: Routed, reading: Reading, answer: Answer) -> None:
    """
    Publish the events that ``x-emits`` names and send the callbacks that are promised.

    An answer that was asked for by ``Prefer``, or is given again, causes nothing.
    """
    operation = routed.operation
    if "Preference-Applied" in answer.headers or answer.origin == "replay":
        return
    scene = scene_of(routed.request.method, reading, routed.request.fields)
    scene.url = routed.request.target
    scene.status = answer.status
    scene.response_headers = {name.lower(): value for name, value in answer.headers.items()}
    scene.response_body = _body_of(answer)
    scene.change = answer.change.as_value() if answer.change is not None else MISSING
    scene.facts = answer.facts if answer.facts is not None else MISSING
    unchanged = answer.change is not None and not answer.change.fields
    for emission in operation.emissions:
        if emission.applies(scene) and not (emission.uses_change and unchanged):
            _hand_over(rules, world, emission.event(scene, world, operation.key, rules.events))
    if operation.calls_back and answer.status < 300:
        for callback in callbacks_of(operation.declared, scene, world, routed.seed):
            rules.callbacks.send(callback)


def _hand_over(rules: Rules, world: World, event: Event) -> None:
    world.events.add(event)
    if event.violations:
        said = "; ".join(event.violations)
        rules.machine.fail(f"event {event.name} breaks its schema and is not published: {said}")
        return
    for sink in rules.sinks:
        sink.publish(event)


def _body_of(answer: Answer) -> Any:
    if answer.body is not NO_BODY:
        return answer.body
    content = answer.content.content if isinstance(answer.content, Proof) else answer.content
    try:
        return msgspec.json.decode(content) if content else MISSING
    except msgspec.DecodeError:
        return MISSING
