"""
Schemas in which many ways lead to the same question: here it is asked once for each part of an instance.

The engine follows each reference on each way that leads to it, and cannot be interrupted. Where a schema refers twice
to the same one below, twenty times in a row, a million ways lead to the last; where it refers twice to itself, their
number doubles with each level of the instance. What was found out of a part of the instance is remembered while one
instance is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from aegis_contracts._subschemas import mapped, mentions
from aegis_contracts.json_pointer import find
from aegis_contracts.verdict._tangle import inside, ways

KEYWORD = "x-once"
MANY = 20_000  # ways; the engine goes one in some 50 ns
SHALLOW = 6  # levels of an instance on which no recursion multiplies by much
DEEP = 14  # levels on which one that multiplies at all does
_OBEYED = frozenset({"unevaluatedItems", "unevaluatedProperties"})  # they ask what the reference beside them looked at

IsValid = Callable[[Any], bool]
Compile = Callable[[Any, Mapping[str, Any]], IsValid]


def judge(schema: Mapping[str, Any] | bool, engine: IsValid, compiles: Compile) -> IsValid:
    """
    Return what judges instances in a time that grows with the schema and the instance, and not with the ways.

    Args:
        engine: judges them as the schema is written.
        compiles: makes a judge of a schema, with some keywords of its own.
    """
    if isinstance(schema, bool) or not mentions(schema, "$ref") or any(mentions(schema, one) for one in _OBEYED):
        return engine
    if ways(schema, MANY) >= MANY:
        return Once(schema, compiles).is_valid
    return _Deep(schema, engine, compiles).is_valid if recurs(schema) else engine


class Once:
    """
    Judges instances of a schema, and asks nothing twice.
    """

    def __init__(self, schema: Mapping[str, Any], compiles: Compile) -> None:
        self._schema = schema
        self._compiles, self._own = compiles, {KEYWORD: self._keyword}
        self._judges: dict[str, IsValid] = {}
        self._answers: dict[tuple[str, bytes], bool] = {}
        self._first = compiles(_asking(schema), self._own)

    def is_valid(self, instance: Any) -> bool:
        """
        Say whether an instance meets the schema.
        """
        self._answers.clear()
        return self._first(instance)

    def _asked(self, reference: str, instance: Any) -> bool:
        import msgspec

        try:
            key = (reference, msgspec.json.encode(instance))
        except (ValueError, TypeError, OverflowError):  # such as a number that is too large for it
            key = (reference, repr(instance).encode())
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._judge(reference)(instance)
        return found

    def _judge(self, reference: str) -> IsValid:
        found = self._judges.get(reference)
        if found is None:
            part = find(self._schema, reference.removeprefix("#"), True)
            found = self._judges[reference] = self._compiles(_asking(part), self._own)
        return found

    def _keyword(self, parent: Any, reference: str, path: Any) -> _Asks:
        del parent, path
        return _Asks(partial(self._asked, reference))


class _Asks:
    """
    The keyword that stands where a reference stood.
    """

    def __init__(self, is_valid: IsValid) -> None:
        self._is_valid = is_valid

    def validate(self, instance: Any) -> None:
        """
        Raise ValueError when *instance* does not meet what is referred to.
        """
        if not self._is_valid(instance):
            raise ValueError("must meet the schema that is referred to")


class _Deep:
    """
    Judges instances of a schema that refers to itself: as it is written, unless they are deep and it multiplies.
    """

    def __init__(self, schema: Mapping[str, Any], engine: IsValid, compiles: Compile) -> None:
        self._schema = schema
        self._engine = engine
        self._compiles = compiles
        self._deep: IsValid | None = None

    def is_valid(self, instance: Any) -> bool:
        """
        Say whether an instance meets the schema.
        """
        if not _is_deeper(instance, SHALLOW):
            return self._engine(instance)
        if self._deep is None:
            multiplies = ways(self._schema, MANY, DEEP) >= MANY // 4
            self._deep = Once(self._schema, self._compiles).is_valid if multiplies else self._engine
        return self._deep(instance)


def _asking(schema: Any) -> Any:
    """
    Write a schema with the keyword instead of each reference, and without what it refers to.
    """
    if not isinstance(schema, Mapping):
        return schema
    plain = {name: value for name, value in schema.items() if name not in {"$defs", "definitions"}}
    made = mapped(plain, _asking)
    if isinstance(reference := made.get("$ref"), str):
        del made["$ref"]
        made[KEYWORD] = reference
    return made


def _is_deeper(instance: Any, levels: int) -> bool:
    if isinstance(instance, dict):
        return levels <= 0 or any(_is_deeper(each, levels - 1) for each in instance.values())
    if isinstance(instance, list):
        return levels <= 0 or any(_is_deeper(each, levels - 1) for each in instance)
    return False


def recurs(schema: Mapping[str, Any]) -> bool:
    """
    Say whether a schema refers to itself somewhere.
    """
    done: set[int] = set()
    above: set[int] = set()

    def walk(node: Any) -> bool:
        if not isinstance(node, dict) or id(node) in done:
            return isinstance(node, dict) and id(node) in above
        done.add(id(node))
        above.add(id(node))
        found = any(walk(inner) for _, inner in inside(node, schema))
        above.discard(id(node))
        return found

    try:
        return walk(schema)
    except RecursionError:
        return True
