"""
Everything that is wrong with a folder of event contracts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aegis_contracts._violation import ContractError, Finding, Violation
from aegis_contracts.documents._documents import DanglingReferenceError, Place
from aegis_contracts.documents._text import parse, positions
from aegis_contracts.events._asyncapi import asyncapi_findings
from aegis_contracts.events._catalog import EventType
from aegis_contracts.events._examples import EventExample
from aegis_contracts.events._load import Source, build
from aegis_contracts.events._profile import profile_findings, subschemas
from aegis_contracts.verdict._verdict import InvalidSchemaError, Verdict, to_pointer

# What our own event contracts say of themselves (x-profile), and what it asks beyond the standards.
PROFILE, VALID, INVALID = "aegis", 3, 8


def lint_events(folder: str | Path) -> list[Finding]:
    """
    Check the AsyncAPI document, the schemas' portable profile and every example of *folder*.
    """
    try:
        source = Source(Path(folder))
    except ContractError as error:
        return list(error.findings)
    catalog = build(source)
    found = [*asyncapi_findings(source, catalog)]
    for path in sorted(source.folder.glob("*.json")):
        if path.name == "asyncapi.json":
            continue
        try:
            found.extend(profile_findings(source.documents, Place(path.resolve().as_uri(), ""), path.name))
        except DanglingReferenceError as error:
            found.append(Finding(str(path), 0, 0, "", "syntax", str(error.reason), "mend the file, so that it is JSON"))
        except ContractError as error:
            found.extend(error.findings)
    for event in catalog.values():
        found.extend(_unnamed(source, event))
        found.extend(_inside(event))
        found.extend(_examples(event))
        if source.document.get("x-profile") == PROFILE:
            found.extend(_numbers(event))
    # What reading noted comes first: a dangling reference explains what follows it.
    told = {(f.source, f.pointer, f.rule, f.message): f for f in (*source.findings, *found)}
    return list(source.documents.located(told.values()))


def _unnamed(source: Source, event: EventType) -> Iterator[Finding]:
    labels = {source.label(m.payload) for messages in source.messages.values() for m in messages if m.payload}
    if f"{event.source}#" not in labels:
        said = f"no message names {event.id}; it goes to {event.topic or 'no topic'}"
        path = str(source.folder / Path(event.source).name)
        yield Finding(path, 1, 1, "", "asyncapi-message", said, "add a message to asyncapi.yaml", "warning")


def _inside(event: EventType) -> Iterator[Finding]:
    """
    Check the ``examples`` and ``default`` of every schema in the event against that schema itself.
    """
    for place, schema in subschemas(event.schema, Place("", "")):
        values: list[tuple[list[str | int], Any]]
        values = [(["examples", index], value) for index, value in enumerate(schema.get("examples", ()))]
        if "default" in schema:
            values.append((["default"], schema["default"]))
        if not values:
            continue
        try:
            verdict = Verdict({**schema, "$defs": event.schema.get("$defs", {})})
        except InvalidSchemaError:
            continue
        for steps, value in values:
            for violation in verdict.violations(value):
                pointer = place.pointer + to_pointer(steps)
                said = f"breaks its own schema: {violation.pointer or 'it'} {violation.message}"
                source = event.sources.get(f"{place.pointer}/{steps[0]}", event.source)
                file, _, inside = source.partition("#")
                path = str(event.folder / Path(file).name)
                yield Finding(path, 0, 0, inside or pointer, "example", said, "mend the example")


def _examples(event: EventType) -> Iterator[Finding]:
    if not any(example.valid for example in event.examples):
        said = f"{event.id} has no valid example"
        mend = f"add one under examples/{event.id}/valid"
        yield Finding(str(event.folder / Path(event.source).name), 1, 1, "", "example", said, mend, "warning")
    for example in event.examples:
        shown, text = str(example.path), example.read()
        try:
            instance = parse(text, shown)
        except ContractError as error:
            yield from error.findings
            continue
        for pointer, said, mend in _unlike_its_name(example, event.violations(instance)):
            line, column = positions(text, [pointer])[pointer]
            yield Finding(shown, line, column, pointer, "example", said, mend)


def _numbers(event: EventType) -> Iterator[Finding]:
    path = str(event.folder / Path(event.source).name)
    for kind, least in (("valid", VALID), ("invalid", INVALID)):
        number = sum(example.valid == (kind == "valid") for example in event.examples)
        if number < least:
            said = f"{event.id} has {number} {kind} examples, and our profile asks for {least}"
            mend = f"add {least - number} under examples/{event.id}/{kind}; aegis new event writes them with a new type"
            yield Finding(path, 1, 1, "", "profile-examples", said, mend)


def _unlike_its_name(example: EventExample, violations: list[Violation]) -> Iterator[tuple[str, str, str]]:
    found = [(violation.pointer, violation.rule) for violation in violations]
    if example.valid:
        for pointer, rule in found:
            yield pointer, f"{pointer or '/'} breaks {rule}, but is said to be valid", "mend it, or move it to invalid/"
    elif example.pointer is None:
        yield "", "does not say what it breaks", "name it <n>-<pointer>-<rule>.json, the pointer with dots"
    elif found != [(example.pointer, example.rule)]:
        broken = ", ".join(f"{rule} at {pointer or '/'}" for pointer, rule in found) or "nothing"
        said = f"is said to break {example.rule} at {example.pointer or '/'}, but breaks {broken}"
        yield example.pointer, said, "rename or mend it"
