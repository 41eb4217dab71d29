"""
An exchange: a request, its reply, and what was found about them.
"""

from __future__ import annotations

from msgspec import Struct

from aegis_contracts import Violation
from aegis_mockserver.world._messages import Reply, Request


class Exchange(Struct, gc=False, frozen=True, eq=False):
    """
    A request, its reply and what was found about them.

    Args:
        number: counts from 1 in its world.
        at: the world's time in seconds since 1970.
        seconds: how long the answer took to make.
        contract: title of the contract, empty when no operation was found.
        operation: key of the operation, empty when none was found.
        origin: who answered: example, generated, state, behaviour, problem, scenario, proxy, control, content.
        request: as it came.
        reply: as it left.
        violations: rules that the request broke.
        reply_violations: rules that our reply broke; there should be none, ever.
        size: how many bytes its bodies have.
    """

    number: int
    at: float
    seconds: float
    contract: str
    operation: str
    origin: str
    request: Request
    reply: Reply
    violations: tuple[Violation, ...] = ()
    reply_violations: tuple[Violation, ...] = ()
    size: int = 0
