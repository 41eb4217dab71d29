"""
Items below others belong to their own parent, and to no other.
"""

from __future__ import annotations

from typing import Any

from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource
from aegis_verifier._values import Exchange, Failure, Script
from aegis_verifier.cases.resources._deleted import GONE, can_miss
from aegis_verifier.cases.steps._arrangement import make
from aegis_verifier.cases.steps._walk import key_of, size_of, walk


def parents_of(maker: Maker, resource: Resource) -> tuple[str, Resource] | None:
    """
    Find the parameter that names an item's parent, and the parent's resource; None where no other can be made.
    """
    create = resource.get("create")
    names = [name for name in resource.collection.split("/") if name.startswith("{")]
    if create is None or not names:
        return None
    parent = maker.plan.creator(create, names[-1].strip("{}"))
    return (names[-1].strip("{}"), parent) if parent is not None and parent.get("create") is not None else None


def children(maker: Maker, resource: Resource) -> Script:
    """
    Make a child of one parent, and look among the children of another.
    """
    operation, above = resource.get("list"), parents_of(maker, resource)
    if operation is None or above is None:
        return []
    made = yield from make(maker, resource, "sequences/children")
    other = yield from make(maker, above[1], "sequences/children/other")
    names = resource.id_names
    seen = yield from walk(maker, operation, other.path, size=size_of(maker.plan.paging(operation), 100), names=names)
    if str(made.id) in [key_of(item, names) for item in seen.items]:
        said = "must list the children of its own parent only; there is one of another"
        return [checks.broken(seen.exchanges[-1], "isolation", said, "/body")]
    return []


def astray(maker: Maker, resource: Resource) -> Script:
    """
    Ask for a child of one parent below another.
    """
    above = parents_of(maker, resource)
    if above is None or not resource.parameter:
        return []
    made = yield from make(maker, resource, "sequences/astray")
    other = yield from make(maker, above[1], "sequences/astray/other")
    path: dict[str, Any] = {**made.path, above[0]: other.id}
    found: list[Failure] = []
    for role in ("read", "update", "delete"):
        operation = resource.get(role)
        if operation is None or not can_miss(operation):
            continue
        exchange: Exchange = yield maker.request(maker.draft(operation, "sequences/astray", "full", path))
        said = "its path names an item of another parent"
        found += checks.refused(exchange, {*GONE, 400, 403}, said, rule="isolation") if exchange.succeeded else []
    return found
