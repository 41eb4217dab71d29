"""
What stands for "not sent": many clients write ``null``, or what is empty, for what their user left alone.

Only what breaks the contract is looked at: where it allows ``null`` or an empty text, that is what was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

from aegis_contracts import Violation
from aegis_contracts.exchange import Reading, RequestReader, kind
from aegis_contracts.json_pointer import join, split
from aegis_mockserver.world._nearest import meant

ABSENT: Final = ("null", "empty")
_ROUNDS = 32  # what is left out may show more, as in a part that holds nothing else; no client writes deeper
_SHOWN = 10
_NOTHING: Any = object()


class Sent(NamedTuple):
    """
    A request as it came, and who reads it.
    """

    reader: RequestReader
    path_values: Mapping[str, str]
    query: str
    fields: Mapping[str, str]
    body: bytes

    def read(self) -> Reading:
        """
        Read it.
        """
        return self.reader.read(self.path_values, self.query, self.fields, self.body)


def chosen_words(words: Iterable[str]) -> frozenset[str]:
    """
    Take the words that are known.

    Raises:
        ValueError: one is not.
    """
    chosen = list(words)
    for word in chosen:
        if word not in ABSENT:
            raise ValueError(f"absent has no {word!r}; {meant(str(word), ABSENT)}")
    return frozenset(chosen)


class Places:
    """
    Where a request that breaks these rules may have written something that stands for "not sent".

    Args:
        violations: kept as long as this is.
    """

    def __init__(self, violations: Iterable[Violation]) -> None:
        self._violations = tuple(violations)
        self._places = list(_places(self._violations))

    def left_alone(self, reading: Reading, words: Collection[str] = ABSENT) -> dict[str, str]:
        """
        Find the members that may stand for "not sent": their pointers, and the word for what they are.
        """
        found: dict[str, str] = {}
        for place, where, above, name in self._places:
            whole = getattr(reading, where)
            holder = _at(whole, above) if above else whole
            if isinstance(holder, dict):
                sent = holder.get(name, _NOTHING)
            elif where == "query" and isinstance(holder, list) and not any(holder):
                place, sent = join(where, *above), [] if isinstance(_at(whole, above[:-1]), dict) else _NOTHING
            else:
                continue
            if not sent and (word := _word(sent)) and word in words:
                found[place] = word
        return found


def _places(violations: Iterable[Violation]) -> Iterator[tuple[str, str, list[str], str]]:
    for violation in violations:
        place = violation.pointer
        where, *above = split(place) or ("",)
        if violation.rule == "required":
            place = join(where, *above[:-1])  # what lacks it may itself be empty
            del above[-1:]
        if above and where in {"body", "query", "header"}:
            *above, name = above
            yield place, where, above, name


def leave_out(sent: Sent, words: Collection[str]) -> tuple[Reading, dict[str, str]]:
    """
    Read a request as if what stands for "not sent" were not there; what is required is missing then.

    Returns:
        What is read, and what was left out.
    """
    reading = sent.read()
    alone = Places(reading.violations).left_alone(reading, words)
    gone = {place: word for place, word in alone.items() if not place.startswith("/body/")}
    if gone:
        places = [split(place) for place in gone]
        headers = {steps[1].lower() for steps in places if steps[0] == "header"}
        query = _without(sent.query, [steps[1:] for steps in places if steps[0] == "query"])
        fields = {name: value for name, value in sent.fields.items() if name not in headers}
        reading = sent._replace(query=query, fields=fields).read()
    content_type = sent.fields.get("content-type", "") or reading.media_type
    reader = sent.reader.body_reader(content_type) if reading.has_body else None
    if reader is None or kind(content_type) == "sequence":
        return reading, gone
    broken = reader.violations(reading.body, sent.body, content_type)
    others = [violation for violation in reading.violations if violation not in broken]
    for _ in range(_ROUNDS):
        alone = Places(reading.violations).left_alone(reading, words)
        found = {place: word for place, word in alone.items() if place.startswith("/body/")}
        if not found:
            break
        for place in found:
            *above, name = split(place)[1:]
            holder = _at(reading.body, above)
            if isinstance(holder, dict):
                holder.pop(name, None)
        gone |= found
        reading.violations = [*others, *reader.violations(reading.body, sent.body, content_type)]
    return reading, gone


def mend(sent: Sent, words: Collection[str] = ()) -> str:
    """
    Say with what words more of a request would be taken as not sent; nothing where none would.

    Args:
        words: that are in force.
    """
    reading, gone = leave_out(sent, ABSENT)
    required = {violation.pointer for violation in reading.violations if violation.rule == "required"}
    gone = {place: word for place, word in gone.items() if place not in required and word not in words}
    if not gone:
        return ""
    wanted = ",".join(word for word in ABSENT if word in words or word in gone.values())
    return f"Start the mock with --absent {wanted} to take {named(gone)} as not sent."


def named(places: Iterable[str]) -> str:
    """
    Name some places of many.
    """
    names = list(places)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _at(value: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _NOTHING
    return value


def _word(value: Any) -> str:
    if value is None:
        return "null"
    return "empty" if not value and isinstance(value, str | list | dict) else ""


def _without(query: str, places: Sequence[tuple[str, ...]]) -> str:
    """
    Leave empty values out of a query: ``name=``, ``name[member]=`` and, of an exploded object, ``member=``.
    """
    names = {name + "".join(f"[{step}]" for step in steps) for name, *steps in places}
    names |= {steps[-1] for steps in places}
    return "&".join(
        part
        for part, (name, _, value) in ((part, part.partition("=")) for part in query.split("&"))
        if value or unquote_plus(name).removesuffix("[]") not in names
    )
