"""
From text to data, and from a JSON pointer back to line and column.

Reads JSON exactly (big integers stay integers) and YAML by the 1.2 core schema, as OpenAPI 3.1 §4.3 asks: ``no`` is
text, ``1e3`` a number, a date is text. Positions are computed only when something is wrong and has to be shown.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from aegis_contracts._violation import ContractError, Finding
from aegis_contracts.json_pointer import escape

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}
_BLANK = re.compile(r"[ \t\r\n]*")

# A document of megabytes has some hundred thousand nodes.
MAX_ALIASED = 500_000
Position = tuple[int, int]


def parse(text: bytes, source: str) -> Any:
    """
    Read JSON or YAML text into plain data.

    Raises:
        ContractError: the text is neither; the finding has line and column.
    """
    if is_json(text):
        return _parse_json(text, source)
    return _parse_yaml(text, source)


def is_json(text: bytes) -> bool:
    """
    Tell JSON from YAML by the first character that is no white space.
    """
    return text.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def positions(text: bytes, pointers: Iterable[str]) -> dict[str, Position]:
    """
    Find line and column (both from 1) of each pointer; a pointer into nothing gets its nearest ancestor's place.
    """
    wanted = set(pointers)
    if not wanted:
        return {}
    ancestors = {pointer[:end] for pointer in wanted for end in _ends(pointer)}
    walk = _json_places(text, ancestors) if is_json(text) else _yaml_places(text)
    known: dict[str, Position] = {"": (1, 1)}
    for pointer, place in walk:
        if pointer in ancestors:
            known.setdefault(pointer, place)
    return {p: known[next(p[:end] for end in reversed(_ends(p)) if p[:end] in known)] for p in wanted}


def _ends(pointer: str) -> list[int]:
    return [index for index, char in enumerate(pointer) if char == "/"] + [len(pointer)]


def _refused(source: str, line: int, column: int, rule: str, message: str, mend: str) -> ContractError:
    return ContractError((Finding(source, line, column, "", rule, message, mend),))


def _parse_json(text: bytes, source: str) -> Any:
    import msgspec

    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if text.lstrip()[:1] in (b"{", b"[") and b"\n" in text:
            try:  # YAML flow style begins like JSON
                return _parse_yaml(text, source)
            except ContractError:
                pass
        message = f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise _refused(source, error.lineno, error.colno, "syntax", message, "mend the syntax at this place") from None
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise _refused(source, line, 1, "encoding", "is not UTF-8", "save the file as UTF-8") from None
    except (RecursionError, ValueError) as error:
        raise _refused(source, 1, 1, "syntax", f"cannot be read: {error}", "simplify the document") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number (RFC 8259 §6)")


def scalar(value: str) -> Any:
    """
    Resolve a plain YAML scalar by the 1.2 core schema (YAML 1.2.2 §10.3).
    """
    if value in _WORDS:
        return _WORDS[value]
    if value[0] in "0123456789+-.":
        if _INTEGER.match(value):
            return int(value)
        if _FLOAT.match(value):
            return float(value)
        if _OCTAL.match(value):
            return int(value, 0)
        if _HEXADECIMAL.match(value):
            return int(value, 0)
    return value


def _parse_yaml(text: bytes, source: str) -> Any:
    import yaml

    try:
        return _Build(_yaml_events(text), source).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = error.problem or "cannot be read"
        raise _refused(source, line, column, "syntax", f"is not YAML: {said}", "mend the syntax here") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _refused(source, 1, 1, "syntax", f"cannot be read: {said}", "save the file as UTF-8 YAML") from None


def _yaml_events(text: bytes) -> Iterator[Any]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


class _Build:
    """
    Builds data from YAML events; refuses duplicate keys, which YAML forbids (1.2.2 §3.2.1.3) and parsers let pass.
    """

    def __init__(self, events: Iterator[Any], source: str) -> None:
        self.events = events
        self.source = source
        self.anchors: dict[str, Any] = {}
        # How many nodes an alias stands for, by anchor; how many there are so far, and how many through aliases.
        self.weights: dict[str, int] = {}
        self.nodes = 0
        self.aliased = 0
        self.duplicates: list[Finding] = []

    def document(self) -> Any:
        for event in self.events:
            kind = type(event).__name__
            if kind in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent"}:
                value = self.node(event, "")
                break
        else:
            raise _refused(self.source, 1, 1, "empty", "is empty", "write an OpenAPI document into it")
        if self.duplicates:
            raise ContractError(tuple(self.duplicates))
        for event in self.events:  # reads on, so that an error behind the first document is not swallowed
            if type(event).__name__ == "DocumentStartEvent":
                mark = event.start_mark
                said = "holds more than one YAML document"
                raise _refused(self.source, mark.line + 1, 1, "syntax", said, "split the file at ---")
        return value

    def node(self, event: Any, pointer: str) -> Any:
        self.nodes += 1
        match type(event).__name__:
            case "ScalarEvent":
                value: Any = event.value
                if event.implicit[0] and not event.style:
                    value = scalar(value)
                elif event.tag and not event.implicit[1]:
                    value = _tagged(event.tag, value)
            case "MappingStartEvent":
                return self.mapping(event, pointer)
            case "SequenceStartEvent":
                return self.sequence(event, pointer)
            case _:
                if event.anchor not in self.anchors:
                    mark = event.start_mark
                    said = f"names the alias *{event.anchor}, which has no anchor before it"
                    raise _refused(self.source, mark.line + 1, mark.column + 1, "syntax", said, "add the anchor")
                self._weigh(event)
                return self.anchors[event.anchor]
        if event.anchor:
            self._anchor(event.anchor, value, 1)
        return value

    def _anchor(self, name: str, value: Any, weight: int) -> None:
        self.anchors[name] = value
        self.weights[name] = weight

    def _weigh(self, alias: Any) -> None:
        """
        Refuse an alias that holds itself, and aliases that stand for more than a reader could ever walk through.
        """
        mark = alias.start_mark
        weight = self.weights.get(alias.anchor)
        if weight is None:
            said = f"names *{alias.anchor} inside of what it stands for, so it never ends"
            raise _refused(self.source, mark.line + 1, mark.column + 1, "alias", said, "write a $ref instead")
        self.nodes += weight
        self.aliased += weight
        if self.aliased > MAX_ALIASED:
            said = f"stands for more than {MAX_ALIASED} nodes, together with the aliases before it"
            raise _refused(self.source, mark.line + 1, mark.column + 1, "alias", said, "write a $ref instead")

    def mapping(self, start: Any, pointer: str) -> dict[str, Any]:
        value: dict[str, Any] = {}
        before = self.nodes
        if start.anchor:
            self.anchors[start.anchor] = value
            self.weights.pop(start.anchor, None)
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                if start.anchor:
                    self._anchor(start.anchor, value, self.nodes - before)
                return value
            key = event.value if type(event).__name__ == "ScalarEvent" else self.node(event, pointer)
            if not isinstance(key, str):
                mark = event.start_mark
                said = "has a key that is no text"
                raise _refused(self.source, mark.line + 1, mark.column + 1, "syntax", said, "write the key as text")
            inside = f"{pointer}/{escape(key)}"
            item = self.node(next(self.events), inside)
            if key == "<<" and not event.style and isinstance(item, dict):
                value.update({k: v for k, v in item.items() if k not in value})
                continue
            if key in value:
                mark = event.start_mark
                said = f"has the key {key!r} twice"
                mend = "keep one of the two"
                self.duplicates.append(
                    Finding(self.source, mark.line + 1, mark.column + 1, inside, "duplicate-key", said, mend)
                )
            value[key] = item
        return value

    def sequence(self, start: Any, pointer: str) -> list[Any]:
        value: list[Any] = []
        before = self.nodes
        if start.anchor:
            self.anchors[start.anchor] = value
            self.weights.pop(start.anchor, None)
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                if start.anchor:
                    self._anchor(start.anchor, value, self.nodes - before)
                return value
            value.append(self.node(event, f"{pointer}/{len(value)}"))
        return value


def _tagged(tag: str, value: str) -> Any:
    match tag.removeprefix("tag:yaml.org,2002:"):
        case "int":
            return int(value)
        case "float":
            return float(value)
        case "bool" | "null":
            return _WORDS.get(value, value)
        case _:
            return value


def _yaml_places(text: bytes) -> Iterator[tuple[str, Position]]:
    stack: list[tuple[str, Any]] = []  # (pointer, next key: str | None | int)
    for event in _yaml_events(text):
        kind = type(event).__name__
        if kind in {"MappingEndEvent", "SequenceEndEvent"}:
            stack.pop()
            continue
        if kind not in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent", "AliasEvent"}:
            continue
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        pointer = ""
        if stack:
            base, key = stack[-1]
            if isinstance(key, int):
                pointer = f"{base}/{key}"
                stack[-1] = (base, key + 1)
                yield pointer, place
            elif key is None:
                inside = f"{base}/{escape(getattr(event, 'value', ''))}"
                stack[-1] = (base, inside)
                yield inside, place
                continue
            else:
                pointer = key
                stack[-1] = (base, None)
        if kind == "MappingStartEvent":
            stack.append((pointer, None))
        elif kind == "SequenceStartEvent":
            stack.append((pointer, 0))


def _json_places(text: bytes, wanted: set[str]) -> Iterator[tuple[str, Position]]:
    """
    Walk only to what is wanted; the decoder skips everything beside the way, at its own speed.
    """
    content = text.decode("utf-8", "replace")
    lines = [match.end() for match in re.finditer("\n", content)]
    decode = json.JSONDecoder().raw_decode

    def place(at: int) -> Position:
        line = bisect_right(lines, at)
        return line + 1, at - (lines[line - 1] if line else 0) + 1

    def blank(at: int) -> int:
        found = _BLANK.match(content, at)
        return found.end() if found else at

    def walk(pointer: str, at: int) -> Iterator[tuple[str, Position] | int]:
        """
        Go through one object or array; the last thing told is where it ends.
        """
        closing, index = ("}", 0) if content[at] == "{" else ("]", 0)
        at = blank(at + 1)
        while content[at] != closing:
            begun, name = at, str(index)
            if closing == "}":
                name, at = decode(content, at)
                at = blank(blank(at) + 1)
            inside = f"{pointer}/{escape(name)}"
            if inside in wanted:
                yield inside, place(begun)
            if inside in wanted and content[at] in "{[":
                for told in walk(inside, at):
                    if isinstance(told, int):
                        at = told
                    else:
                        yield told
            else:
                at = decode(content, at)[1]
            index, at = index + 1, blank(at)
            at = blank(at + 1) if content[at] == "," else at
        yield at + 1

    first = blank(1 if content.startswith("\ufeff") else 0)
    try:
        yield from (told for told in walk("", first) if not isinstance(told, int))
    except (IndexError, ValueError, RecursionError):
        return  # YAML in JSON's dress: what was found until here is near enough
