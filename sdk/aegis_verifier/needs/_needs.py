"""
Needs files: what consumers really use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aegis_contracts import ContractError, Finding, Verdict
from aegis_contracts.documents._text import parse

SCHEMA_FILE: Final = Path(__file__).parent / "needs.v1.json"
_MEND: Final = "record the consumer's tests anew: this file was not written by them, or by another version"
Fields = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OperationNeed:
    """
    What is used of one operation; fields by pointer, with the types that were seen.
    """

    method: str
    path: str
    api: str
    sends: Fields
    reads: Mapping[str, Fields]


@dataclass(frozen=True, slots=True)
class EventNeed:
    """
    What is read of one event type.
    """

    name: str
    version: int | None
    topic: str
    reads: Fields


@dataclass(frozen=True, slots=True)
class Needs:
    """
    What one consumer needs.
    """

    consumer: str
    operations: tuple[OperationNeed, ...]
    events: tuple[EventNeed, ...]
    source: str = ""


def read_needs(folder: str | Path) -> list[Needs]:
    """
    Read a needs file, or every ``*.json`` of a folder.

    Raises:
        ContractError: there is none, or one is no needs file.
    """
    path = Path(folder)
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise _refusal(str(folder), "", "has no needs files", "record them in the consumers' tests: needs.json")
    return [needs_of(parse(_bytes(file), str(file)), str(file)) for file in files]


def needs_of(data: Any, source: str) -> Needs:
    """
    Read one needs document.

    Raises:
        ContractError: it is none.
    """
    wrong = Verdict(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).violations(data)
    if wrong:
        findings = tuple(Finding(source, 0, 0, v.pointer, f"needs-{v.rule}", v.message, v.mend or _MEND) for v in wrong)
        raise ContractError(findings)
    return Needs(
        data["consumer"],
        tuple(_operations(data.get("operations", ()))),
        tuple(
            EventNeed(e["name"], e.get("version"), e.get("topic", ""), _fields(e.get("reads", {})))
            for e in data.get("events", ())
        ),
        source,
    )


def _operations(given: Any) -> Iterator[OperationNeed]:
    for one in given:
        reads = {status: _fields(fields) for status, fields in one.get("reads", {}).items()}
        yield OperationNeed(one["method"], one["path"], one.get("api", ""), _fields(one.get("sends", {})), reads)


def _fields(given: Mapping[str, Any]) -> Fields:
    return {pointer: tuple(types) for pointer, types in given.items()}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _refusal(str(path), "", f"cannot be read: {error.strerror}", "name a folder of needs files") from None


def _refusal(source: str, pointer: str, message: str, mend: str) -> ContractError:
    return ContractError((Finding(source, 0, 0, pointer, "needs", message, mend),))
