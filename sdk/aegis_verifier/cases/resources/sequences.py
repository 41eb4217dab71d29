"""
Sequences: what is made is read, listed, changed and gone, and nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from aegis_contracts import Operation
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource
from aegis_verifier._values import Case, Script
from aegis_verifier.cases.resources._actions import actions
from aegis_verifier.cases.resources._changed import others_stay, removed, replaced, unchanged, updated
from aegis_verifier.cases.resources._children import astray, children
from aegis_verifier.cases.resources._deleted import deleted, findable, unknown
from aegis_verifier.cases.resources._filters import filters, orders
from aegis_verifier.cases.resources._made import created, defaults, listed, located
from aegis_verifier.cases.resources._singletons import keeps_bytes, single, stored


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The sequences in which the operation has the leading part.
    """
    owner = maker.plan.resource_of(operation)
    if owner is not None:
        resource, role = owner
        single = not resource.parameter and resource.get("list") is None
        for name, claim, script in _SEQUENCES.get(f"singleton {role}" if single else role, ()):
            # A singleton is there once: what others write meanwhile is no fault. And what a deletion takes along is
            # seen only where nobody makes or deletes another one at that moment.
            alone = role == "delete" or (single and "{" not in operation.path)
            yield Case(operation, "sequences", name, claim, partial(script, maker, resource), alone=alone)
        if role == "list":
            yield from filters(maker, resource, operation)
            yield from orders(maker, resource, operation)
    yield from actions(maker, operation)
    if (reading := keeps_bytes(maker, operation)) is not None:
        script = partial(stored, maker, operation, reading)
        yield Case(operation, "sequences", "bytes come back", "answers the very bytes that it was sent", script)
    if "{" in operation.path and findable(maker, operation):
        claim = "answers 404 for what nobody made"
        yield Case(operation, "sequences", "unknown", claim, partial(unknown, maker, operation))


_SEQUENCES: dict[str, tuple[tuple[str, str, Callable[[Maker, Resource], Script]], ...]] = {
    "create": (
        ("made is read", "answers what was made, right after", created),
        ("location", "says where the new item is", located),
        ("made is listed", "lists what was made, right after", listed),
        ("defaults", "gives what is left out the declared default", defaults),
        ("children of others", "lists no children of another parent", children),
    ),
    "read": (("child of another", "finds no item below another parent", astray),),
    "update": (
        ("change is read", "answers what was changed and leaves the rest", updated),
        ("no change", "takes a change to what is there already", unchanged),
        ("null removes", "removes what a merge patch gives as null", removed),
        ("others stay", "changes no other item", others_stay),
    ),
    "replace": (
        ("replacement is read", "answers what it was replaced by", replaced),
        ("others stay", "changes no other item", others_stay),
    ),
    "delete": (("deleted is gone", "is gone after it was deleted, and nothing else is", deleted),),
    "singleton replace": (("written is read", "answers what was written", single),),
    "singleton update": (("written is read", "answers what was written", single),),
}
