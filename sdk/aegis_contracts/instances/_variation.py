"""
Something like an example, but not the same: for the second item of a list and the ones after it.
"""

from __future__ import annotations

from typing import Any, cast

from aegis_contracts.instances._context import Context, Json


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
    pieces = list(text)
    changed = False
    # The last digits change first, so that a year or a version at the front stays what it was.
    for index in range(len(pieces) - 1, -1, -1):
        if "0" <= pieces[index] <= "9" and (not changed or context.chance(0.5)):
            pieces[index] = str(context.below(10))
            changed = True
    return "".join(pieces)
