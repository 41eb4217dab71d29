"""
Changes to an item: JSON Merge Patch, JSON Patch, and what differs between two states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_mockserver.core._messages import Change


def merge(target: Any, patch: Any) -> Any:
    """
    Apply a JSON Merge Patch (RFC 7396).
    """
    if not isinstance(patch, dict):
        return patch
    out: dict[str, Any] = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = merge(out.get(name), value)
    return out


def json_patch(target: Any, operations: list[Any]) -> Any:
    """
    Apply a JSON Patch (RFC 6902) of adds, replacements and removals.
    """
    import msgspec

    value = msgspec.json.decode(msgspec.json.encode(target))
    for operation in operations:
        if not isinstance(operation, dict):
            return None
        steps = [s.replace("~1", "/").replace("~0", "~") for s in str(operation.get("path", "")).split("/")[1:]]
        node = value
        for step in steps[:-1]:
            node = node.get(step) if isinstance(node, dict) else None
        if not steps or not isinstance(node, dict):
            return None
        match operation.get("op"):
            case "add" | "replace":
                node[steps[-1]] = operation.get("value")
            case "remove":
                node.pop(steps[-1], None)
            case "test":
                if node.get(steps[-1]) != operation.get("value"):
                    return None
            case _:
                return None
    return value


def change_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    """
    Say what differs between two states of an item.
    """
    missing = object()
    names = [name for name in {**new, **old} if old.get(name, missing) != new.get(name, missing)]
    return Change(
        names, {name: old[name] for name in names if name in old}, {name: new[name] for name in names if name in new}
    )
