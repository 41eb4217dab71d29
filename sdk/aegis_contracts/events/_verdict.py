"""
The verdict over one event schema, told in places of the *source* files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aegis_contracts._violation import Violation
from aegis_contracts.json_pointer import find, unescape
from aegis_contracts.verdict._messages import message
from aegis_contracts.verdict._verdict import DIALECT, Verdict, to_pointer

_MISSING: Any = object()
_NAME = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]{0,63}|[0-9]{1,6})?\Z", re.ASCII)


class EventVerdict:
    """
    A compiled event schema, and where each of its keywords stands in the source.

    Args:
        schema: flattened and self-contained.
        sources: the source place of each keyword, by pointer into *schema*; or a function that reads them when needed.
    """

    __slots__ = ("_verdict", "is_valid", "schema", "sources")

    def __init__(self, schema: Mapping[str, Any], sources: Mapping[str, str] | Callable[[], Mapping[str, str]]) -> None:
        self.schema = schema
        self.sources = sources
        self._verdict = Verdict(schema, _same)
        self.is_valid: Callable[[Any], bool] = self._verdict.is_valid

    def violations(self, instance: Any) -> list[Violation]:
        """
        List every rule that *instance* breaks, value-free; empty when it meets the schema.
        """
        found = self._verdict.violations(instance)
        if not found:
            return []
        sources = self.sources if isinstance(self.sources, Mapping) else self.sources()
        patterns = {(v.pointer, _parent(v.schema)) for v in found if v.rule == "pattern"}
        told = [
            self._told(violation, sources)
            for violation in found
            # The portable profile keeps a pattern beside each format; one of the two is enough to read.
            if not (violation.rule == "format" and (violation.pointer, _parent(violation.schema)) in patterns)
        ]
        return sorted(told, key=lambda v: (v.pointer.count("/"), v.rule != "required"))

    def _told(self, violation: Violation, sources: Mapping[str, str]) -> Violation:
        place, said = violation.schema, violation.message
        parent = look(self.schema, _parent(place))
        if violation.rule == "required":
            name = unescape(violation.pointer.rpartition("/")[2])
            names = parent.get("required", [])
            place = f"{place}/{names.index(name)}" if name in names else place
        expected = parent.get("x-expected") if isinstance(parent, Mapping) else None
        if expected and violation.rule in {"pattern", "format"}:
            said = f"must be {expected}"
        source = sources.get(place) or sources.get(violation.schema) or f"#{place}"
        return Violation(_shown(violation.pointer), violation.rule, said, source, violation.mend)


def look(document: Any, pointer: str, default: Any = None) -> Any:
    """
    Follow a JSON pointer through plain data; *default* where it leads to nothing.
    """
    return find(document, pointer, default)


def unlike_dialect(schema: Any) -> Iterator[tuple[str, str]]:
    """
    Say where *schema* is no JSON Schema 2020-12, by its own meta-schema.
    """
    import jsonschema_rs

    for error in jsonschema_rs.iter_errors({"$ref": DIALECT}, schema, offline=True):
        yield to_pointer(error.instance_path), f"is no JSON Schema 2020-12: {message(error.kind)}"


def _shown(pointer: str) -> str:
    """
    Hide the names that only the message knows and that look like values: an address may stand where a name should.
    """
    steps = pointer.split("/")
    return pointer if all(map(_NAME.match, steps[1:])) else "/".join(s if _NAME.match(s) else "*" for s in steps)


def _same(pointer: str) -> str:
    return pointer


def _parent(pointer: str) -> str:
    return pointer.rpartition("/")[0]
