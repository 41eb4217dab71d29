"""
Instances that break a schema, each proved to break it, for the negative cases of contract tests.

A valid instance is changed in one place at a time. What the verdict still accepts is thrown away, so that nothing is
called invalid that is not; the proof is made after the instance has been through JSON, because that is how it travels.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from aegis_contracts.instances._context import Context, start
from aegis_contracts.instances.words._formats import letters
from aegis_contracts.verdict._verdict import Verdict

_MOST_PLACES: Final = 400
_LONG: Final = (300, 5_000)
_MANY: Final = (11, 120)
# What is tried beside a limit: so many of those that are nearest, and none that would be large.
_MOST_EDGES: Final = 12
_MOST_NODES: Final = 20_000
_LARGEST: Final = 5_000
_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_LENGTHS: Final = frozenset({"minLength", "maxLength"})
_COUNTS: Final = frozenset({"minItems", "maxItems"})


@dataclass(frozen=True, slots=True)
class Invalid:
    """
    An instance that breaks the schema: *rule*, at *pointer*.
    """

    instance: Any
    pointer: str
    rule: str


def invalidate(schema: Mapping[str, Any] | bool, value: Any, seed: str) -> list[Invalid]:
    """
    Break *value*, which *schema* accepts, in as many ways as there are: one instance for each pointer and rule.

    Args:
        schema: a self-contained JSON Schema 2020-12.
        value: an instance that it accepts, such as a generated one; it is left as it is.
        seed: any text; the same seed breaks the value in the same ways.
    """
    verdict = Verdict(schema)
    context = Context(start(seed), left=0, deepest=0, work=0)
    found: dict[tuple[str, str], Invalid] = {}
    broken: dict[tuple[str, str], int] = {}
    edges = _Edges(schema)
    for path, current in _places(value):
        for changed in (*edges.beside(current), *_changes(context, current)):
            instance = _replaced(value, path, changed)
            try:
                instance = json.loads(json.dumps(instance, ensure_ascii=False))
            except ValueError:
                continue
            if verdict.is_valid(instance):
                continue
            violations = verdict.violations(instance)
            key = violations[0].pointer, violations[0].rule
            # Of several the one that breaks nothing else: a provider that forgets this one rule takes only that.
            if key not in found or len(violations) < broken[key]:
                found[key], broken[key] = Invalid(instance, *key), len(violations)
    return list(found.values())


class _Edges:
    """
    The values just beyond the limits that a schema names anywhere, for whoever is wrong by one.
    """

    def __init__(self, schema: Any) -> None:
        self._numbers: set[int | float] = set()
        self._lengths: set[int] = set()
        self._counts: set[int] = set()
        pending: list[Any] = [schema]
        for count, node in enumerate(pending):
            if count >= _MOST_NODES:
                break
            if isinstance(node, dict):
                for keyword, limit in cast("dict[str, Any]", node).items():
                    self._note(keyword, limit)
                    pending.append(limit)
            elif isinstance(node, list):
                pending.extend(node)

    def _note(self, keyword: str, limit: Any) -> None:
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
            return
        if keyword in _NUMBERS:
            self._numbers.update((limit - 1, limit, limit + 1))
        elif keyword in _LENGTHS:
            self._lengths.update((int(limit) - 1, int(limit) + 1))
        elif keyword in _COUNTS:
            self._counts.update((int(limit) - 1, int(limit) + 1))

    def beside(self, value: Any) -> Iterator[Any]:
        """
        *value* with another number, length or count: the nearest first, to break a rule by as little as can be.
        """
        if isinstance(value, str):
            for length in _nearest(self._lengths, len(value)):
                yield _repeated(value or "x", length)
        elif isinstance(value, list):
            items: list[Any] = value
            if items:
                for count in _nearest(self._counts, len(items)):
                    yield _repeated(items, count)
                    yield _varied(items, count)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from sorted(self._numbers, key=lambda number: (abs(number - value), number))[:_MOST_EDGES]


def _nearest(sizes: set[int], size: int) -> list[int]:
    small = (other for other in sizes if 0 <= other <= _LARGEST)
    return sorted(small, key=lambda other: (abs(other - size), other))[:_MOST_EDGES]


def _varied(items: list[Any], size: int) -> list[Any]:
    """
    Bring a list to a length with items that differ from each other, where they are texts or numbers.
    """
    out: list[Any] = items[:size]
    for number in range(len(out), size):
        item = items[number % len(items)]
        if isinstance(item, str):
            mark = str(number)
            item = item[: -len(mark)] + mark if len(item) > len(mark) else item + mark
        elif isinstance(item, int) and not isinstance(item, bool):
            item += number
        out.append(item)
    return out


def _repeated(value: Any, size: int) -> Any:
    return (value * (size // len(value) + 1))[:size]


def _places(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    for count, (path, current) in enumerate(pending):
        if count >= _MOST_PLACES:
            return
        yield path, current
        if isinstance(current, dict):
            pending.extend(((*path, key), member) for key, member in cast("dict[str, Any]", current).items())
        elif isinstance(current, list):
            # The items of a list obey one schema most often: the first two stand for all.
            pending.extend(((*path, index), item) for index, item in enumerate(current[:2]))


def _replaced(value: Any, path: tuple[str | int, ...], changed: Any) -> Any:
    if not path:
        return changed
    whole = copy.deepcopy(value)
    place: Any = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = changed
    return whole


def _changes(context: Context, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        for key in members:
            yield {other: member for other, member in members.items() if other != key}
        yield {**members, f"unknown_{letters(context, 6)}": letters(context, 6)}
        yield {}
    elif isinstance(value, list):
        items: list[Any] = value
        yield []
        if items:
            yield items[:-1]
            yield [*items, items[0]]
            for count in _MANY:
                yield [items[index % len(items)] for index in range(count)]
    elif isinstance(value, str):
        yield from ("", value[:1], value[:-1], f"{value}!", f"no such value {letters(context, 6)}", "\u0000")
        for length in _LONG:
            yield (value or "x") * (length // len(value or "x") + 1)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from (value + 0.5, value + 1, -value - 1, 0, -1, 10**6, 10**12, -(10**12), 10**30, str(value))
    # Other types last, so that the finer rules find their instance first.
    others: tuple[Any, ...] = (None, True, 12345, letters(context, 8), [], {})
    for other in others:
        if type(other) is not type(value):
            yield other
