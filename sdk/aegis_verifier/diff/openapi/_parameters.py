"""
Parameters: what a request may carry in its path, query, headers and cookies.
"""

from __future__ import annotations

import re
from typing import Any, Final

from aegis_contracts import Operation, Parameter
from aegis_verifier.diff.openapi._life import Calendar, compare_life, note_removal
from aegis_verifier.diff.schemas import Pair, Written, written

_EXPRESSION: Final = re.compile(r"\{([^{}]*)\}")
_SCALAR: Final = frozenset({"string", "integer", "number", "boolean", "null"})


def compare_parameters(pair: Pair, calendar: Calendar, before: Operation, after: Operation, subject: str) -> None:
    """
    Compare the parameters of an operation; those of the path by position, all others by location and name.
    """
    renamed = dict(zip(_names(before.path), _names(after.path), strict=False)) if "{" in before.path else {}
    was = {_key(parameter, renamed): parameter for parameter in before.parameters}
    now = {parameter.key: parameter for parameter in after.parameters}
    literal = _literals(before.path, after.path)
    for key, parameter in was.items():
        other = now.get(key)
        where = f"{parameter.location} parameter {parameter.name}"
        if other is None:
            note_removal(pair, calendar, parameter, after.place, subject, where)
        else:
            _compare(pair, calendar, parameter, other, subject, where)
    for key, parameter in now.items():
        if key in was:
            continue
        where = f"{parameter.location} parameter {parameter.name}"
        if parameter.location == "path" and parameter.name in literal:
            text = {"const": literal[parameter.name]}
            pair.schemas("request", (text, before.place), written(parameter), subject, where, text=True)
        elif parameter.required:
            pair.note(
                "request-parameter-added-required", before.place, parameter.place, subject, f"{where} is required"
            )
        else:
            pair.note("request-parameter-added", before.place, parameter.place, subject, f"{where} is new")


def _names(path: str) -> list[str]:
    return _EXPRESSION.findall(path)


def _key(parameter: Parameter, renamed: dict[str, str]) -> tuple[str, str]:
    if parameter.location == "path":
        return ("path", renamed.get(parameter.name, parameter.name))
    return parameter.key


def _literals(before: str, after: str) -> dict[str, str]:
    """
    Which text of the old path a parameter of the new one stands for.
    """
    if "{" in before:
        return {}
    pairs = zip(before.split("/"), after.split("/"), strict=False)
    return {new[1:-1]: old for old, new in pairs if new.startswith("{") and old != new}


def _compare(pair: Pair, calendar: Calendar, before: Parameter, after: Parameter, subject: str, where: str) -> None:
    if pair.untouched.same(before.node, after.node):
        return
    compare_life(pair, calendar, before, after, subject, where)
    if after.required and not before.required:
        pair.note("request-parameter-required", before.place, after.place, subject, f"{where} has become required")
    if before.required and not after.required:
        pair.note("request-parameter-optional", before.place, after.place, subject, f"{where} has become optional")
    if before.node.get("allowEmptyValue") is True and after.node.get("allowEmptyValue") is not True:
        message = f"{where}: an empty value is no longer taken"
        pair.note("request-parameter-empty-refused", before.place, after.place, subject, message)
    if (before.content is None) != (after.content is None) or (
        before.content and after.content and before.content.media_type != after.content.media_type
    ):
        message = f"{where} is written as another media type"
        pair.note("request-parameter-style-changed", before.place, after.place, subject, message)
        return
    if before.content and after.content:
        one, other = written(before.content), written(after.content)
        pair.schemas("request", one, other, subject, where)
        return
    if (before.style, before.explode) != (after.style, after.explode) and _style(before) != _style(after):
        message = f"{where} is written in another style"
        pair.note("request-parameter-style-changed", before.place, after.place, subject, message)
    pair.schemas("request", _as_read(before, after), written(after), subject, where, text=True)
    was, now = _default(before), _default(after)
    if was != now:
        message = f"{where}: the default {_shown(was)} is now {_shown(now)}"
        pair.note("request-parameter-default-changed", before.place, after.place, subject, message)


def _as_read(before: Parameter, after: Parameter) -> Written:
    """
    What the old schema says, as the new one reads it: a single value is a list of one where lists are written so.
    """
    old = written(before)
    if old is None or before.location == "header" or not _single(before) or _types(after) - {"null"} != {"array"}:
        return old
    return ({"type": "array", "items": old[0], "minItems": 1, "maxItems": 1}, old[1])


def _types(parameter: Parameter) -> set[str]:
    resolved = parameter.schema.resolved if parameter.schema else None
    given: Any = resolved.get("type") if isinstance(resolved, dict) else None
    return {given} if isinstance(given, str) else set(given or ())


def _single(parameter: Parameter) -> bool:
    types = _types(parameter)
    return bool(types) and types <= _SCALAR


def _style(parameter: Parameter) -> tuple[str, bool]:
    """
    How values are written; a single value is written alike in all styles but those that put something before it.
    """
    if _single(parameter):
        return (parameter.style if parameter.style in {"label", "matrix"} else "plain", False)
    return (parameter.style, parameter.explode)


def _default(parameter: Parameter) -> tuple[bool, Any]:
    node: Any = parameter.schema.node if parameter.schema else {}
    if isinstance(node, dict) and "default" in node:
        return (True, node["default"])
    resolved = parameter.schema.resolved if parameter.schema else {}
    if isinstance(resolved, dict) and "default" in resolved:
        return (True, resolved["default"])
    return (False, None)


def _shown(default: tuple[bool, Any]) -> str:
    return f"{default[1]!r}" if default[0] else "(none)"
