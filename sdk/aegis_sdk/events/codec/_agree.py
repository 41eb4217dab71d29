"""
What a writer holds beyond the schema: objects whose names a list in the same event says (``x-write-keys``).

JSON Schema cannot compare two places of an instance. Readers do not ask: an older writer's event is read as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from aegis_contracts._violation import Violation

__all__ = ["agreeing", "disagreements"]

_PAYLOAD = "$message.payload#"


def disagreements(schema: Mapping[str, Any], source: str) -> Callable[[Any], list[Violation]]:
    """
    Make what lists the objects of a valid event whose names are not those that its list says.
    """
    pairs = list(_pairs(schema, ()))

    def found(instance: Any) -> list[Violation]:
        return [
            Violation(
                f"/{'/'.join(path)}",
                "x-write-keys",
                f"must have exactly the names that /{'/'.join(listed)} lists",
                source,
            )
            for path, listed in pairs
            if (here := _at(instance, path)) is not None and here.keys() != set(_at(instance, listed) or ())
        ]

    return found


def agreeing(is_valid: Callable[[Any], bool], schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """
    Make *is_valid* ask for that as well, where the schema says such a thing.
    """
    pairs = list(_pairs(schema, ()))
    if not pairs:
        return is_valid
    homes = {(path[:-1], listed) for path, listed in pairs}
    if len(homes) == 1 and all(len(path) == len(listed) == 2 and path[0] == listed[0] for path, listed in pairs):
        # As far as the usual event goes: objects and list side by side in ``data``. Each event waits for this.
        ((outer, *_), (_, list_name)), *_ = homes
        first, *others = (path[-1] for path, _ in pairs)

        def quickly(instance: Any) -> bool:
            if not is_valid(instance):
                return False
            data = instance[outer]
            names = data[first].keys()
            return names == set(data[list_name]) and all(data[other].keys() == names for other in others)

        return quickly

    def valid(instance: Any) -> bool:
        return is_valid(instance) and all(
            (here := _at(instance, path)) is None or here.keys() == set(_at(instance, listed) or ())
            for path, listed in pairs
        )

    return valid


def _pairs(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    expression = schema.get("x-write-keys")
    if isinstance(expression, str):
        yield path, tuple(expression.removeprefix(_PAYLOAD).split("/")[1:])
    for name, inner in schema.get("properties", {}).items():
        if isinstance(inner, Mapping):
            yield from _pairs(inner, (*path, name))  # pyright: ignore[reportUnknownArgumentType]


def _at(instance: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        instance = cast("Mapping[str, Any]", instance).get(step) if isinstance(instance, Mapping) else None
    return instance
