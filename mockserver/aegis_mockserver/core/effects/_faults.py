"""
Faults: what the world was told to do wrong with this call.
"""

from __future__ import annotations

from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.operations import _problems
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.world import World
from aegis_mockserver.world.faults import Effect, Met


def strike(operation: CompiledOperation, world: World) -> Met | None:
    """
    Say what the faults of the world, and those of the contract itself, do to this call; None when there are none.
    """
    if operation.faults:
        own: set[str] = world.settings.setdefault("x-mock-faults", set())
        name = f"{operation.title}|{operation.key}"
        if name not in own:
            own.add(name)
            for fault in operation.faults:
                world.faults.add(fault)
    return world.faults.meet(operation.key, world.clock.timestamp()) if world.faults.active else None


def faulty(operation: CompiledOperation, effect: Effect) -> Answer | Problem:
    """
    Answer the status that a fault says.
    """
    if effect.status < 400:
        answer = operation.answers.answer(effect.status)
        answer.headers.update(effect.headers)
        return answer
    code = _problems.BY_STATUS.get(effect.status, "service_unavailable" if effect.status >= 500 else "conflict")
    title = "" if _problems.OWN[code].status == effect.status else f"Status {effect.status}"
    return Problem(code, effect.status, "The mock was told to answer this.", title, headers=effect.headers)
