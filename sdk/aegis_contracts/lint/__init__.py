"""
Lint: everything that is wrong with a contract document, with file, line, pointer, rule and how to mend.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aegis_contracts._contract import Contract
from aegis_contracts._violation import Finding
from aegis_contracts.lint._emits import emits
from aegis_contracts.lint._examples import examples as check_examples
from aegis_contracts.lint._operations import operations
from aegis_contracts.lint._profile import profile as check_profile
from aegis_contracts.lint._structure import dangling, structure

if TYPE_CHECKING:
    from aegis_contracts.events import EventCatalog

__all__ = ["lint"]


def lint(
    contract: Contract,
    *,
    strict: bool = True,
    examples: bool | int = True,
    profile: bool = False,
    events: EventCatalog | None = None,
) -> list[Finding]:
    """
    List what is wrong with *contract*, the gravest first.

    Args:
        strict: what a reader can overlook (unknown fields, missing descriptions) is an error, not a warning.
        examples: check every example against its schema; a number: only if the contract's files have fewer bytes.
        profile: hold the contract to this project's own profile as well.
        events: the event types that ``x-emits`` may name; without them it is not checked.
    """
    found = [*structure(contract, strict)]
    broken = list(dangling(contract))
    found += broken
    if any(finding.severity == "error" for finding in found):
        return _ordered(contract, found)
    found += operations(contract)
    if examples is True or (examples and contract.documents.size < examples):
        found += check_examples(contract)
    if events is not None:
        found += emits(contract, events)
    if profile:
        found += check_profile(contract)
    return _ordered(contract, found)


def _ordered(contract: Contract, found: Iterable[Finding]) -> list[Finding]:
    located = contract.documents.located(dict.fromkeys(found))
    return sorted(located, key=lambda finding: (finding.severity, finding.source, finding.line, finding.column))
