"""
What is the same in both versions, by content, so that it need not be compared.

A part is untouched when it is written alike and reaches only parts that are untouched. Found out over the text of each
component once, whatever the size of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from aegis_contracts import Contract, Place
from aegis_contracts.json_pointer import join

_REFERENCE: Final = re.compile(rb'"\$(?:ref|dynamicRef)":"((?:[^"\\]|\\.)*)"')


class Untouched:
    """
    The components of two versions of a document that are the same, and what they reach.
    """

    def __init__(self, old: Contract, new: Contract) -> None:
        self._dialect = old.openapi_version[:3] == new.openapi_version[:3]
        self._old, self._new = old.documents.root, new.documents.root
        before = dict(_components(old.document))
        after = dict(_components(new.document))
        same = {p for p, node in before.items() if p in after and after[p] == node and _text(after[p]) == _text(node)}
        reached = {pointer: _references(before[pointer]) for pointer in same}
        users: dict[str, list[str]] = {}
        pending: list[str] = []
        for pointer, references in reached.items():
            for reference in references:
                component = _component(reference)
                if component is None or component not in same:
                    pending.append(pointer)
                else:
                    users.setdefault(component, []).append(pointer)
        touched: set[str] = set()
        while pending:
            pointer = pending.pop()
            if pointer not in touched:
                touched.add(pointer)
                pending.extend(users.get(pointer, ()))
        self._components = same - touched

    def same(self, old: Any, new: Any) -> bool:
        """
        Say whether two parts are written alike and reach nothing that was touched.
        """
        if not self._dialect or old != new or _text(old) != _text(new):
            return False
        return all(_component(r) in self._components for r in _references(old))

    def places(self, old: Place, new: Place) -> bool:
        """
        Say whether two places are the same component, untouched.
        """
        if not self._dialect or old.pointer != new.pointer:
            return False
        return old.uri == self._old and new.uri == self._new and old.pointer in self._components


def _components(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    components = document.get("components")
    for section, members in components.items() if isinstance(components, dict) else ():
        if isinstance(members, dict):
            for name, node in cast("dict[str, Any]", members).items():
                yield join("components", section, name), node


def _text(node: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(node, order="deterministic")  # Python takes 1 and true for equal


def _references(node: Any) -> set[str]:
    return {match.decode() for match in _REFERENCE.findall(_text(node))}


def _component(reference: str) -> str | None:
    """
    Name the component that a reference leads to, or into; None when it leads elsewhere.
    """
    if not reference.startswith("#/components/"):
        return None
    steps = reference.removeprefix("#").split("/")
    return "/".join(steps[:4]) if len(steps) >= 4 and "%" not in reference else None
