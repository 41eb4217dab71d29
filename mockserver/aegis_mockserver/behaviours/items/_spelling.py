"""
Names that requests spell another way than answers do: ``FriendlyName`` is sent, ``friendly_name`` is shown.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from aegis_mockserver.behaviours.items._views import value_at
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import Shape


class Spelling:
    """
    How the members of one request body are called in answers.

    Args:
        taken: what a request may say of an item.
        shown: an item as answers show it, the most important one last.
    """

    def __init__(self, taken: Shape, *shown: Shape) -> None:
        sent = Counter(map(plain, taken.properties))
        names = [name for each in shown for name in each.properties]
        own = {plain(name): name for name in names if name not in taken.properties}
        self._names = {
            name: own[key]
            for name in taken.properties
            if name not in names and (key := plain(name)) in own and sent[key] == 1
        }
        self.taken = taken.renamed(self._names) if self._names else taken

    @property
    def differs(self) -> bool:
        """
        Say whether any member is spelled another way.
        """
        return bool(self._names)

    def of(self, body: Any) -> Any:
        """
        Return a body with its members called as answers call them.
        """
        if not self._names or not isinstance(body, dict):
            return body
        return {self._names.get(name, name): value for name, value in body.items()}


def sent_item(body: Any, steps: Steps) -> Any:
    """
    Take the envelope off a body.
    """
    return value_at(body, steps) if steps else body
