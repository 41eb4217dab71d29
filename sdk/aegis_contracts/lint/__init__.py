"""
Lint: everything that is wrong with a contract document, with file, line, pointer, rule and how to mend.
"""

from __future__ import annotations

from collections.abc import Iterable

from aegis_contracts._contract import Contract
from aegis_contracts._violation import Finding
from aegis_contracts.lint._examples import examples as check_examples
from aegis_contracts.lint._operations import operations
from aegis_contracts.lint._profile import profile as check_profile
from aegis_contracts.lint._structure import dangling, structure

__all__ = ["lint"]


def lint(contract: Contract, *, strict: bool = True, examples: bool = True, profile: bool = False) -> list[Finding]:
    """
    List what is wrong with *contract*, the gravest first.

    Args:
        strict: what a reader can overlook (unknown fields, missing descriptions) is an error, not a warning.
        examples: check every example against its schema.
        profile: hold the contract to this project's own profile as well.
    """
    found = [*structure(contract, strict)]
    broken = list(dangling(contract))
    found += broken
    if any(finding.severity == "error" for finding in found):
        return _ordered(contract, found)
    found += operations(contract)
    if examples:
        found += check_examples(contract)
    if profile:
        found += check_profile(contract)
    return _ordered(contract, found)


def _ordered(contract: Contract, found: Iterable[Finding]) -> list[Finding]:
    located = contract.documents.located(dict.fromkeys(found))
    return sorted(located, key=lambda finding: (finding.severity, finding.source, finding.line, finding.column))
