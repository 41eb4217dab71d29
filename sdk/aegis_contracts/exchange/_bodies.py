"""
Bodies: from bytes to an instance, by media type.

Whatever arrives, the answer is a value or a violation: broken JSON, wrong encodings, deep nesting and numbers beyond
a float are facts about the message, not accidents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aegis_contracts._model import MediaType
from aegis_contracts._violation import Violation
from aegis_contracts.exchange import _media
from aegis_contracts.exchange._parameters import UndecodableError, decode, pairs
from aegis_contracts.exchange._scalars import ONLY_ARRAY, candidates, items, members, types

if TYPE_CHECKING:
    from aegis_contracts.exchange._multipart import Part

UNREADABLE: Any = object()
BODY = "/body"
MOST = 5_000  # fields of a form
ESCAPES = 150_000
MANY = 2_000  # values; of a body with more only the first violation is told


class BodyReader:
    """
    Reads bodies of one declared media type.

    Args:
        media_type: what the contract declares.
        direction: who reads: a provider its ``request``, a consumer a ``response``.
    """

    __slots__ = ("_direction", "_schema", "media_type")

    def __init__(self, media_type: MediaType, direction: Any = "request") -> None:
        self.media_type = media_type
        self._schema = media_type.schema
        self._direction = direction

    def read(self, body: bytes, content_type: str) -> tuple[Any, list[Violation]]:
        """
        Return the instance and its violations; ``UNREADABLE`` where there is no instance.
        """
        kind = _media.kind(content_type)
        try:
            match kind:
                case "json":
                    value = json(body)
                case "form":
                    value = self._fields(_form(body))
                case "multipart":
                    value = self._fields(_multipart(body, content_type))
                case "xml":
                    from aegis_contracts.exchange import _xml

                    value = _xml.read(body, self._root)
                case "text":
                    value = _text(body, content_type)
                case "binary":
                    return body, []
        except UndecodableError as error:
            location = self.media_type.source
            return UNREADABLE, [Violation(BODY, "syntax", str(error), location, "mend the body's syntax")]
        schema = self._schema
        if schema is None or schema.is_valid(value, self._direction):
            return value, []
        verdict = schema.verdict(self._direction)
        # Each of very many values can break a rule, and to list them all takes seconds.
        many = len(body) > MANY and body.count(b",") + body.count(b"<") + body.count(b"&") > MANY
        return value, verdict.first(value, BODY) if many else verdict.broken(value, BODY)

    @property
    def _root(self) -> Any:
        return self._schema.projected(self._direction) if self._schema else True

    def _fields(self, given: list[tuple[str, Any]]) -> dict[str, Any]:
        """
        Make an object of form fields: repeated names are an array where the schema has one.
        """
        root = self._root
        known = members(root, root)
        out: dict[str, Any] = {}
        for name, text in given:
            schema = known.get(name, True)
            allowed = types(schema, root)
            if isinstance(text, list):  # a part that was JSON already
                out[name] = text
                continue
            if allowed == ONLY_ARRAY or ("array" in allowed and name in out):
                held = out.setdefault(name, [])
                item = items(schema, root)
                explode = self.media_type.encoding.get(name, {}).get("explode", True)
                texts = text.split(",") if isinstance(text, str) and explode is False else [text]
                if isinstance(held, list):
                    held.extend(_meant(t, types(item, root)) for t in texts)
                continue
            out[name] = _meant(text, allowed)
        return out


def _meant(text: Any, allowed: frozenset[str]) -> Any:
    if not isinstance(text, str):
        return text
    if not allowed & {"string"} and allowed & {"object", "array"} and text[:1] in {"{", "["}:
        try:
            return json(text.encode())
        except UndecodableError:
            return text
    return candidates(text, allowed)[0]


def _json_decoder() -> Callable[[bytes], Any]:
    import msgspec

    return msgspec.json.Decoder().decode


_decode: Callable[[bytes], Any] | None = None


def json(body: bytes) -> Any:
    """
    Read JSON exactly as RFC 8259 has it: UTF-8 without BOM, no NaN, every number representable.

    Raises:
        UndecodableError: it is not JSON; the message says where.
    """
    global _decode
    if _decode is None:
        _decode = _json_decoder()
    try:
        return _decode(body)
    except RecursionError:
        raise UndecodableError("must be nested less deeply") from None
    except UnicodeDecodeError:
        raise UndecodableError("must be UTF-8 (RFC 8259 §8.1)") from None
    except ValueError as error:
        raise UndecodableError(f"must be JSON: {_said(str(error))}") from None


def _said(message: str) -> str:
    text = message.removeprefix("JSON is malformed: ").removeprefix("Input data was ")
    return text[:120]


def _form(body: bytes) -> list[tuple[str, Any]]:
    if body.count(b"&") > MOST or body.count(b"%") > ESCAPES:
        raise UndecodableError(f"must have at most {MOST} fields, and {ESCAPES} percent-encoded bytes")
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        raise UndecodableError("must be percent-encoded ASCII (WHATWG URL §5)") from None
    return [(decode(name, plus=True), decode(value, plus=True)) for name, value in pairs(text)]


def _text(body: bytes, content_type: str) -> str:
    charset = _media.parameter(content_type, "charset") or "utf-8"
    try:
        # It refuses what Python calls a codec and nobody a charset, such as bz2, and never decompresses.
        return body.decode(charset)
    except (LookupError, UnicodeDecodeError):
        raise UndecodableError("must be text in its charset, and the charset one that exists") from None
    except (UnicodeError, ValueError, TypeError):
        raise UndecodableError("must be text in its charset") from None


def _multipart(body: bytes, content_type: str) -> list[tuple[str, Any]]:
    from aegis_contracts.exchange._multipart import parts

    return [(part.name, _content(part)) for part in parts(body, content_type) if part.name is not None]


def _content(part: Part) -> Any:
    if _media.kind(part.media_type) == "json":
        return json(part.content)
    try:
        return part.content.decode("utf-8")
    except UnicodeDecodeError:
        return part.content.decode("latin-1")
