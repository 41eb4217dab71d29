"""
Which version of an item this is, and the conditions that a request makes of it (RFC 9110 §13).
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from aegis_contracts import Operation
from aegis_contracts._model import operations_of
from aegis_contracts.exchange import CONDITIONS, Reading
from aegis_mockserver.behaviours.items._views import put_at, value_at
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.world import Store

_NAMES = frozenset({"resourceversion", "etag", "odataetag", "lockversion", "rowversion"})


class Versions:
    """
    Where an item tells its version, which is another after each change.

    Args:
        id_steps: where the item's name is; its version stands beside it.
    """

    def __init__(self, item: Shape, id_steps: Steps) -> None:
        beside = id_steps[:-1]
        around = item.at(beside).properties
        told = (name for name, shape in around.items() if plain(name) in _NAMES and shape.types & {"string", "integer"})
        name = next(told, None)
        self.steps: Steps = (*beside, name) if name is not None else ()
        self._counts = name is not None and "string" not in around[name].types

    def advance(self, item: dict[str, Any], old: dict[str, Any] | None = None) -> None:
        """
        Give an item the version after that of *old*; its first where there is none.
        """
        if self.steps:
            before = key_text(value_at(old, self.steps) or "") if old is not None else ""
            count = int(before) + 1 if before.isascii() and before.isdecimal() and len(before) < 19 else 1
            put_at(item, self.steps, count if self._counts else str(count))

    def is_stale(self, sent: Any, old: dict[str, Any]) -> bool:
        """
        Say whether a body tells another version than the one that is to be changed.
        """
        said = value_at(sent, self.steps) if self.steps else None
        held = value_at(old, self.steps) if said not in {None, ""} else None
        return held is not None and key_text(said) != key_text(held)

    def tag(self, item: dict[str, Any] | None, content: bytes) -> str:
        """
        Return the entity tag of an item: its version where it tells one, else what its content comes to.
        """
        said = value_at(item, self.steps) if self.steps else None
        text = key_text(said) if said is not None else f"{crc32(content):08x}"
        return text if text.startswith(('"', 'W/"')) else f'"{text}"'


class Preconditions:
    """
    What one operation asks of the version of an item, where its contract knows such conditions.

    Args:
        path: of the item.
    """

    def __init__(self, operation: Operation, path: str, versions: Versions) -> None:
        self._versions = versions
        self._match, self._none = _header(operation, "if-match"), _header(operation, "if-none-match")
        # 409 where the contract has that word for it, and where it has none.
        declared = (status for status in (409, 412) if str(status) in operation.responses)
        self._conflict = next(declared, 409)
        self._unchanged = "304" in operation.responses
        self.tells = bool(self._match or self._none) or _is_told(operation, path)

    def headers(self, store: Store, key: str) -> dict[str, str]:
        """
        Return the entity tag of an item that is kept.
        """
        content = store.get_bytes(key) if self.tells else None
        return {"ETag": self._versions.tag(store.get(key), content)} if content is not None else {}

    def refuse(self, reading: Reading, store: Store, key: str, sent: Any = None) -> Answer | Problem | None:
        """
        Refuse a request whose condition does not hold; one that reads what the client has already is answered so.

        Args:
            sent: the item as the client wrote it.
        """
        content = store.get_bytes(key)
        if content is None:
            return None
        match = reading.header.get(self._match) if self._match else None
        none = reading.header.get(self._none) if self._none else None
        if match is None and none is None:
            stale = bool(self._versions.steps) and self._versions.is_stale(sent, store.get(key))
            said = "The item was changed since: it has another version than the one that was sent."
            return Problem("conflict", self._conflict, said, "The item was changed") if stale else None
        tag = self._versions.tag(store.get(key), content)
        if match is not None and not _has(match, tag):
            return Problem("precondition_failed", 412, "The item has another version.", "The condition does not hold")
        if none is None or not _has(none, tag):
            return None
        if self._unchanged:
            return Answer(304, NO_BODY, {"ETag": tag}, origin="state")
        return None


def _header(operation: Operation, name: str) -> str:
    """
    Return how a contract spells a header that it takes, or whose answer it declares; empty where it does neither.
    """
    headers = [one.name for one in operation.parameters if one.location == "header"]
    headers += [implied for status, implied in CONDITIONS.items() if status in operation.responses]
    return next((one for one in headers if one.lower() == name), "")


def _is_told(operation: Operation, path: str) -> bool:
    """
    Say whether the contract knows entity tags of an item: an answer has one, or a request may have conditions.
    """
    contract = operation.contract
    node = contract.document.get("paths", {}).get(path)
    if not isinstance(node, dict):
        return False
    for one in operations_of(contract, path, node, contract.root.at("paths", path)):
        if _header(one, "if-match") or any("etag" in map(str.lower, each.headers) for each in one.responses.values()):
            return True
    return False


def _has(wanted: Any, tag: str) -> bool:
    """
    Say whether a condition names a tag; who leaves its quotes out means it too.
    """
    named = {each.strip().removeprefix("W/").strip('"') for each in key_text(wanted).split(",")}
    return "*" in named or tag.removeprefix("W/").strip('"') in named
