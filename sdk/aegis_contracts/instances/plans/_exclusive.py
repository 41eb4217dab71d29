"""
Which branches of a `oneOf` are likely to satisfy another branch too.

Branches with different types or different tags cannot. For the others one value of each is made and shown to the
rest; a branch whose value another one accepts is taken last, or together with the refusal of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from aegis_contracts.instances._context import Conflict, Context, Exhausted, Ungeneratable, start
from aegis_contracts.instances._document import Node
from aegis_contracts.instances._values import identity

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan

_MOST: Final = 24


def overlapping(plan: Plan) -> frozenset[int]:
    """
    The options of the first open choice of *plan* whose values another branch is likely to accept.
    """
    choice = plan.pending[0]
    branches = choice.branches
    if choice.keyword != "oneOf" or not 1 < len(branches) <= _MOST:
        return frozenset()
    children = [
        plan.option(index) or (plan.option(index + len(branches)) if choice.tagged else None)
        for index in range(len(branches))
    ]
    tags = [_tags(child.parts) if child else {} for child in children]
    found: set[int] = set()
    for index, child in enumerate(children):
        if child is None:
            continue
        rivals = [
            branches[other]
            for other, rival in enumerate(children)
            if rival is not None
            and other != index
            and child.types & rival.types
            and not _differ(tags[index], tags[other])
        ]
        if rivals and _accepted(child, rivals):
            found.add(index)
    return frozenset(found)


def _accepted(child: Plan, rivals: list[Node]) -> bool:
    for seed in ("first", "second"):
        context = Context(start(seed), left=12, deepest=2, work=2000, examples=False)
        context.probing = True
        try:
            value = child.probe(context)
        except (Conflict, Exhausted, RecursionError):
            return True
        try:
            if any(child.workshop.judge(rival).is_valid(value) for rival in rivals):
                return True
        except Ungeneratable:
            return False
    return False


def _tags(parts: list[Node]) -> dict[str, set[Any]]:
    """
    The values that required properties are confined to.
    """
    required = {name for part in parts for name in part.keywords.get("required", ()) if isinstance(name, str)}
    found: dict[str, set[Any]] = {}
    for part in parts:
        for name, schema in part.keywords.get("properties", {}).items():
            if name not in required or not isinstance(schema, dict):
                continue
            keywords = cast("dict[str, Any]", schema)
            values = [keywords["const"]] if "const" in keywords else keywords.get("enum")
            if isinstance(values, list):
                known = {identity(value) for value in values}
                found[name] = found[name] & known if name in found else known
    return found


def _differ(one: dict[str, set[Any]], other: dict[str, set[Any]]) -> bool:
    return any(not values & other[name] for name, values in one.items() if name in other)
