"""
Items whose name a client chose, and may change: ``PATCH /labels/bug`` with ``new_name: fault``.
"""

from __future__ import annotations

from typing import Any

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
