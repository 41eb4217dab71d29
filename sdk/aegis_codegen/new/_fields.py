"""
Fields as they are typed: ``name:type``, with ``?`` at the end for what may be left out and ``[]`` for a list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_contracts import bundled
from aegis_shell import CommandError, did_you_mean

_FIELD = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*):(?P<type>[A-Za-z][A-Za-z0-9_-]*)(?P<many>\[\])?(?P<optional>\?)?")
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def _timestamp() -> dict[str, Any]:
    """
    A point in time as our own envelope has it: the pattern knows the calendar, so nothing has to be said twice.
    """
    envelope = json.loads((bundled() / "schemas" / "envelope.v1.json").read_text("utf-8"))
    whole = envelope["$defs"]["timestamp"]
    return {keyword: whole[keyword] for keyword in ("type", "format", "maxLength", "pattern")}


# What every engine decides alike, so that the schemas pass the portable profile.
PLAIN: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string", "minLength": 1, "maxLength": 200},
    "integer": {"type": "integer", "minimum": 0, "maximum": 2_147_483_647},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date", "maxLength": 10, "pattern": f"^{_DATE}$"},
    "date-time": _timestamp(),
    "uuid": {"type": "string", "format": "uuid", "maxLength": 36, "pattern": f"^{_UUID}$"},
}


@dataclass(frozen=True, slots=True)
class Field:
    """
    A member of an object.
    """

    name: str
    type: str
    many: bool = False
    optional: bool = False

    def schema(self, known: Mapping[str, str]) -> dict[str, Any]:
        """
        Describe the field.

        Args:
            known: schemas that may be named as a type, each with the reference to it.

        Raises:
            CommandError: there is no such type; the nearest is named.
        """
        if self.type in PLAIN:
            one: dict[str, Any] = dict(PLAIN[self.type])
        elif self.type in known:
            one = {"$ref": known[self.type]}
        else:
            guess = did_you_mean(self.type, [*PLAIN, *known]) or f"known are {', '.join([*PLAIN, *known])}"
            raise CommandError(f"{self.name}: there is no type {self.type}; {guess}")
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", self.name).lower()
        said = {"title": words.capitalize(), "description": f"The {words}."}
        if self.many:
            return {"type": "array", "maxItems": 100, "items": one, **said}
        return {**one, **said}


def read_fields(texts: Iterable[str]) -> list[Field]:
    """
    Read fields as they were typed.

    Raises:
        CommandError: one is not of the form, or given twice.
    """
    found: list[Field] = []
    for text in texts:
        match = _FIELD.fullmatch(text)
        if match is None:
            raise CommandError(f"{text!r} is no field; write name:type, such as reason:string or ends_at:date-time?")
        if any(field.name == match["name"] for field in found):
            raise CommandError(f"the field {match['name']} is given twice")
        found.append(Field(match["name"], match["type"], bool(match["many"]), bool(match["optional"])))
    return found


def object_of(fields: Iterable[Field], known: Mapping[str, str]) -> dict[str, Any]:
    """
    Describe an object with these members.
    """
    given = list(fields)
    required = [field.name for field in given if not field.optional]
    made: dict[str, Any] = {"type": "object", "properties": {field.name: field.schema(known) for field in given}}
    return {**made, "required": required} if required else made
