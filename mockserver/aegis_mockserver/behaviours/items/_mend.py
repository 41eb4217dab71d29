"""
Making an instance fit its schema by changing as little of it as can be: what is missing is filled in, what cannot
stand is replaced by what the contract itself would answer there, or left out.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from aegis_contracts import Violation
from aegis_contracts.json_pointer import split
from aegis_mockserver.behaviours.resources._shapes import Shape

_ROUNDS = 8
_EACH = 64
_MISSING: Any = object()
_NAMED_BY = ("id", "gid", "sid", "uuid", "key", "name", "slug", "login", "ref")
_SURPLUS = frozenset({"additionalProperties", "unevaluatedProperties", "propertyNames", "not"})


def mended(
    instance: Any,
    likeness: Any,
    shape: Shape,
    violations: Callable[[Any], Iterable[Violation]],
    kept: Collection[tuple[str, ...]] = (),
) -> Any:
    """
    Return what of *instance* fits, and what the schema needs beside it; ``None`` where nothing does.

    Args:
        likeness: an instance that fits: the contract's own.
        kept: where the truth is that stays as it is, whatever its schema says of it: the list, and what tells of pages.
    """
    value = copy.deepcopy(instance)
    seen: dict[tuple[str, ...], int] = {}
    for _ in range(_ROUNDS):
        found = list(violations(value))[:_EACH]
        if not found:
            return value
        met: set[tuple[str, ...]] = set()
        for violation in found:
            steps = tuple(split(violation.pointer))
            if violation.rule == "required" and not seen.get(steps) and steps:
                seen[steps] = 1
                _fill(value, likeness, shape, steps)
                continue
            if steps in met:
                continue  # what two parts of a schema say of one place is mended once, and asked again
            met.add(steps)
            times = seen[steps] = seen.get(steps, 0) + 1
            if violation.rule == "oneOf" and times == 2 and _completed(value, likeness, steps):
                continue
            steps = steps[: max(0, len(steps) - times + 1)]
            if any(steps == each[: len(steps)] for each in kept):
                continue
            if violation.rule in {"oneOf", "anyOf"} and times == 1 and _branched(value, shape, steps):
                continue
            if violation.rule in _SURPLUS:
                _cut(value, shape, steps)
            elif violation.rule not in {"type", "format"} or not _converted(value, shape, steps):
                if steps[-1:] and steps[-1].isdecimal() and steps[:-1] in kept:
                    continue  # an entry may change, but none is left out
                _replace(value, likeness, steps)
    stands = {tuple(split(violation.pointer)) for violation in violations(value)}
    return value if stands <= set(kept) - {()} else None


def _down(value: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(value, list) and step.isdecimal() and value:
            value = value[min(int(step), len(value) - 1)]
        else:
            return _MISSING
    return value


def shape_at(shape: Shape, steps: Iterable[str]) -> Shape:
    """
    Go down by the steps of a pointer into an instance.
    """
    for step in steps:
        shape = shape.properties[step] if step in shape.properties else shape.items if step.isdecimal() else Shape(True)
    return shape


def _fill(value: Any, likeness: Any, shape: Shape, steps: tuple[str, ...]) -> None:
    parent = _down(value, steps[:-1])
    if not isinstance(parent, dict):
        return
    own = _down(likeness, steps)
    if own is _MISSING or own is None:
        own = shape_at(shape, steps).generated("|".join(steps), steps[-1])
    parent[steps[-1]] = copy.deepcopy(own)


def _converted(value: Any, shape: Shape, steps: tuple[str, ...]) -> bool:
    """
    Write a number as a text, a text of digits as a number, or one value as the list or the object that has it, where
    that is what the schema wants.
    """
    parent = _down(value, steps[:-1])
    old, types = _down(value, steps), shape_at(shape, steps).types
    new: Any = _MISSING
    if isinstance(old, int | float) and not isinstance(old, bool) and "string" in types:
        new = str(old)
    elif isinstance(old, str) and old.isascii() and old.isdecimal() and len(old) < 18 and types & {"integer", "number"}:
        new = int(old)
    elif isinstance(old, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", old) and len(old) < 40:
        wanted = shape_at(shape, steps).node.get("format")
        if wanted == "date" and len(old) > 10:
            new = old[:10]
        elif wanted == "date-time" and len(old) == 10:
            new = f"{old}T00:00:00Z"
    if new is _MISSING and isinstance(old, str | int | float) and not isinstance(old, bool):
        new = _wrapped(old, shape_at(shape, steps))
    if new is _MISSING or not steps:
        return False
    if isinstance(parent, dict):
        parent[steps[-1]] = new
    elif isinstance(parent, list) and steps[-1].isdecimal() and int(steps[-1]) < len(parent):
        parent[int(steps[-1])] = new
    else:
        return False
    return True


def _wrapped(old: str | float, wanted: Shape) -> Any:
    """
    Write what a request says for short as an answer does: ``to: a`` is ``[a]``, ``type: 1`` is ``{id: 1}``.
    """
    if wanted.types == frozenset({"array"}):
        return [old]
    kinds = {"string"} if isinstance(old, str) else {"integer", "number"}
    named = (name for name in _NAMED_BY if wanted.properties.keys() & {name} and wanted.properties[name].types & kinds)
    name = next(named, None) if wanted.types == frozenset({"object"}) else None
    return {name: old} if name is not None else _MISSING


def _branched(value: Any, shape: Shape, steps: tuple[str, ...]) -> bool:
    """
    Make an object fit the branch that it is most like: what the branch names of it stays, what it lacks is made.
    """
    here = _down(value, steps)
    if not isinstance(here, dict):
        return False
    branch = shape_at(shape, steps).branch_of(here)
    if branch is None:
        return False
    made = branch.generated("|".join(steps), steps[-1] if steps else "")
    if not isinstance(made, dict):
        return False
    kept = {name: each for name, each in here.items() if name in branch.properties}
    for name, each in kept.items():
        rules = {
            key: branch.properties[name].node[key] for key in ("const", "enum") if key in branch.properties[name].node
        }
        if ("const" in rules and rules["const"] != each) or ("enum" in rules and each not in rules["enum"]):
            kept[name] = made.get(name, each)
    filled = {name: each for name, each in made.items() if name in branch.required and name not in kept}
    here.clear()
    here.update({**filled, **kept})
    return True


def _completed(value: Any, likeness: Any, steps: tuple[str, ...]) -> bool:
    """
    Give an object that fits several branches what else the contract's own has: that may tell them apart.
    """
    here, own = _down(value, steps), _down(likeness, steps)
    if not isinstance(here, dict) or not isinstance(own, dict) or own.keys() <= here.keys():
        return False
    here.update({name: copy.deepcopy(each) for name, each in own.items() if name not in here})
    return True


def _cut(value: Any, shape: Shape, steps: tuple[str, ...]) -> None:
    here = _down(value, steps)
    named = shape_at(shape, steps).properties.keys()
    if isinstance(here, dict):
        for name in [name for name in here if name not in named]:
            del here[name]


def _replace(value: Any, likeness: Any, steps: tuple[str, ...]) -> None:
    if not steps:
        return
    parent, last, own = _down(value, steps[:-1]), steps[-1], _down(likeness, steps)
    if isinstance(parent, dict):
        if own is not _MISSING and own != parent.get(last, _MISSING):
            parent[last] = copy.deepcopy(own)
        else:
            parent.pop(last, None)
    elif isinstance(parent, list) and last.isdecimal() and int(last) < len(parent):
        del parent[int(last)]


def lost(wanted: dict[str, Any], kept: Any, prefix: str = "") -> list[str]:
    """
    Name what of an item could not be kept: ``labels``, ``address.zip``.
    """
    found: list[str] = []
    for name, value in wanted.items():
        own = kept.get(name, _MISSING) if isinstance(kept, dict) else _MISSING
        if isinstance(value, dict) and isinstance(own, dict):
            found += lost(value, own, f"{prefix}{name}.")
        elif own is _MISSING or (own != value and str(own) != str(value) and not _tells(own, value)):
            found.append(f"{prefix}{name}")
    return found


def _tells(own: Any, value: Any) -> bool:
    return own == [value] or (isinstance(own, dict) and value in (own.get(name, _MISSING) for name in _NAMED_BY))
