"""
Changes to an item: JSON Merge Patch, JSON Patch, and what differs between two states.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.json_pointer import InvalidPointerError, resolve
from aegis_mockserver.behaviours.resources._shapes import Shape
from aegis_mockserver.core._messages import ItemChange, Problem


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


def changed(old: dict[str, Any], patch: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """
    Merge what was sent into an item; where the query has a mask of fields (``?updateMask=labels``), what that names is
    as it was sent, or gone, and nothing else changes.
    """
    given = next((query[name] for name in ("updateMask", "update_mask") if name in query), None)
    names = given if isinstance(given, list) else str(given).split(",") if given else []
    if not names or "*" in names:
        return dict(merge(old, patch))
    out = dict(old)
    for name in names:
        if name in patch:
            out[name] = patch[name]
        elif name in out:
            del out[name]
    return out


def said_null(new: dict[str, Any], sent: Any, item: Shape, *, removes: bool) -> None:
    """
    Let a member that was sent as null be null, where its schema allows that.

    Args:
        removes: null takes a member away (RFC 7396), unless it must be there.
    """
    for name in [name for name, value in sent.items() if value is None] if isinstance(sent, dict) else ():
        shape = item.properties.get(name)
        stays = name in item.required or not removes
        if stays and name not in new and shape is not None and "null" in shape.types:
            new[name] = None


_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")


class PatchError(ValueError):
    """
    A JSON Patch that cannot be applied; nothing of it was.

    Args:
        malformed: it is no JSON Patch at all, whatever the target.
    """

    def __init__(self, message: str, *, malformed: bool) -> None:
        super().__init__(message)
        self.malformed = malformed


def json_patch(target: Any, operations: list[Any]) -> Any:
    """
    Apply a JSON Patch (RFC 6902): all of it, or nothing.

    Raises:
        PatchError: an operation cannot be applied; it is named by its number, from 0.
    """
    import jsonpatch

    value = copy.deepcopy(target)
    for number, operation in enumerate(operations):
        at = f"operation {number}"
        if not isinstance(operation, dict) or operation.get("op") not in _OPERATIONS:
            raise PatchError(f"{at} must be an object with op: {', '.join(_OPERATIONS)}", malformed=True)
        try:
            if operation["op"] == "test":
                _tested(value, operation, at)
            else:
                value = jsonpatch.JsonPatch([operation]).apply(value, in_place=True)
        except (jsonpatch.InvalidJsonPatch, InvalidPointerError) as error:
            raise PatchError(f"{at} is no JSON Patch operation: {type(error).__name__}", malformed=True) from None
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, LookupError, TypeError):
            raise PatchError(
                f"{at} ({operation['op']}) cannot be applied: nothing is where it points", malformed=False
            ) from None
    return value


def _tested(value: Any, operation: dict[str, Any], at: str) -> None:
    path = operation.get("path")
    if not isinstance(path, str) or "value" not in operation:
        raise PatchError(f"{at} is no JSON Patch operation: test needs path and value", malformed=True)
    # The library compares as Python does, where true is 1; RFC 6902 §4.6 compares JSON values.
    if not _equal(resolve(value, path), operation["value"]):
        raise PatchError(f"{at} (test) does not hold", malformed=False)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def change_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> ItemChange:
    """
    Say what differs between two states of an item.
    """
    missing = object()
    names = [name for name in {**new, **old} if old.get(name, missing) != new.get(name, missing)]
    return ItemChange(
        names, {name: old[name] for name in names if name in old}, {name: new[name] for name in names if name in new}
    )


def unpatched(operation: Operation, error: PatchError) -> Problem:
    """
    Refuse a patch: 422 for what is no patch, 409 for what the item does not allow, as far as the contract has them.
    """
    wanted = (422, 400, 409) if error.malformed else (409, 422, 412, 400)
    status = next((each for each in wanted if str(each) in operation.responses), wanted[0])
    return Problem("conflict", status=status, detail=str(error))
