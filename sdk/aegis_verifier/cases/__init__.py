"""
From a contract to cases: one module for each kind, each a pure function of maker and operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aegis_contracts import Operation
from aegis_verifier._maker import Maker
from aegis_verifier._values import Case
from aegis_verifier.cases import tokens
from aegis_verifier.cases.inputs import boundaries, examples, invalid, negotiation, oddities, security
from aegis_verifier.cases.resources import (
    conditions,
    conflicts,
    idempotency,
    pagination,
    read_only,
    sequences,
)

Cases = Callable[[Maker, Operation], Iterator[Case]]
KINDS: dict[str, Cases] = {
    "examples": examples.cases,
    "invalid": invalid.cases,
    "security": security.cases,
    "boundaries": boundaries.cases,
    "oddities": oddities.cases,
    "negotiation": negotiation.cases,
    "sequences": sequences.cases,
    "read_only": read_only.cases,
    "idempotency": idempotency.cases,
    "conflicts": conflicts.cases,
    "pagination": pagination.cases,
    "tokens": tokens.cases,
    "conditions": conditions.cases,
}


NAMES = (*KINDS, "write_only", "events", "workflows")


def cases_of(maker: Maker, operation: Operation, kinds: frozenset[str] | None = None) -> Iterator[Case]:
    """
    Make the cases of one operation, or those of some kinds only.
    """
    for kind, make in KINDS.items():
        if kinds is None or kind in kinds or (kind == "read_only" and "write_only" in kinds):
            yield from (case for case in make(maker, operation) if kinds is None or case.kind in kinds)


__all__ = ["KINDS", "NAMES", "cases_of"]
