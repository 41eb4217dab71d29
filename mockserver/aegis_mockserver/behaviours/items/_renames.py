"""
Items whose name a client chose, and may change: ``PATCH /labels/bug`` with ``new_name: fault``.
"""

from __future__ import annotations

from typing import Any

from aegis_mockserver.behaviours.items._kinds import Kind
from aegis_mockserver.behaviours.items._views import value_at
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Use
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text

_CHOSEN = ("name", "slug", "key", "code", "login", "email", "title", "label", "tag", "alias", "username", "path")


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
