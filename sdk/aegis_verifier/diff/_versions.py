"""
Two versions of whatever the user named, document by document.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from aegis_contracts import Contract, DanglingReferenceError, InvalidSchemaError, load
from aegis_contracts.documents._text import positions
from aegis_verifier.diff._change import Change, Changes, Side
from aegis_verifier.diff._reading import check_openapi, unreadable
from aegis_verifier.diff._rules import RULES
from aegis_verifier.diff._sources import Document, Version, documents, opened, refusal
from aegis_verifier.diff.events import Asynchronous, Mode, compare_asyncapi, compare_schema
from aegis_verifier.diff.openapi import Calendar, compare_openapi

_SPOKEN: Final = {"openapi": "OpenAPI", "asyncapi": "AsyncAPI", "schema": "JSON Schema"}


def compare_versions(old: str, new: str, mode: Mode | None = None, *, calendar: Calendar | None = None) -> list[Change]:
    """
    Find what changed from one version to the other.

    Args:
        old, new: a file, a folder, or ``REVISION:path``.
        mode: who must understand whom, for events.
        calendar: by which ends that were announced are judged; by default today's.

    Raises:
        ContractError: a version cannot be read.
    """
    with opened(old) as before, opened(new) as after:
        return _compare(before, after, mode, calendar or Calendar.now())


class Offered(NamedTuple):
    """
    Everything that one version offers.
    """

    contracts: list[Contract]
    events: list[Asynchronous]


@contextmanager
def read_version(named: str) -> Generator[Offered]:
    """
    Give every document of a version: a file, a folder, or ``REVISION:path``.

    Raises:
        ContractError: it cannot be read.
    """
    with opened(named) as version:
        found = documents(version)
        contracts = [_open(document) for document in found if document.kind == "openapi"]
        events = [Asynchronous(document.path, document.shown) for document in found if document.kind == "asyncapi"]
        yield Offered(contracts, events)


def _compare(before: Version, after: Version, mode: Mode | None, calendar: Calendar) -> list[Change]:
    was, now = documents(before), documents(after)
    changes = Changes()
    if len(was) == len(now) == 1 and not (was[0].name and now[0].name):
        pairs = [(was[0], now[0])]
    else:
        others = {document.name: document for document in now}
        pairs = [(document, others[document.name]) for document in was if document.name in others]
        names = {document.name for document in was}
        for document in was:
            if document.name not in others:
                _note(changes, "document-removed", document, before, after)
        for document in now:
            if document.name not in names:
                _note(changes, "document-added", document, before, after)
    asynchronous = [pair for pair in pairs if pair[0].kind == "asyncapi"]
    for one, other in pairs:
        if one.kind == "schema" and _told(one, asynchronous):
            continue  # the AsyncAPI document says who sends it
        try:
            changes.extend(_pair(one, other, mode, calendar))
        except (DanglingReferenceError, InvalidSchemaError) as error:
            unreadable(f"{one.shown} or {other.shown}", error)
    return _located(changes.sorted(), [*was, *now])


def _told(document: Document, asynchronous: Iterable[tuple[Document, Document]]) -> bool:
    return any(document.path.is_relative_to(one.path.parent) for one, _ in asynchronous)


def _pair(one: Document, other: Document, mode: Mode | None, calendar: Calendar) -> Changes:
    if one.kind == other.kind == "openapi":
        return compare_openapi(_open(one), _open(other), calendar)
    if one.kind == other.kind == "asyncapi":
        return compare_asyncapi(one, other, mode)
    if one.kind == other.kind:
        return compare_schema(one, other, mode)
    said = f"is {_SPOKEN[other.kind]}, and {one.shown} is {_SPOKEN[one.kind]}: they have nothing to compare"
    raise refusal(other.shown, "other-kind", said, "name two versions of one document")


def _open(document: Document) -> Contract:
    contract = load(document.path if document.path.is_file() else document.shown, convert_swagger=True)
    contract.documents.rename(document.shown)
    check_openapi(contract)
    return contract


def _note(changes: Changes, rule: str, document: Document, before: Version, after: Version) -> None:
    described = RULES[rule]
    sides = Side(f"{before.shown}/{document.name}", ""), Side(f"{after.shown}/{document.name}", "")
    message = f"{document.name}: {described.says}"
    changes.add(Change(rule, described.severity, described.direction, message, *sides, document.name))


def _located(changes: list[Change], known: Iterable[Document]) -> list[Change]:
    """
    Give every place its line and column; each file is read through once.
    """
    paths = {document.shown: document.path for document in known if document.path.is_file()}
    wanted: dict[str, set[str]] = {}
    for change in changes:
        for side in (change.old, change.new):
            wanted.setdefault(side.source, set()).add(side.pointer)
    found = {shown: positions(_text(paths[shown]), given) for shown, given in wanted.items() if shown in paths}

    def at(side: Side) -> Side:
        place = found.get(side.source, {}).get(side.pointer)
        return replace(side, line=place[0], column=place[1]) if place else side

    return [replace(change, old=at(change.old), new=at(change.new)) for change in changes]


def _text(path: Path) -> bytes:
    return path.read_bytes()
