"""
The uses that were seen, as they are written to ``needs.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from aegis_contracts.json_pointer import escape

Seen = dict[str, set[str]]
"""Pointer → the JSON types that were seen there."""


class Uses:
    """
    Everything that was used so far; plain data goes in and out, so that processes can be added up.
    """

    def __init__(self) -> None:
        self.operations: dict[tuple[str, str, str], tuple[str, Seen, dict[str, Seen]]] = {}
        self.events: dict[tuple[str, int, str], Seen] = {}

    def __bool__(self) -> bool:
        return bool(self.operations or self.events)

    def sent(self, api: str, method: str, path: str, name: str, fields: Iterable[tuple[str, str]]) -> None:
        """
        Note a request.
        """
        _, sends, _ = self._operation(api, method, path, name)
        _add(sends, fields)

    def answered(self, api: str, method: str, path: str, name: str, status: str) -> Seen:
        """
        Note an answer, and return where reads of it are noted.
        """
        return self._operation(api, method, path, name)[2].setdefault(status, {})

    def delivered(self, name: str, version: int, topic: str) -> Seen:
        """
        Note an event that a handler was given, and return where reads of it are noted.
        """
        return self.events.setdefault((name, version, topic), {})

    def add(self, data: Mapping[str, Any]) -> None:
        """
        Add what another process used.
        """
        for one in data.get("operations", ()):
            key = (one.get("api", ""), one["method"], one["path"], one.get("operationId", ""))
            self.sent(*key, _pairs(one.get("sends", {})))
            for status, fields in one.get("reads", {}).items():
                _add(self.answered(*key, status), _pairs(fields))
        for one in data.get("events", ()):
            _add(self.delivered(one["name"], one["version"], one["topic"]), _pairs(one["reads"]))

    def as_value(self, consumer: str) -> dict[str, Any]:
        """
        Write it as a needs document; the same uses give the same text.
        """
        return {
            "needs": 1,
            "consumer": consumer,
            "operations": [
                {
                    **({"api": api} if api else {}),
                    "operationId": name,
                    "method": method,
                    "path": path,
                    "sends": _written(sends),
                    "reads": {status: _written(fields) for status, fields in sorted(reads.items())},
                }
                for (api, method, path), (name, sends, reads) in sorted(self.operations.items(), key=_first)
            ],
            "events": [
                {"name": name, "version": version, "topic": topic, "reads": _written(fields)}
                for (name, version, topic), fields in sorted(self.events.items(), key=_first)
            ],
        }

    def _operation(self, api: str, method: str, path: str, name: str) -> tuple[str, Seen, dict[str, Seen]]:
        return self.operations.setdefault((api, method, path), (name, {}, {}))


def fields_of(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """
    Return the pointers inside a JSON value with their types; ``*`` stands for any item of a list.
    """
    yield pointer, type_of(value)
    if isinstance(value, Mapping):
        for name, member in cast("Mapping[str, Any]", value).items():
            yield from fields_of(member, f"{pointer}/{escape(name)}")
    elif isinstance(value, (list, tuple)):
        for item in cast("Iterable[Any]", value):
            yield from fields_of(item, f"{pointer}/*")


def type_of(value: Any) -> str:
    """
    Say of which JSON type a value was on the wire.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case list() | tuple() | set() | frozenset():
            return "array"
        case _ if (
            isinstance(value, Mapping) or hasattr(value, "model_fields_set") or hasattr(value, "__struct_fields__")
        ):
            return "object"
        case _:
            return "string"


def _add(seen: Seen, fields: Iterable[tuple[str, str]]) -> None:
    for pointer, kind in fields:
        seen.setdefault(pointer, set()).add(kind)


def _pairs(fields: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    return ((pointer, kind) for pointer, kinds in fields.items() for kind in kinds)


def _written(fields: Seen) -> dict[str, list[str]]:
    return {pointer: sorted(kinds) for pointer, kinds in sorted(fields.items()) if pointer.count("/") >= 1}


def _first(item: tuple[Any, Any]) -> Any:
    return item[0]
