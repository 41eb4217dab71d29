"""
Content that is known to be good: only the checker of a media type can say so, by making a value that nobody else can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import msgspec

from aegis_contracts import MediaType, Violation
from aegis_contracts.exchange import BodyReader, kind
from aegis_mockserver.core.contents._content import sent_type

_SEAL = object()
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.encode


@final
class Proof:
    """
    Bytes that a ``ContentChecker`` made, or read and found good, for one media type of one response.

    Raises:
        TypeError: somebody else than the checker says it.
    """

    __slots__ = ("_content", "_linked", "_media")

    def __init__(self, seal: object, media: MediaType, content: bytes) -> None:
        if seal is not _SEAL:
            raise TypeError("only a ContentChecker can say that content is checked: ask its make() or prove()")
        self._media = media
        self._content = content
        self._linked: bool | None = None

    @property
    def content(self) -> bytes:
        """
        The bytes.
        """
        return self._content

    @property
    def linked(self) -> bool:
        """
        Whether there is an address in it; looked for once, as the contract's own content is sent again and again.
        """
        found = self._linked
        if found is None:
            found = self._linked = has_address(self._content)
        return found

    def told_as(self, media: MediaType) -> bytes | None:
        """
        Return the bytes, where they are of this media type of this response and no address is in them.
        """
        if self._media is not media:
            return None
        content, linked = self._content, self._linked
        if linked is None:
            linked = self._linked = b"/" in content and has_address(content)
        return None if linked else content

    @property
    def media(self) -> MediaType:
        """
        What the contract declares, and the bytes keep.
        """
        return self._media


def has_address(content: bytes) -> bool:
    """
    Say whether an absolute address may be in *content*.
    """
    # The first look is a hundred times as fast as the second.
    return b"/" in content and (b"//" in content or b"\\/" in content)


class ContentChecker:
    """
    Judges content of one media type of a response.
    """

    __slots__ = ("_json", "_judge", "_reader", "_schema", "media", "sent_type")

    def __init__(self, media: MediaType) -> None:
        self.media = media
        self.sent_type = sent_type(media.media_type)
        self._schema = media.schema
        self._judge: Callable[[Any], bool] | None = None
        self._reader = BodyReader(media, "response")
        self._json = kind(self.sent_type) == "json"

    def violations(self, content: bytes) -> list[Violation]:
        """
        List what the content breaks.

        Raises:
            InvalidSchemaError: the schema itself is broken.
        """
        return self._reader.read(content, self.sent_type)[1]

    def prove(self, content: bytes) -> Proof | None:
        """
        Read the content and judge it; None when it breaks the contract.

        Raises:
            InvalidSchemaError: the schema itself is broken.
        """
        if self._json:
            try:
                good = (self._judge or self._judged())(_decode(content))
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                return None
        else:
            good = not self.violations(content)
        return Proof(_SEAL, self.media, content) if good else None

    def fits(self, instance: Any) -> bool:
        """
        Judge a JSON instance.
        """
        return self._schema is None or self._schema.is_valid(instance, "response")

    def make(self, instance: Any) -> Proof | None:
        """
        Judge a JSON instance, as a decoder returns it, and write it; None when it breaks the contract.

        Raises:
            InvalidSchemaError: the schema itself is broken.
        """
        if not (self._judge or self._judged())(instance):
            return None
        return Proof(_SEAL, self.media, _encode(instance))

    def _judged(self) -> Callable[[Any], bool]:
        judge = self._judge = self._reader.judge
        return judge
