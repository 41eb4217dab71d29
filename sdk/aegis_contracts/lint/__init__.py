"""
Lint: everything that is wrong with a contract document, with file, line, pointer, rule and how to mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aegis_contracts._contract import Contract
from aegis_contracts._violation import Finding
from aegis_contracts.lint._emits import emits
from aegis_contracts.lint._examples import examples as check_examples
from aegis_contracts.lint._operations import operations
from aegis_contracts.lint._profile import profile as check_profile
from aegis_contracts.lint._structure import bounded, dangling, structure

if TYPE_CHECKING:
    from aegis_contracts.events import EventCatalog

__all__ = ["dangling", "lint", "structure"]


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
        strict: whatever breaks a standard is an error; else only what cannot be served at all is one.
        examples: check every example against its schema; a number: only if the contract's files have fewer bytes.
        profile: hold the contract to this project's own profile as well.
        events: the event types that ``x-emits`` may name; without them it is not checked.
    """
    found = [*structure(contract, strict), *bounded(contract), *dangling(contract.documents)]
    if not strict:
        found = [_overlooked(finding) for finding in found]
        components = contract.document.get("components")
        filled = isinstance(components, dict) and any(components.values())
        if not filled and not contract.document.keys() & {"paths", "webhooks"}:
            said = "has neither paths nor webhooks nor components: there is nothing to serve"
            found.append(contract.documents.finding(contract.root, "missing-field", said, "add paths"))
    if any(finding.severity == "error" for finding in found):
        return _ordered(contract, found)
    # What leads nowhere was told, so it stands for anything from here on.
    documents = contract.documents
    documents.tolerant, tolerant = True, documents.tolerant
    try:
        found += _meaning(contract, examples, profile, events)
    finally:
        documents.tolerant = tolerant
    if not strict:
        found = [_overlooked(finding) for finding in found]
    return _ordered(contract, found)


def _meaning(contract: Contract, examples: bool | int, profile: bool, events: EventCatalog | None) -> Iterator[Finding]:
    """
    Hold what the document says to the rest of what it says.
    """
    yield from operations(contract)
    if examples is True or (examples and contract.documents.size < examples):
        yield from check_examples(contract)
    if events is not None:
        yield from emits(contract, events)
    if profile:
        yield from check_profile(contract)


def _overlooked(finding: Finding) -> Finding:
    """
    Make a warning of what a reader can overlook: an operation is served by what is right in it.
    """
    return replace(finding, severity="warning") if finding.severity == "error" else finding


def _ordered(contract: Contract, found: Iterable[Finding]) -> list[Finding]:
    located = contract.documents.located(dict.fromkeys(found))
    return sorted(located, key=lambda finding: (finding.severity, finding.source, finding.line, finding.column))
