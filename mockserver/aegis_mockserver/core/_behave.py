"""
5 · behave: who answers — a scenario, the first answer to an Idempotency-Key, a function, a store, the contract.
"""

from __future__ import annotations

from aegis_contracts import InvalidSchemaError
from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core._rules import Rules
from aegis_mockserver.core.effects import _idempotency
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World


def behave(
    rules: Rules, world: World, routed: Routed, reading: Reading, credential: str, delay: float
) -> Answer | Problem:
    """
    Let the first answer that has something to say.

    Args:
        credential: of the caller, whose idempotency keys are their own.
        delay: seconds for which a fault holds the answer back.
    """
    if rules.scenarios.any:
        said = rules.scenarios.next(world, routed, reading)
        if said is not None:
            return said
    given = _idempotency.given(routed, reading)
    if not given:
        return _speak(rules, world, routed, reading)
    key = _idempotency.key_of(routed, given, credential)
    now = _idempotency.Now(world.clock.timestamp(), rules.machine.seconds())
    said = _idempotency.again(world, key, routed, now)
    if said is None:
        said = _speak(rules, world, routed, reading)
        _idempotency.remember(world, key, routed, now, said, delay)
    return said


def _speak(rules: Rules, world: World, routed: Routed, reading: Reading) -> Answer | Problem:
    said = spoken(rules, world, routed.operation, routed.operation.speak, reading)
    if said is not None and not (routed.streams and isinstance(said, Answer) and said.origin == "state"):
        return said
    return exemplary(routed, reading)  # where it is streamed it is done, and told event by event


def spoken(
    rules: Rules, world: World, operation: CompiledOperation, speakers: tuple[Behave, ...], reading: Reading
) -> Answer | Problem | None:
    """
    Ask the function, and then the store; None where neither has anything to say.
    """
    for speak in speakers:
        try:
            said = speak(operation.declared, reading, world)
        except InvalidSchemaError as error:
            rules.machine.warn(f"{operation.key}: a schema is broken, so that nothing is remembered: {error}")
            continue
        if said is not None:
            return said
    return None


def exemplary(routed: Routed, reading: Reading) -> Answer | Problem:
    """
    Answer as the contract itself does: with its example, else with what is made up.
    """
    answers = routed.operation.answers
    return answers.answer(answers.default_status, routed.accept, routed.seed, reading.path)
