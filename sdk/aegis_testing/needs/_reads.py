"""
Which fields of a model somebody reads.

Models are watched where they stand, so a field that is read is noted by its pointer on the wire, and what is inside is
watched in turn. To show a model is not to use it: ``repr`` reads nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

import msgspec
from pydantic import BaseModel

from aegis_contracts.json_pointer import escape
from aegis_testing.needs._uses import Seen, fields_of, type_of

_MOST = 50_000
_WHOLE = frozenset({"model_dump", "model_dump_json"})
_SHOWN = frozenset({"__repr_args__", "_shown", "__rich_repr__"})


class _Place(NamedTuple):
    value: Any  # kept, so that its id is nobody else's
    seen: Seen
    pointer: str


class Reads:
    """
    The models that are watched, the oldest forgotten where there are too many.
    """

    def __init__(self) -> None:
        self._places: OrderedDict[int, _Place] = OrderedDict()
        self._quiet = threading.local()

    def watch(self, value: object, seen: Seen, pointer: str) -> None:
        """
        Note in *seen* whatever is read of *value*, which stands at *pointer*.
        """
        if isinstance(value, (BaseModel, msgspec.Struct)):
            self._places[id(value)] = _Place(value, seen, pointer)
            while len(self._places) > _MOST:
                self._places.popitem(last=False)
        elif isinstance(value, Mapping):
            for name, member in cast("Mapping[str, object]", value).items():
                self.watch(member, seen, f"{pointer}/{escape(str(name))}")
        elif isinstance(value, (list, tuple)):
            for item in cast("Iterable[object]", value):
                self.watch(item, seen, f"{pointer}/*")

    def reader(self, read: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
        """
        Make a ``__getattribute__`` that notes what it reads.
        """
        places, quiet = self._places, self._quiet

        def noting(model: Any, name: str) -> Any:
            value = read(model, name)
            place = places.get(id(model))
            if place is None or place.value is not model or getattr(quiet, "on", False):
                return value
            if name in _SHOWN:
                return self._unread(value)
            if name in _WHOLE:
                self._whole(place)
            elif (wire := _wire(type(model), name)) is not None:
                self._note(value, place, wire)
            return value

        return noting

    def _note(self, value: Any, place: _Place, wire: str) -> None:
        pointer = f"{place.pointer}/{escape(wire)}"
        place.seen.setdefault(pointer, set()).add(type_of(value))
        if isinstance(value, (BaseModel, msgspec.Struct)):
            self.watch(value, place.seen, pointer)
        elif isinstance(value, (list, tuple, Mapping)):
            # Plain items cannot be watched: who takes the list takes them.
            self.watch(cast("object", value), place.seen, pointer)
            if not _holds_models(value):
                for inner, kind in fields_of(value, pointer):
                    place.seen.setdefault(inner, set()).add(kind)

    def _whole(self, place: _Place) -> None:
        self._quiet.on = True
        try:
            value = place.value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        finally:
            self._quiet.on = False
        for pointer, kind in fields_of(value, place.pointer):
            if pointer != place.pointer:
                place.seen.setdefault(pointer, set()).add(kind)

    def _unread(self, show: Callable[[], Any]) -> Callable[[], Any]:
        def shown() -> Any:
            self._quiet.on = True
            try:
                return list(show())
            finally:
                self._quiet.on = False

        return shown


def _holds_models(value: Any) -> bool:
    items = cast("Mapping[str, Any]", value).values() if isinstance(value, Mapping) else cast("Iterable[Any]", value)
    return any(isinstance(item, (BaseModel, msgspec.Struct, list, Mapping)) for item in items)


def _wire(kind: Any, name: str) -> str | None:
    return _names(kind).get(name)


@cache
def _names(kind: type[Any]) -> Mapping[str, str]:
    if issubclass(kind, msgspec.Struct):
        return {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    fields: Mapping[str, Any] = kind.model_fields
    return {name: field.alias or name for name, field in fields.items()}
