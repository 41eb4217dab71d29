"""
Something like an example, but not the same: for the second item of a list and the ones after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from aegis_contracts.instances._context import Context, Json

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2}):([0-9]{2}).*)?")
_ADDRESS = re.compile(r"[0-9]{1,3}\.([0-9]{1,3})\.[0-9]{1,3}\.([0-9]{1,3})(/[0-9]{1,2})?")


def variation(context: Context, value: Json) -> Json:
    """
    *value* with other digits, in every part of it.
    """
    if isinstance(value, str):
        return _text(context, value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        size = abs(value)
        return (-1 if value < 0 else 1) * (
            context.between(1, 9) if size < 10 else context.between(size // 2, size + size // 2)
        )
    if isinstance(value, float):
        return round(value * (0.5 + context.below(1000) / 1000), 4)
    if isinstance(value, list):
        return [variation(context, item) for item in value]
    if isinstance(value, dict):
        return {key: variation(context, member) for key, member in cast("dict[str, Any]", value).items()}
    return value


def _text(context: Context, text: str) -> str:
    # What readers take apart, whether a format says so or not, stays what they can read.
    if (told := _TIME.fullmatch(text)) is not None:
        return _with(told, {1: lambda: context.between(1, 28), 3: lambda: context.below(60)})
    if (told := _ADDRESS.fullmatch(text)) is not None:
        return _with(told, {1 if told[3] else 2: lambda: context.between(1, 254)})
    pieces = list(text)
    changed = False
    # The last digits change first, so that a year or a version at the front stays what it was.
    for index in range(len(pieces) - 1, -1, -1):
        if "0" <= pieces[index] <= "9" and (not changed or context.chance(0.5)):
            pieces[index] = str(context.below(10))
            changed = True
    return "".join(pieces)


def _with(told: re.Match[str], numbers: dict[int, Callable[[], int]]) -> str:
    """
    Write other numbers in the place of some groups, as wide as those are at least.
    """
    text = told[0]
    for group, number in sorted(numbers.items(), reverse=True):
        start, end = told.span(group)
        if start >= 0:
            wide = 2 if told.re is _TIME else 1
            text = f"{text[:start]}{number():0{wide}d}{text[end:]}"
    return text
