"""
A fault as somebody writes it: for which operation and how many calls, and of which kinds it is.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aegis_mockserver.world._nearest import meant
from aegis_mockserver.world.faults._kind import Kind, Member

OPERATION = Member("operation", "To", "key of the operation; all, if left out", "text")
ERROR_RATE = Member(
    "error_rate", "Share of the calls, 0 to 1", "the share of calls that {kinds} are for, 0 to 1", usual=1, most=1
)
TIMES = Member("times", "For so many calls", "for so many calls, then it is over; 0 for ever", "integer", most=1e9)
TOLD = frozenset({"calls", "number"})  # what the mock itself adds when it lists a fault


class Fault:
    """
    What goes wrong on purpose.

    Args:
        operation: key of the operation, or ``*`` for every one.
        error_rate: share (0…1) of the calls that a status, a reset or a cut is for.
        times: the fault is for this many calls, then it is over; 0 for ever.
        members: what the kinds of faults can be told, such as ``latency=0.2`` or ``status=503``.

    Raises:
        ValueError: it says something unknown or impossible, or does nothing.
    """

    __slots__ = ("error_rate", "given", "kinds", "operation", "times")

    def __init__(self, operation: str = "*", *, error_rate: float = 1.0, times: int = 0, **members: Any) -> None:
        self.operation: str = OPERATION.read(operation)
        self.error_rate: float = ERROR_RATE.read(error_rate)
        self.times: int = TIMES.read(times)
        self.given, self.kinds = _kinds_of(members)
        if self.error_rate < 1 and not any(kind.CHANCE for kind in self.kinds):
            raise ValueError(f"error_rate must stand with {_chances()}, or it has no effect")

    def __repr__(self) -> str:
        return f"<Fault {self.operation} {', '.join(f'{name}={value}' for name, value in self.given.items())}>"

    def as_value(self) -> dict[str, Any]:
        """
        Return the fault as JSON.
        """
        value: dict[str, Any] = {"operation": self.operation, **self.given}
        if any(kind.CHANCE for kind in self.kinds):
            value["error_rate"] = self.error_rate
        if self.times:
            value["times"] = self.times
        return value


def read_fault(value: object) -> Fault:
    """
    Read a fault as the control API, the command line or ``x-mock-faults`` write it.

    Raises:
        ValueError: it says something unknown or impossible, or does nothing.
    """
    if not isinstance(value, Mapping):
        raise ValueError("a fault must be an object")
    return Fault(**{str(name): item for name, item in value.items() if name not in TOLD})


def _kinds_of(members: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Kind, ...]]:
    known = {member.name: member for kind in kinds() for member in kind.MEMBERS}
    for name in members:
        if name not in known:
            raise ValueError(f"unknown member {name!r}; {meant(name, _names())}")
    given = {name: known[name].read(value) for name, value in members.items() if value is not None}
    found = tuple(
        kind.read({member.name: given[member.name] for member in kind.MEMBERS if member.name in given})
        for kind in kinds()
        if any(lead in given for lead in kind.LEADS)
    )
    used = {member.name for kind in found for member in kind.MEMBERS}
    for name in given:
        if name not in used:
            leads = [lead for kind in kinds() if any(m.name == name for m in kind.MEMBERS) for lead in kind.LEADS]
            raise ValueError(f"{name} must stand with {' or '.join(leads)}, or it has no effect")
    if not found:
        raise ValueError(f"a fault must say what goes wrong: {', '.join(lead for k in kinds() for lead in k.LEADS)}")
    _together(found)
    return given, found


def _together(found: tuple[Kind, ...]) -> None:
    """
    Refuse what only one of can have an effect on one call.
    """
    for end in (kind for kind in found if kind.ENDS):
        if other := next((kind for kind in found if kind is not end and not kind.WAITS), None):
            raise ValueError(f"{end.NAME} must not stand with {other.NAME}: there is no answer that it could change")
    answers = [kind.NAME for kind in found if kind.ANSWERS]
    if len(answers) > 1:
        raise ValueError(f"{answers[1]} must not stand with {answers[0]}: both say what is answered")


def _names() -> list[str]:
    return sorted({"operation", "error_rate", "times", *(m.name for kind in kinds() for m in kind.MEMBERS)})


def _chances() -> str:
    names = [lead for kind in kinds() if kind.CHANCE for lead in kind.LEADS]
    return f"{', '.join(names[:-1])} or {names[-1]}"


@cache
def kinds() -> tuple[type[Kind], ...]:
    """
    Return all kinds of faults: those that a file of this folder defines.
    """
    package = __name__.rpartition(".")[0]
    folder = str(Path(__file__).parent)
    found: list[type[Kind]] = []
    for module in pkgutil.iter_modules([folder]):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"{package}.{module.name}")
            found += [
                value
                for value in vars(loaded).values()
                if isinstance(value, type) and issubclass(value, Kind) and value.__module__ == loaded.__name__
            ]
    return tuple(sorted(found, key=lambda kind: (kind.ORDER, kind.NAME)))


def described() -> dict[str, Any]:
    """
    Describe all that a fault can be told, for forms and documentation.
    """
    common = [OPERATION, ERROR_RATE, TIMES]
    listed = [
        {
            "name": kind.NAME,
            "title": kind.TITLE,
            "members": [member.as_value() for member in (*kind.MEMBERS, *([ERROR_RATE] if kind.CHANCE else []))],
        }
        for kind in kinds()
    ]
    return {"kinds": listed, "members": dict(_texts(common))}


def _texts(common: list[Member]) -> list[tuple[str, str]]:
    own = {member.name: member.text for kind in kinds() for member in kind.MEMBERS}
    before, after = common[:1], common[1:]
    told = [(member.name, member.text) for member in before]
    told += list(own.items())
    return told + [(member.name, member.text.replace("{kinds}", _chances())) for member in after]
