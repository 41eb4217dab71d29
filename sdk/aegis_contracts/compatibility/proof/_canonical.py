"""
The engine's canonical forms: they know less of references, and more of combinations.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from aegis_contracts.compatibility._flat import Parts
from aegis_contracts.compatibility._universe import Universe
from aegis_contracts.compatibility.proof._measures import choices_of, mentions, size_of

NODES: Final = 200
_CHOICES: Final = 6
_ASKED: Final = 40
_FEW: Final = 40
_LITTLE: Final = 80


def identity(parts: Parts) -> tuple[int, ...]:
    """
    Name a conjunction by its very schemas, which somebody must keep as long as the name counts.
    """
    return tuple(id(part.schema) if isinstance(part.schema, dict) else hash(part.schema) for part in parts)


class Canonical:
    """
    The canonical forms of what a sender may say and a receiver takes, within bounds of size.
    """

    def __init__(self, sender: Universe, receiver: Universe) -> None:
        self._sender = sender
        self._receiver = receiver
        self._forms: dict[tuple[int, tuple[int, ...]], Any] = {}
        self._kept: list[Parts] = []
        self._asked = 0

    def covers(self, sender: Parts, receiver: Parts) -> bool:
        """
        Say whether the receiver is proved to take all that the sender may say.
        """
        import jsonschema_rs

        self._asked += 1
        limit = NODES if self._asked < _ASKED else _FEW
        if any(
            size_of(u.document(parts), limit) > limit
            for u, parts in ((self._sender, sender), (self._receiver, receiver))
        ):
            return False
        one, other = self._canon(self._receiver, receiver), self._canon(self._sender, sender)
        if one is None or other is None:
            return False
        try:
            answer: bool = str(one.covers(other)) == "yes"
        except jsonschema_rs.canonical.CanonicalizationError:
            return False
        return answer

    def difference(self, sender: Parts, receiver: Parts) -> Any:
        """
        Return a schema of what the sender may say and the receiver refuses, if the canonical form can tell.
        """
        import jsonschema_rs

        sides = ((self._sender, sender), (self._receiver, receiver))
        if any(size_of(universe.document(parts), _LITTLE) > _LITTLE for universe, parts in sides):
            return None  # what differs of two large schemas takes seconds to say
        one, other = self._canon(self._sender, sender), self._canon(self._receiver, receiver)
        if one is None or other is None:
            return None
        try:
            return one.subtract(other).to_json_schema()
        except (jsonschema_rs.canonical.CanonicalizationError, ValueError):
            return None

    def apart(self, sender: Parts, receiver: Parts) -> bool:
        """
        Say whether no instance is known to meet both.
        """
        import jsonschema_rs

        one, two = self._canon(self._sender, sender), self._canon(self._receiver, receiver)
        if one is None or two is None:
            return False
        try:
            return str(one.intersect(two).satisfiability()) == "no"
        except jsonschema_rs.canonical.CanonicalizationError:
            return False

    def _canon(self, universe: Universe, parts: Parts) -> Any:
        import jsonschema_rs

        key = (id(universe), identity(parts))
        if key not in self._forms:
            while len(self._forms) >= _ASKED:
                del self._forms[next(iter(self._forms))]
            document = universe.document(parts) if parts else True
            self._kept.append(parts)
            self._forms[key] = None
            small = size_of(document, NODES) <= NODES and choices_of(document) <= _CHOICES
            if small and not mentions(document, "x-max-bytes"):
                with suppress(ValueError, jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError):
                    self._forms[key] = jsonschema_rs.canonicalize(
                        document, draft=jsonschema_rs.Draft202012, validate_formats=True, offline=True
                    )
        return self._forms[key]
