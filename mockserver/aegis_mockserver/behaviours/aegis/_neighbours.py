"""
How the APIs of Aegis stand to each other: a contract's neighbours, and whether they can be reached in a world.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from aegis_contracts import Contract, Operation, bundled, load
from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Reply
from aegis_mockserver.world._steps import Break, play
from aegis_mockserver.world.faults import Met

TIMEOUT = {"getBusinessStatus": 10.0, "validateBusinesses": 10.0}
PATIENCE = 30.0


@lru_cache(maxsize=32)
def neighbour(contract: Contract, file: str) -> Contract:
    """
    Return the contract in *file* beside *contract*, else the one that comes with this installation.
    """
    beside = Path(contract.source).with_name(file)
    return load(beside if beside.is_file() else bundled() / "openapi" / file)


def reachable(world: World, operation: str) -> bool:
    """
    Say whether a service that calls *operation* of a neighbour would get an answer: the world's faults are for it too.
    """
    if all(fault.operation != operation for fault in world.faults.active):
        return True
    met = world.faults.meet(operation, world.clock.timestamp())
    broken = any(isinstance(step, Break) for step in play(_answer(met)))
    spoiled = broken or met.effect.status == 429 or met.effect.status >= 500
    return not spoiled and met.effect.delay <= TIMEOUT.get(operation, PATIENCE)


def _answer(met: Met) -> Reply:
    reply = Reply(200, [], b"{}")
    reply.disturbance = met.sent(reply)
    return reply


def valid_only(table: Mapping[str, Behave]) -> dict[str, Behave]:
    """
    Let behaviours speak only to requests that keep the contract.

    The core refuses all others before a behaviour is asked, unless it was told not to; then the contract's own
    examples answer them.
    """
    return {key: _guarded(behave) for key, behave in table.items()}


def _guarded(behave: Behave) -> Behave:
    def guarded(operation: Operation, reading: Reading, world: World) -> Answer | Problem | None:
        return None if reading.violations else behave(operation, reading, world)

    return guarded
