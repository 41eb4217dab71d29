"""
What the client itself says of an item's names: the id of one that it makes, in the body or beside it, and the new name
of one that it changes (``PATCH /labels/bug`` with ``new_name: fault``).
"""

from __future__ import annotations

from typing import Any

from aegis_contracts import Operation
from aegis_mockserver.behaviours.items._kinds import Kind
from aegis_mockserver.behaviours.items._views import value_at
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.behaviours.resources._names import id_in, plain, singular_of
from aegis_mockserver.behaviours.resources._resource import Steps, Use
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text

_KEYS = ("id", "key", "name", "slug", "code", "email", "login")
_NAMES = frozenset({"name", "slug", "key", "code", "login"})
_CHOSEN = ("name", "slug", "key", "code", "login", "email", "title", "label", "tag", "alias", "username", "path")


def natural(where: Where, taken: Shape) -> Steps:
    """
    Say where in the body the id is that the client itself chooses.
    """
    steps = where.kind.id_steps
    if len(steps) > 1:
        return steps if taken.at(steps[:1]).properties.keys() >= {steps[1]} else ()
    parameter = where.resource.identity.parameter
    found = id_in(taken.properties, steps or (parameter,))
    if found is None and plain(parameter).endswith(_KEYS) and plain(parameter) not in _KEYS:
        # The path calls the item by what the body must say: {file_id} is the item's id, whatever that is called.
        found = next((one for one in taken.required if plain(one) == plain(parameter)), None)
    if found is None and steps:
        # Answers call the item by what requests call shorter: {"name": "x"} makes the pool whose pool_name is x.
        single, item = plain(singular_of(where.resource.noun)), where.kind.view.item
        short = (one for one in taken.required if plain(one) in _NAMES and f"{single}{plain(one)}" == plain(steps[0]))
        found = next((one for one in short if one not in item.properties), None)
    if found is None or taken.properties[found].types & {"object", "array"}:
        return ()
    return (found,)


def told_beside(operation: Operation, shown: Shape, taken: Shape) -> dict[str, str]:
    """
    Say which parameters of the query tell of the item that is made what its body has no place for.
    """
    own = {plain(name): name for name, shape in shown.properties.items() if not shape.types & {"object"}}
    queries = (one for one in operation.parameters if one.location == "query" and one.name not in taken.properties)
    return {
        one.name: own[key]
        for one in queries
        if (key := plain(one.name)) in own and Shape.of(one.schema, "request").types & shown.properties[own[key]].types
    }


def chosen(where: Where, operation: Operation) -> str:
    """
    Name the parameter of the query by which the client chooses the id itself; empty where there is none.
    """
    single = plain(singular_of(where.resource.noun))
    names = {f"{single}id", f"{single}name", plain(where.resource.identity.parameter)}
    queries = (one.name for one in operation.parameters if one.location == "query")
    return next((name for name in queries if plain(name) in names), "")


class Renaming:
    """
    Where in the body of a change the new name of an item is.

    Args:
        name: what the item itself calls its name; None where it is deeper, or where it does not tell it.
        taken: what a request may say of the item.
    """

    def __init__(self, use: Use, name: str | None, taken: Shape) -> None:
        self._name = name or ""
        own = plain(self._name)
        said = use.action == "update" and own.endswith(_CHOSEN)
        self._members = [one for one in taken.properties if said and plain(one) in {own, f"new{own}"}]
        self._members.sort(key=lambda one: plain(one) == own)

    def of(self, item: dict[str, Any], body: Any, key: str) -> str | None:
        """
        Call a changed item as the body says, and return its new key; None where it keeps its own.
        """
        said = [body.get(one) for one in self._members] if isinstance(body, dict) else []
        for one in self._members:
            if one != self._name:
                item.pop(one, None)
        wanted = next((one for one in said if isinstance(one, str) and one), None)
        if wanted is None or key_text(wanted) == key:
            return None
        item[self._name] = wanted
        return key_text(wanted)


def is_renamed(new: dict[str, Any], old: dict[str, Any], kind: Kind) -> bool:
    """
    Say whether a patch would give an item that shows its id another one, or none.
    """
    kept = value_at(old, kind.id_steps) if kind.id_steps else None
    return kept is not None and key_text(value_at(new, kind.id_steps)) != key_text(kept)


def keep_id(new: dict[str, Any], old: dict[str, Any], kind: Kind, given: Any) -> None:
    """
    Let a change leave an item's id as it was.
    """
    if not kind.id_steps or given is None:
        return
    first, *deeper = kind.id_steps
    if deeper:
        outer, kept = new.get(first), value_at(old, kind.id_steps)
        if isinstance(outer, dict) and kept is not None:
            new[first] = {**outer, deeper[0]: kept}
    elif first in kind.view.item.properties or first in old:
        new[first] = old.get(first, given)
