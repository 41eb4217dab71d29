"""
Operations: what comes back.
"""

from __future__ import annotations

from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._schemas import Schemas
from aegis_codegen.plan import ANY, NONE, Alias, Choice, Header, Named, Response, Scalar, Type, nullable, optional
from aegis_codegen.plan._api import Codec
from aegis_contracts import Contract, MediaType, Operation
from aegis_contracts import Response as Source


def codec_of(media_type: str) -> Codec:
    """
    Say how a body of *media_type* is written and read; empty when the runtime cannot.
    """
    plain = media_type.partition(";")[0].strip().lower()
    if plain == "application/json" or plain.endswith("+json"):
        return "json"
    if plain in ("text/plain", "text/html", "text/csv"):
        return "text"
    if plain in ("application/octet-stream", "application/pdf", "image/png", "image/jpeg", "application/zip"):
        return "bytes"
    return ""


class Responses:
    """
    Plans the responses of one contract's operations.
    """

    def __init__(self, contract: Contract, schemas: Schemas, refusals: Refusals) -> None:
        self._contract = contract
        self._schemas = schemas
        self._refusals = refusals

    def of(self, operation: Operation, name: str) -> tuple[tuple[Response, ...], Type]:
        """
        Plan the responses of *operation*, and the type of what calling it returns.
        """
        sources = operation.responses
        succeeding = [source for status, source in sources.items() if status.startswith("2")]
        if not succeeding and "default" in sources:
            succeeding = [sources["default"]]
        if not succeeding:
            self._refusals.refuse(
                operation.place.at("responses"), "no-result", "names no answer that is a success", "add a 2XX response"
            )
        same = [media.schema for source in succeeding for media in source.content.values() if media.schema]
        planned: list[Response] = []
        kinds: list[Type] = []
        for status, source in sources.items():
            # A failure that says the same as the success (a health report) is a result like it.
            twin = status != "default" and any(
                media.schema in same for media in source.content.values() if media.schema
            )
            result = source in succeeding or twin
            response, kind = self._response(status, source, operation, f"{name} response", result)
            planned.append(response)
            if result:
                kinds += [each for each in kind if each not in kinds]
        return tuple(planned), self._result(kinds)

    @staticmethod
    def _result(kinds: list[Type]) -> Type:
        if not kinds:
            return NONE
        if len(kinds) == 1:
            return kinds[0]
        rest = [kind for kind in kinds if kind != NONE]
        made = rest[0] if len(rest) == 1 else Choice(tuple(rest))
        return optional(made) if NONE in kinds and not nullable(made) else made

    def _response(
        self, status: str, source: Source, operation: Operation, hint: str, result: bool
    ) -> tuple[Response, list[Type]]:
        content: list[tuple[str, Codec, str]] = []
        kinds: list[Type] = []
        for media in source.content.values():
            codec = codec_of(media.media_type)
            if not codec:
                if result:
                    self._refusals.refuse(
                        media.place, "response-media-type", f"answers with {media.media_type}",
                        "offer application/json, text/plain or application/octet-stream",
                    )  # fmt: skip
                continue
            definition, kind = self._content(media, codec, hint if result else f"{hint} {status}")
            content.append((media.media_type.partition(";")[0].strip().lower(), codec, definition))
            kinds += [kind] if kind not in kinds else []
        headers = tuple(Header(name, header.description.strip()) for name, header in source.headers.items())
        own = source.place.pointer.startswith(operation.place.pointer)
        planned = Response(status, source.description.strip(), tuple(content), headers, result, own)
        return planned, kinds or [NONE]

    def _content(self, media: MediaType, codec: Codec, hint: str) -> tuple[str, Type]:
        if codec != "json":
            return "", Scalar("str") if codec == "text" else Scalar("bytes")
        if media.schema is None:
            kind: Type = ANY
        else:
            kind = self._schemas.type_of(media.schema, "read", hint)
        if isinstance(kind, Named):
            return kind.name, kind
        made = self._schemas.define(Alias(self._schemas.name(hint, "read"), "read", kind))
        return made.name, made
