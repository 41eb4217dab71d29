"""
What ``x-emits`` says: one reading for whoever publishes such events and for whoever checks what is promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Emission", "EmissionFault", "read_emissions"]

_FIELDS = ("event", "version", "topic", "on", "when", "aggregate", "data")


class EmissionFault(NamedTuple):
    """
    What an entry may not say: at which member, why, and what to write instead.
    """

    member: str
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class Emission:
    """
    One entry of ``x-emits``.

    Args:
        name: the event type.
        version: its major version; 1, if left out.
        topic: where it goes; the event type's own, if left out.
        statuses: the statuses that cause it, as ``201`` or ``2XX``.
        aggregate, data, when: runtime expressions; ``when`` is ``None`` if nothing more is asked.
        faults: what the entry may not say.
    """

    name: str
    version: int
    topic: str
    statuses: tuple[str, ...]
    aggregate: Any
    data: Any
    when: Any
    faults: tuple[EmissionFault, ...] = ()

    def answers(self, status: str) -> bool:
        """
        Say whether an answer with *status* causes the event; ``204`` also by ``2XX``.
        """
        return status in self.statuses or f"{status[:1]}XX" in self.statuses


def read_emissions(given: Any) -> tuple[Emission, ...]:
    """
    Read the value of ``x-emits``: entries, or one alone. What is no entry becomes one with a fault.
    """
    entries: list[Any] = given if isinstance(given, list) else [given]
    return tuple(_read(entry) for entry in entries)


def _read(entry: Any) -> Emission:
    if not isinstance(entry, Mapping):
        fault = EmissionFault("", "must be an object", f"known members are {', '.join(_FIELDS)}")
        return Emission("", 1, "", (), "", {}, None, (fault,))
    # YAML 1.1 reads a bare `on` as true; documents that came that way are understood as well.
    node: dict[str, Any] = {"on" if name is True else str(name): value for name, value in entry.items()}
    faults = [
        EmissionFault(name, f"has the unknown field {name}", f"known are {', '.join(_FIELDS)}")
        for name in sorted(set(node) - set(_FIELDS))
    ]
    name, version, data = node.get("event"), node.get("version", 1), node.get("data", {})
    if not isinstance(name, str) or not name:
        faults.append(EmissionFault("event", "must name an event type", "such as event: UserRegistered"))
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        faults.append(EmissionFault("version", "must be a major version, from 1", "such as version: 2"))
        version = 1
    if not isinstance(data, (Mapping, str)):
        mend = "such as email: $request.body#/email"
        faults.append(EmissionFault("data", "must say where each property comes from", mend))
        data = {}
    statuses = node.get("on", ["2XX"])
    return Emission(
        name if isinstance(name, str) else "",
        version,
        str(node.get("topic", "")),
        tuple(str(status).upper() for status in (statuses if isinstance(statuses, list) else [statuses])),
        node.get("aggregate", ""),
        data,
        node.get("when"),
        tuple(faults),
    )
