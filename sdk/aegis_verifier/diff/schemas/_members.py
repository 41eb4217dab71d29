"""
What no proof tells: properties that are named or no longer named, other defaults, and texts that mean something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from aegis_contracts import DanglingReferenceError, Place
from aegis_contracts.documents._documents import Documents

_DEEP: Final = 12
_NOTHING: Final[Mapping[str, Any]] = {}
Note = Callable[[str, Place, Place, str], None]
Seen = set[tuple[Place, Place]]


class Part(NamedTuple):
    """
    A schema as it is written, and where.
    """

    node: Any
    place: Place


class Members:
    """
    Walks two versions of a schema side by side, by the names of properties.

    Args:
        old, new: the files of both versions.
        provider: the provider sends what is described; else the client does.
        note: takes rule, old place, new place and message.
        seen: places that were compared before.
    """

    def __init__(self, old: Documents, new: Documents, provider: bool, note: Note, seen: Seen) -> None:
        self._old = old
        self._new = new
        self._provider = provider
        self._note = note
        self._seen = seen

    def compare(self, old: Part, new: Part, depth: int = 0) -> None:
        """
        Note what is named by one version only, and defaults that changed.
        """
        one, other = _followed(self._old, old), _followed(self._new, new)
        if one is None or other is None or depth > _DEEP or (one.place, other.place) in self._seen:
            return
        self._seen.add((one.place, other.place))
        self._content(one, other)
        self._discriminator(one, other)
        was, now = dict(_properties(self._old, one, 0)), dict(_properties(self._new, other, 0))
        for name, part in was.items():
            if name in now:
                self._default(name, part, now[name])
                self.compare(part, now[name], depth + 1)
            elif not self._provider:
                message = f"the property {name} is no longer named"
                self._note("request-property-removed", part.place, other.place, message)
        for name, part in now.items():
            if name not in was:
                rule = "response-property-added" if self._provider else "request-property-added"
                self._note(rule, one.place, part.place, f"the property {name} is new")
        if "items" in one.node and "items" in other.node:
            items = Part(one.node["items"], one.place.at("items")), Part(other.node["items"], other.place.at("items"))
            self.compare(*items, depth + 1)

    def _content(self, one: Part, other: Part) -> None:
        was, now = _coding(one), _coding(other)
        media = one.node.get("contentMediaType"), other.node.get("contentMediaType")
        if was != now:
            message = f"the text is written in {now or 'no encoding'}, and was in {was or 'none'}"
        elif None not in media and media[0] != media[1]:
            message = f"the text is {media[1]}, and was {media[0]}"
        else:
            return
        rule = "response-content-changed" if self._provider else "request-content-changed"
        self._note(rule, one.place, other.place, message)

    def _discriminator(self, one: Part, other: Part) -> None:
        was, now = _tag(self._old, one), _tag(self._new, other)
        if was == now:
            return
        way = "response" if self._provider else "request"
        if was is None or now is None:
            message = (
                "the property that names the alternative is told" if was is None else "no property names it any more"
            )
            self._note(f"{way}-discriminator-{'added' if was is None else 'removed'}", one.place, other.place, message)
        elif was[0] != now[0]:
            message = f"the property that names the alternative is {now[0]}, and was {was[0]}"
            self._note(f"{way}-discriminator-changed", one.place, other.place, message)
        else:
            for value in sorted(was[1] - now[1]):
                message = f"{was[0]}: {value} names no alternative any more"
                self._note(f"{way}-discriminator-value-removed", one.place, other.place, message)
            for value in sorted(now[1] - was[1]):
                message = f"{was[0]}: {value} names an alternative as well"
                self._note(f"{way}-discriminator-value-added", one.place, other.place, message)

    def _default(self, name: str, old: Part, new: Part) -> None:
        if self._provider:
            return  # a default says what is meant where the client says nothing
        was, now = _default(self._old, old), _default(self._new, new)
        if was != now:
            message = f"the default of {name} is another one"
            self._note("request-property-default-changed", old.place, new.place, message)


def _followed(documents: Documents, part: Part) -> Part | None:
    try:
        node, place = documents.follow(part.node, part.place)
    except DanglingReferenceError:
        return None
    return Part(cast("Mapping[str, Any]", node), place) if isinstance(node, dict) else None


def _properties(documents: Documents, part: Part, depth: int) -> Iterator[tuple[str, Part]]:
    if depth > _DEEP:
        return
    properties = part.node.get("properties")
    for name, node in properties.items() if isinstance(properties, dict) else ():
        yield name, Part(node, part.place.at("properties", name))
    members = part.node.get("allOf")
    for index, node in enumerate(members if isinstance(members, list) else ()):
        member = _followed(documents, Part(node, part.place.at("allOf", index)))
        if member is not None:
            yield from _properties(documents, member, depth + 1)


def _tag(documents: Documents, part: Part) -> tuple[str, frozenset[str]] | None:
    """
    Return the property that names the alternative, and the values that do: by the mapping, else by themselves.
    """
    given: Any = part.node.get("discriminator")
    if not isinstance(given, dict):
        return None
    told = cast("dict[str, Any]", given)
    tag: Any = told.get("propertyName")
    if not isinstance(tag, str):
        return None
    mapping: Any = told.get("mapping")
    written = cast("dict[str, Any]", mapping) if isinstance(mapping, dict) else {}
    values = {str(value): str(target) for value, target in written.items()}
    found = set(values)
    for key in ("oneOf", "anyOf"):
        members: Any = part.node.get(key)
        listed: list[Any] = members if isinstance(members, list) else []
        for index, node in enumerate(listed):
            reference: Any = cast("dict[str, Any]", node).get("$ref") if isinstance(node, dict) else None
            if isinstance(reference, str) and not {reference, reference.rpartition("/")[2]} & set(values.values()):
                found |= _named(documents, Part(node, part.place.at(key, index)), tag, reference.rpartition("/")[2])
    return tag, frozenset(found)


def _named(documents: Documents, member: Part, tag: str, name: str) -> set[str]:
    """
    Return the values by which an alternative says of itself that it is meant; else the name of its schema.
    """
    followed = _followed(documents, member)
    said = dict(_properties(documents, followed, 0)).get(tag) if followed else None
    node = said.node if said is not None and isinstance(said.node, dict) else _NOTHING
    if "const" in node:
        return {str(node["const"])}
    return set(map(str, node["enum"])) if isinstance(node.get("enum"), list) else {name}


def _coding(part: Part) -> Any:
    """
    Return how the bytes of a text are encoded; OpenAPI 3.0 says it by a format.
    """
    return "base64" if part.node.get("format") == "byte" else part.node.get("contentEncoding")


def _default(documents: Documents, part: Part) -> tuple[bool, Any]:
    node = part.node if isinstance(part.node, dict) else _NOTHING
    if "default" not in node:
        followed = _followed(documents, part)
        node = followed.node if followed else _NOTHING
    return ("default" in node, node.get("default"))
