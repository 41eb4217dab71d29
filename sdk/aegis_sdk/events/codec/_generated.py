"""
What was generated from the contracts, as data: the table of event types, the schemas, and where their rules stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from pkgutil import get_data
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from aegis_contracts.events import EventVerdict, quick, signs
from aegis_contracts.verdict._verdict import Verdict

if TYPE_CHECKING:
    from aegis_sdk._generated.events import EventInfo

__all__ = ["Generated", "IsValid", "Quick", "nullable"]


IsValid = Callable[[Any], bool]


class Quick(NamedTuple):
    """
    What the fast road asks of a message.

    Args:
        is_valid: admits only what is valid, if it can be made a *model*.
        inner: the one object in the event.
        colons: how many colons the event's values have at least; 0 when they cannot be counted.
    """

    is_valid: IsValid
    model: type[Any]
    inner: str
    colons: int


class Generated:
    """
    One generated package; its schemas are read when they are first asked for.
    """

    def __init__(self, package: str) -> None:
        module = import_module(package)
        self._package = package
        self._verdicts: dict[str, EventVerdict] = {}
        self.event_types: tuple[EventInfo, ...] = module.EVENT_TYPES
        self.discriminator: str = module.DISCRIMINATOR
        self.version: str = module.VERSION

    def schema(self, event_id: str) -> dict[str, Any]:
        """
        The schema of ``UserRegistered.v1`` as it is judged: flattened, without prose.
        """
        return cast("dict[str, Any]", self._schemas[event_id])

    def quick(self, event_id: str) -> IsValid:
        """
        A faster ``is_valid`` that admits nothing more; what it refuses may still be valid.
        """
        return Verdict(quick(self.schema(event_id))).is_valid

    def quick_for(self, info: EventInfo) -> Quick:
        """
        A still faster one for readers, who make *info*'s model of what it admits: that asks for required properties.
        """
        schema = self.schema(info.id)
        inner, colons = signs(schema, ":")
        return Quick(Verdict(_without_asked(quick(schema), info.model)).is_valid, info.model, inner, colons)

    def verdict(self, event_id: str) -> EventVerdict:
        """
        The compiled schema.
        """
        if event_id not in self._verdicts:
            self._verdicts[event_id] = EventVerdict(self.schema(event_id), lambda: self._sources[event_id])
        return self._verdicts[event_id]

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        return self._read("schemas.json")

    @cached_property
    def _sources(self) -> dict[str, Any]:
        return self._read("sources.json")

    def _read(self, name: str) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(get_data(self._package, name) or b"{}"))


def _without_asked(schema: dict[str, Any], model: type[Any]) -> dict[str, Any]:
    """
    Leave out of ``required`` what *model* itself cannot be made without.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(model)}
    kept = dict(schema)
    kept["required"] = [name for name in schema.get("required", ()) if name not in fields or not fields[name].required]
    properties = dict(schema.get("properties", {}))
    for name, field in fields.items():
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            properties[name] = _without_asked(properties[name], field.type)
    kept["properties"] = properties
    return kept


def nullable(schema: Mapping[str, Any]) -> bool:
    """
    Tell whether null, or a number that could be NaN, may stand somewhere in an event of *schema*; in doubt it may.
    """
    if "const" in schema:
        return schema["const"] is None
    match schema.get("type"):
        case "string" | "boolean" | "integer":
            return False
        case "object" if "properties" in schema:
            return any(nullable(item) for item in schema["properties"].values())
        case "array":
            return nullable(schema.get("items", {}))
        case _:
            return True
