"""
What a test says about an instance, put over what was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from typing import Any, cast

import msgspec
from pydantic import BaseModel

from aegis_runtime import OMIT, Secret
from aegis_testing.factories._errors import FactoryError


def plain(value: Any) -> Any:
    """
    Write a value as JSON says it: models, dates, enums and secrets as well.
    """
    match value:
        case Secret():
            return value.reveal()
        case BaseModel():
            return json.loads(value.model_dump_json(by_alias=True, exclude_unset=True))
        case Enum():
            return value.value
        case msgspec.Struct():
            return msgspec.to_builtins(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _ if isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            return {str(name): member if member is OMIT else plain(member) for name, member in members.items()}
        case list() | tuple():
            return [plain(item) for item in cast("Iterable[Any]", value)]
        case _:
            return value


def merged(made: Any, wanted: Any, names: Mapping[str, Any], what: str, pointer: str = "") -> Any:
    """
    Put *wanted* over *made*: objects member by member, everything else whole; ``OMIT`` takes a member out.

    Args:
        names: the wire's name of each Python name, and what is inside: ``{"user_id": ("userId", {…})}``; a map, which
            may have any names, is replaced whole.

    Raises:
        FactoryError: a name is none of the model's.
    """
    if not isinstance(made, dict) or not isinstance(wanted, Mapping) or not names:
        return plain(wanted)
    found = cast("dict[str, Any]", made).copy()
    known = dict(names.values())
    for name, value in cast("Mapping[str, Any]", wanted).items():
        wire, inside = names.get(name) or (name, known.get(name, {}))
        if wire not in known:
            near = get_close_matches(name, [*names, *known], 1)
            mend = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            raise FactoryError(what, (), f"{pointer}/{name} is no member of it; {mend}")
        if value is OMIT:
            found.pop(wire, None)
        else:
            found[wire] = merged(found.get(wire), value, inside, what, f"{pointer}/{wire}")
    return found
