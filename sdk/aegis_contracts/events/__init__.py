"""
Event contracts: the event types of a folder of JSON Schemas and the channels of its AsyncAPI document.

Knows no event type by name: what the envelope is, what tells events apart and what is the record key is read from the
documents. Publishes and consumes nothing. Names load when they are first used, so that who only judges events need not
wait for what reads and lints contracts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aegis_contracts.events._catalog import Channel, EventCatalog, EventType
    from aegis_contracts.events._emission import Emission, EmissionFault, read_emissions
    from aegis_contracts.events._examples import EventExample
    from aegis_contracts.events._flatten import Flat, flatten
    from aegis_contracts.events._lint import lint_events
    from aegis_contracts.events._load import load_events
    from aegis_contracts.events._quick import quick, signs
    from aegis_contracts.events._unidentified import nearest, unidentified
    from aegis_contracts.events._verdict import EventVerdict, look

_HOMES = {
    "_catalog": "Channel EventCatalog EventType",
    "_emission": "Emission EmissionFault read_emissions",
    "_examples": "EventExample",
    "_flatten": "Flat flatten",
    "_lint": "lint_events",
    "_load": "load_events",
    "_quick": "quick signs",
    "_unidentified": "nearest unidentified",
    "_verdict": "EventVerdict look",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Channel",
    "Emission",
    "EmissionFault",
    "EventCatalog",
    "EventExample",
    "EventType",
    "EventVerdict",
    "Flat",
    "flatten",
    "lint_events",
    "load_events",
    "look",
    "nearest",
    "quick",
    "read_emissions",
    "signs",
    "unidentified",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
