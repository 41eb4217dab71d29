"""
Alternatives that overlap: a message that fits two branches of ``oneOf`` is refused, though nobody meant it to be.

Where the alternatives stay as they are and only what is in them changes, a difference that hangs on this alone is a
warning: whoever reads a message takes the branch that fits.
"""

from __future__ import annotations

from typing import Any, Final, cast

from aegis_contracts.compatibility import proved

_LARGE: Final = 1_000


def only_by_overlap(sender: Any, receiver: Any) -> bool:
    """
    Say whether the receiver would take everything if it took what fits several alternatives as well.
    """
    ours, theirs = _widths(sender), _widths(receiver)
    if not ours or ours != theirs:
        return False
    return proved(_any(sender), _any(receiver))


def _widths(schema: Any) -> list[int]:
    """
    List how many branches each choice has; nothing where the schema is too large to be compared once more.
    """
    found: list[int] = []
    pending, left = [schema], _LARGE
    while pending:
        node = pending.pop()
        left -= 1
        if left < 0:
            return []
        if isinstance(node, dict):
            members = cast("dict[str, Any]", node)
            if isinstance(members.get("oneOf"), list):
                found.append(len(members["oneOf"]))
            pending.extend(members.values())
        elif isinstance(node, list):
            pending.extend(node)
    return sorted(found)


def _any(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_any(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _any(value) for key, value in cast("dict[str, Any]", schema).items()}
    branches = found.pop("oneOf", None)
    if isinstance(branches, list):
        found["allOf"] = [*found.get("allOf", ()), {"anyOf": branches}]
    elif branches is not None:
        found["oneOf"] = branches  # a property of that name
    return found
