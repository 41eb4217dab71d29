"""
Bodies: from bytes to an instance, by media type.

Whatever arrives, the answer is a value or a violation: broken JSON, wrong encodings, deep nesting and numbers beyond
a float are facts about the message, not accidents.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

from aegis_contracts._model import MediaType
from aegis_contracts._violation import Violation
from aegis_contracts.exchange import _media, _sequences
from aegis_contracts.exchange._forms import FormReader
from aegis_contracts.exchange._json import bound, json
from aegis_contracts.exchange._multipart import parts
from aegis_contracts.exchange._parameters import UndecodableError, pairs
from aegis_contracts.exchange._scalars import candidates, items, members, types
from aegis_contracts.schemas._schema import Schema

UNREADABLE: Any = object()
BODY = "/body"
MOST = 5_000  # fields of a form
ESCAPES = 150_000
MANY = 2_000  # values; of a body with more only the first violation is told
_STRING = frozenset({"string"})
_STRUCTURED = frozenset({"array", "object"})
_JSON_PATCH = "application/json-patch+json"
# Codecs of Python that are no charsets; some take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})


def _anything(instance: Any) -> bool:
    del instance
    return True


class BodyReader:
    """
    Reads bodies of one declared media type.

    Args:
        media_type: what the contract declares.
        direction: who reads: a provider its ``request``, a consumer a ``response``.
    """

    __slots__ = ("_direction", "_form_reader", "_judge", "_schema", "media_type")

    def __init__(self, media_type: MediaType, direction: Any = "request") -> None:
        self.media_type = media_type
        self._schema = media_type.schema
        self._direction = direction
        self._form_reader: FormReader | None = None
        self._judge: Callable[[Any], bool] | None = None

    def read(self, body: bytes, content_type: str) -> tuple[Any, list[Violation]]:
        """
        Return the instance and its violations; ``UNREADABLE`` where there is no instance.
        """
        kind = _media.kind(content_type)
        found: list[Violation] = []
        try:
            match kind:
                case "json":
                    if self._direction == "request":
                        bound(body)
                    value = json(body)
                case "form":
                    value = self._forms.fields(_form(body))
                case "multipart":
                    value, found = self._forms.parts(parts(body, content_type), BODY)
                    if (item := self.media_type.item_schema) is not None and isinstance(value, list):
                        found += self._each(value, item)
                case "sequence" if self._is_text:
                    value = _text(body, content_type)
                case "sequence":
                    value = _sequences.read(body, content_type)
                    found = self._item_violations(value, _media.essence(content_type))
                    if self._of_each:
                        return value, found
                    if _media.essence(content_type) == "text/event-stream" and self.media_type.item_schema is None:
                        # A list of what the events tell, or of the events themselves.
                        value = _sequences.payloads(value, _items(self._root), whole=True)
                case "xml":
                    from aegis_contracts.exchange.xml import _reading

                    value = _reading.read(body, self._root)
                case "text":
                    text = _text(body, content_type)
                    value = self._meant(text)
                    if value is UNREADABLE:
                        return text, []
                case "binary":
                    value = _in_yaml(body, content_type)
                    if value is UNREADABLE:
                        return body, []
        except UndecodableError as error:
            location = self.media_type.source
            return UNREADABLE, [Violation(BODY, "syntax", str(error), location, "mend the body's syntax")]
        return value, found + self.violations(value, body, content_type)

    def violations(self, value: Any, body: bytes, content_type: str) -> list[Violation]:
        """
        List what an instance breaks of the schema.

        Args:
            body: that it was read from.
        """
        schema = self._schema
        if schema is None or (self._judge or self._judged(schema))(value):
            return []
        broken = self._broken(schema, value, body)
        # A JSON Patch is an array (RFC 6902 §3), also where its schema says no more than that it is an object.
        patch = isinstance(value, list) and _media.essence(content_type) == _JSON_PATCH
        return [each for each in broken if not (patch and each.pointer == BODY and each.rule == "type")]

    @property
    def judge(self) -> Callable[[Any], bool]:
        """
        What says whether an instance meets the schema.

        Raises:
            InvalidSchemaError: the schema itself is broken.
        """
        schema = self._schema
        return _anything if schema is None else self._judge or self._judged(schema)

    def broken(self, value: Any, body: bytes) -> list[Violation]:
        """
        List what an instance breaks that is known to break something.

        Args:
            body: that it was read from.
        """
        return self._broken(self._schema, value, body) if self._schema is not None else []

    def _broken(self, schema: Schema, value: Any, body: bytes) -> list[Violation]:
        verdict = schema.verdict(self._direction)
        # Each of very many values can break a rule, and to list them all takes seconds.
        many = len(body) > MANY and body.count(b",") + body.count(b"<") + body.count(b"&") > MANY
        return verdict.first(value, BODY) if many else verdict.broken(value, BODY)

    def _judged(self, schema: Schema) -> Callable[[Any], bool]:
        judge = self._judge = schema.verdict(self._direction).is_valid
        return judge

    @property
    def _root(self) -> Any:
        return self._schema.projected(self._direction) if self._schema else True

    @property
    def _forms(self) -> FormReader:
        if self._form_reader is None:
            self._form_reader = FormReader(self.media_type, self._root, self._direction)
        return self._form_reader

    def _meant(self, text: str) -> Any:
        """
        Read a text as what its schema says it is: 42 for an integer.

        How an array or an object is written as text, such as CSV, no standard says: only JSON is known as one.
        """
        schema = self._schema
        allowed = types(self._root) if schema is not None else _STRING
        if schema is None or allowed == _STRING or ("string" in allowed and schema.is_valid(text, self._direction)):
            return text
        if text[:1] in {"[", "{"} and allowed & _STRUCTURED:
            try:
                return json(text.encode())
            except UndecodableError:
                pass
        return UNREADABLE if allowed <= _STRUCTURED else candidates(text, allowed - _STRING)[0]

    @property
    def _is_text(self) -> bool:
        """
        Whether a sequence is one text: without ``itemSchema``, its schema may say so.
        """
        return self.media_type.item_schema is None and self._schema is not None and "string" in types(self._root)

    @property
    def _of_each(self) -> bool:
        """
        Whether ``schema`` speaks of each item: before OpenAPI 3.2 there was no other way to say it.
        """
        if self.media_type.item_schema is not None or self._schema is None:
            return False
        root = self._root
        return bool(types(root) | set(members(root, root))) and "array" not in types(root)

    def _item_violations(self, value: list[Any], essence: str) -> list[Violation]:
        """
        Hold each item of a sequence to ``itemSchema`` (OpenAPI 3.2 §4.14.1), or to a schema that speaks of each.
        """
        item = self.media_type.item_schema or (self._schema if self._of_each else None)
        if item is None:
            return []
        if essence == "text/event-stream":
            whole = self.media_type.item_schema is not None
            value = _sequences.payloads(value, item.projected(self._direction), whole=whole)
        return self._each(value, item)

    def _each(self, value: list[Any], item: Schema) -> list[Violation]:
        return [
            violation
            for index, each in enumerate(value)
            for violation in item.violations(each, self._direction, f"{BODY}/{index}")
        ]


def _items(root: Any) -> Any:
    """
    Return the schema of a list's items as a document of its own.
    """
    node = items(root, root)
    return {**node, "$defs": root.get("$defs", {})} if isinstance(node, dict) else node


def _in_yaml(body: bytes, content_type: str) -> Any:
    """
    Read YAML that is JSON as well (YAML 1.2 §1.3), as clients write it; any other is left as it is.
    """
    if not _media.essence(content_type).endswith(("/yaml", "+yaml", "/x-yaml")) or body.lstrip()[:1] not in {
        b"{",
        b"[",
    }:
        return UNREADABLE
    try:
        bound(body)
        return json(body)
    except UndecodableError:
        return UNREADABLE


def _form(body: bytes) -> list[tuple[str, str]]:
    if body.count(b"&") > MOST or body.count(b"%") > ESCAPES:
        raise UndecodableError(f"must have at most {MOST} fields, and {ESCAPES} percent-encoded bytes")
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        raise UndecodableError("must be percent-encoded ASCII (WHATWG URL §5)") from None
    return pairs(text)


def _text(body: bytes, content_type: str) -> str:
    charset = _media.parameter(content_type, "charset") or "utf-8"
    try:
        if codecs.lookup(charset).name in _NO_CHARSETS:
            raise LookupError
        # It refuses what Python calls a codec and nobody a charset, such as bz2, and never decompresses.
        return body.decode(charset)
    except (LookupError, UnicodeDecodeError):
        raise UndecodableError("must be text in its charset, and the charset one that exists") from None
    except (UnicodeError, ValueError, TypeError):
        raise UndecodableError("must be text in its charset") from None
