"""
Faults: what the world was told to do wrong with this call.
"""

from __future__ import annotations

from copy import copy

from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.core.problems import _problems
from aegis_mockserver.world import Effect, World
from aegis_mockserver.world._messages import Disturbance


def strike(operation: CompiledOperation, world: World) -> Effect | None:
    """
    Say what the faults of the world, and those of the contract itself, do to this call; None when there are none.
    """
    if operation.faults:
        own: set[str] = world.settings.setdefault("x-mock-faults", set())
        name = f"{operation.title}|{operation.key}"
        if name not in own:
            own.add(name)
            for fault in operation.faults:
                world.faults.add(copy(fault))  # each world counts its calls by itself
    if not world.faults.active:
        return None
    return world.faults.effect(operation.key, world.clock.timestamp())


def faulty(operation: CompiledOperation, effect: Effect) -> Answer | Problem:
    """
    Answer the status that a fault says.
    """
    if effect.status < 400:
        return operation.answers.answer(effect.status)
    code = _problems.BY_STATUS.get(effect.status, "service_unavailable" if effect.status >= 500 else "conflict")
    headers = {"Retry-After": str(effect.retry_after)} if effect.retry_after is not None else {}
    title = "" if code in _problems.OWN and _problems.OWN[code][0] == effect.status else f"Status {effect.status}"
    return Problem(code, effect.status, "The mock was told to answer this.", title, headers=headers)


def disturbance_of(effect: Effect | None) -> Disturbance | None:
    """
    Say how the reply is sent.
    """
    if effect is None:
        return None
    return Disturbance(effect.delay, effect.reset, effect.truncate, effect.bytes_per_second)
