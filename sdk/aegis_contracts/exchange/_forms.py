"""
Forms and parts as instances: by the schema, and by what ``encoding`` says of each property (OpenAPI 3.1 §4.8.15).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from aegis_contracts._model import MediaType
from aegis_contracts._violation import Violation
from aegis_contracts.documents._documents import Place
from aegis_contracts.exchange import _media
from aegis_contracts.exchange._encodings import encoding_at, is_positional, part_headers
from aegis_contracts.exchange._json import json
from aegis_contracts.exchange._multipart import Part
from aegis_contracts.exchange._parameters import MISSING, ParameterReader, UndecodableError, decode
from aegis_contracts.exchange._scalars import (
    ONLY_ARRAY,
    ONLY_STRING,
    candidates,
    items,
    members,
    prefix_items,
    types,
)
from aegis_contracts.exchange._styles import delimiter, nested, part
from aegis_contracts.json_pointer import join

_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
Pairs = Sequence[tuple[str, str]]


class FormReader:
    """
    Makes one object of the fields of a form, or of the parts of a multipart body.

    Args:
        root: the schema of the whole, projected.
    """

    def __init__(self, media_type: MediaType, root: Any, direction: Any = "request") -> None:
        self._media_type = media_type
        self._root = root
        self._direction = direction
        self._readers: dict[str, list[ParameterReader]] = {}  # of positions, by the place of their encoding
        self._known = members(root, root)

    def _encoding(self, name: str) -> Mapping[str, Any]:
        found = self._media_type.encoding.get(name)
        return found if isinstance(found, dict) else {}

    # -- fields --------------------------------------------------------------------------------------------------------

    def fields(self, raw: Pairs) -> dict[str, Any]:
        """
        Read the raw (still percent-encoded) names and values of a form.

        Raises:
            UndecodableError: broken percent-encoding.
        """
        given = [(decode(name, plus=True), value) for name, value in raw]
        texts = [(name, decode(value, plus=True)) for name, value in given]
        out: dict[str, Any] = {}
        taken: set[str] = set()
        for name, schema in self._known.items():
            allowed = types(schema, self._root)
            if not allowed & {"array", "object"}:
                continue
            deep = nested(texts, name, schema, self._root)
            if deep is not None:
                out[name] = deep
                taken |= {written for written, _ in texts if written.startswith(f"{name}[")}
            elif "object" in allowed and self._exploded(name):
                inner = members(schema, self._root)
                own = {key: part(text, inner[key], self._root) for key, text in texts if key in inner}
                if own and name not in {written for written, _ in texts}:
                    out[name] = own
                    taken |= own.keys() - self._known.keys()
        rest = [(name, raw_value, text) for (name, raw_value), (_, text) in zip(given, texts, strict=True)]
        self._flat([each for each in rest if each[0] not in taken], out)
        return out

    def _exploded(self, name: str) -> bool:
        encoding = self._encoding(name)
        spoken = encoding.keys() & {"style", "explode", "allowReserved"}
        return bool(spoken) and encoding.get("style", "form") == "form" and encoding.get("explode", True) is True

    def _flat(self, given: list[tuple[str, str, str]], out: dict[str, Any]) -> None:
        opened: dict[str, Any] = {}
        for name, raw, text in given:
            schema = self._known.get(name)
            if schema is None:
                base, bracket, _ = name.partition("[")
                if bracket and base and base not in self._known and name.endswith("]"):
                    opened.setdefault(base, []).append((name, text))
                    continue
                schema = True
            self._field(out, name, raw, text, schema)
        for base, pairs in opened.items():
            deep = nested(pairs, base, True, self._root)
            if deep is not None and base not in out:
                out[base] = deep

    def _field(self, out: dict[str, Any], name: str, raw: str, text: str, schema: Any) -> None:
        allowed = types(schema, self._root)
        encoding = self._encoding(name)
        style = str(encoding.get("style", "form"))
        explode = encoding.get("explode", style == "form") is True
        if allowed == ONLY_ARRAY or ("array" in allowed and name in out):
            held = out.setdefault(name, [])
            item = items(schema, self._root)
            if isinstance(held, list):
                held.extend(self._meant(each, types(item, self._root)) for each in _split(raw, text, style, explode))
            return
        if "object" in allowed and not explode and encoding.keys() & {"style", "explode"}:
            pieces = _split(raw, text, style, explode)
            inner = members(schema, self._root)
            pairs = zip(pieces[::2], pieces[1::2], strict=False)
            out[name] = {key: part(value, inner.get(key, True), self._root) for key, value in pairs}
            return
        value = self._meant(text, allowed)
        if name not in out or not allowed <= _SCALARS:
            out[name] = value
            return
        # Said several times, it is no longer one value: its schema says so.
        held = out[name]
        out[name] = [*held, value] if isinstance(held, list) else [held, value]

    @staticmethod
    def _meant(text: Any, allowed: frozenset[str]) -> Any:
        if not isinstance(text, str):
            return text
        if not allowed & {"string"} and allowed & {"object", "array"} and text[:1] in {"{", "["}:
            try:
                return json(text.encode())
            except UndecodableError:
                return text
        return candidates(text, allowed)[0]

    # -- parts ---------------------------------------------------------------------------------------------------------

    def parts(self, given: Sequence[Part], prefix: str) -> tuple[Any, list[Violation]]:
        """
        Read the parts of a multipart body, and what their headers break.
        """
        found: list[Violation] = []
        nameless = "array" in types(self._root) and not any(part.name for part in given)
        if nameless or is_positional(self._media_type):
            return self._sequence(given, prefix)
        out: dict[str, Any] = {}
        opened: list[tuple[str, str]] = []
        for each in given:
            if each.name is None:
                continue
            name, _, bracket = each.name.partition("[")
            if bracket not in {"]", ""} or each.name in self._known:
                name = each.name
                if bracket and name not in self._known and _media.kind(each.media_type) == "text":
                    opened.append((name, each.content.decode("utf-8", "replace")))
            schema = self._known.get(name, True)
            found += self._part_violations(each, self._encoding(name), self._headers.get(name, ()), prefix + join(name))
            allowed = types(schema, self._root)
            if allowed == ONLY_ARRAY or ("array" in allowed and name in out):
                value = self._content(each, items(schema, self._root), whole=schema)
                held = out.setdefault(name, [])
                if isinstance(held, list):
                    held.extend(value if isinstance(value, list) else [value])
                continue
            out[name] = self._content(each, schema)
        for name, schema in self._known.items():
            if opened and name not in out and (value := nested(opened, name, schema, self._root)) is not None:
                out[name] = value
                out = {key: held for key, held in out.items() if not key.startswith(f"{name}[")}
        return out, found

    def _sequence(self, given: Sequence[Part], prefix: str) -> tuple[list[Any], list[Violation]]:
        """
        Read parts that are told by their position (OpenAPI 3.2 §4.14.5).
        """
        owner, root = self._media_type, self._root
        if owner.item_schema is not None and owner.schema is None:
            root = {"items": owner.item_schema.projected(self._direction)}
        first = prefix_items(root, root)
        made: list[Any] = []
        found: list[Violation] = []
        for index, each in enumerate(given):
            encoding, place = encoding_at(owner, index)
            if place.pointer not in self._readers:
                self._readers[place.pointer] = self._header_readers(encoding, place)
            found += self._part_violations(each, encoding, self._readers[place.pointer], f"{prefix}/{index}")
            made.append(self._content(each, first[index] if index < len(first) else items(root, root)))
        return made, found

    def _content(self, given: Part, schema: Any, whole: Any = None) -> Any:
        match _media.kind(given.media_type):
            case "json":
                value = json(given.content)
                # A file of JSON is a text all the same, where the schema wants one.
                if types(schema, self._root) == ONLY_STRING and not isinstance(value, str):
                    return given.content.decode("utf-8", "replace")
                return value
            case "xml" if types(schema, self._root) & {"object", "array"} and schema is not True:
                from aegis_contracts.exchange.xml import _reading

                return _reading.read(given.content, self._root, schema)
            case _:
                pass
        try:
            text = given.content.decode("utf-8")
        except UnicodeDecodeError:
            return given.content.decode("latin-1")
        wanted = types(schema if whole is None else whole, self._root)
        if not wanted & _SCALARS and text[:1] in {"{", "["}:
            return self._meant(text, wanted)
        return self._meant(text, types(schema, self._root))

    @cached_property
    def _headers(self) -> dict[str, list[ParameterReader]]:
        place = self._media_type.place.at("encoding")
        return {name: self._header_readers(node, place.at(name)) for name, node in self._media_type.encoding.items()}

    def _header_readers(self, encoding: Any, place: Place) -> list[ParameterReader]:
        return [ParameterReader(header) for header in part_headers(self._media_type, encoding, place)]

    def _part_violations(
        self, given: Part, encoding: Mapping[str, Any], headers: Sequence[ParameterReader], pointer: str
    ) -> list[Violation]:
        wanted = encoding.get("contentType")
        found: list[Violation] = []
        # A part that says no type of its own is not held to one.
        if isinstance(wanted, str) and "content-type" in given.headers:
            ranges = {each.strip(): True for each in wanted.split(",")}
            if _media.best(ranges, given.media_type) is None:
                source = self._media_type.source
                found.append(
                    Violation(pointer, "media-type", f"must be {wanted}", source, f"send the part as {wanted}")
                )
        for reader in headers:
            value = reader.from_text(given.headers.get(reader.name))
            header = f"{pointer}/header{join(reader.parameter.name)}"
            if value is MISSING:
                if reader.parameter.required:
                    found.append(
                        Violation(header, "required", "is required", reader.parameter.source, "send the header")
                    )
            elif not reader.is_valid(value):
                found += [Violation(header, v.rule, v.message, v.schema, v.mend) for v in reader.violations(value)]
        return found


def _split(raw: str, text: str, style: str, explode: bool) -> list[str]:
    if explode and style == "form":
        return [text]
    return [decode(piece, plus=True) for piece in re.split(delimiter(style), raw)] if raw else []
