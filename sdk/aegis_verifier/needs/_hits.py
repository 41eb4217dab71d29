"""
Whom a change hits, by what consumers say that they use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aegis_verifier.diff import Change, template
from aegis_verifier.needs._needs import Needs, OperationNeed


def with_consumers(changes: Iterable[Change], needs: Iterable[Needs]) -> list[Change]:
    """
    Say of each change which consumers use what it concerns.
    """
    known = list(needs)
    return [replace(change, consumers=_hit(change, known)) for change in changes]


def _hit(change: Change, needs: list[Needs]) -> tuple[str, ...]:
    if change.severity == "info":
        return ()
    return tuple(sorted({need.consumer for need in needs if _uses(change, need)}))


def _uses(change: Change, need: Needs) -> bool:
    if change.direction == "event":
        words = change.subject.split(" ")
        return any(
            (event.name in words or event.topic in words) and _touches(change.path, list(event.reads))
            for event in need.events
        )
    subjects = {template(subject) for subject in (change.subject, *change.also)}
    if not change.subject:
        return bool(need.operations)  # a server or a scheme is for all
    return any(
        template(f"{operation.method} {operation.path}") in subjects and _field(change, operation)
        for operation in need.operations
    )


def _field(change: Change, need: OperationNeed) -> bool:
    if not change.path or change.rule.startswith("request-required"):
        return True
    if change.direction == "request":
        return _touches(change.path, [f.removeprefix("/body") for f in need.sends if f.startswith("/body")])
    reads = [f.removeprefix("/body") for fields in need.reads.values() for f in fields if f.startswith("/body")]
    if change.also:  # the place in other operations' messages is another one; its name is the same
        last = change.path.rpartition("/")[2]
        return any(last in field.split("/") for field in reads)
    return _touches(change.path, reads)


def _touches(path: str, fields: list[str]) -> bool:
    """
    Say whether a place is one of the fields, inside one, or around one.
    """
    if not path or not fields:
        return True
    place = ["*" if step.isdigit() else step for step in path.split("/")]
    for field in fields:
        other = ["*" if step.isdigit() else step for step in field.split("/")]
        if all(a == b or "*" in {a, b} for a, b in zip(place, other, strict=False)):
            return True
    return False
