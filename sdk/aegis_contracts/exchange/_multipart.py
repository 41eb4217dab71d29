"""
Multipart content: from bytes to parts (RFC 2046 §5.1, RFC 7578), in time and memory that do not depend on who wrote it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aegis_contracts.exchange import _media
from aegis_contracts.exchange._parameters import UndecodableError

MOST = 1_000  # parts
HEAD = 8_192  # bytes of a part's headers
_NAME = re.compile(rb'(?:^|;)\s*name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_FILENAME = re.compile(rb'(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_ESCAPED = re.compile(rb'\\(["\\])')


@dataclass(slots=True)
class Part:
    """
    One part of a form.

    Args:
        name: of the field; None where the part has none.
        media_type: what the part says of itself; ``text/plain`` if nothing (RFC 7578 §4.4).
        headers: by lower-case name.
    """

    name: str | None
    media_type: str
    headers: dict[str, str]
    content: bytes


def parts(body: bytes, content_type: str) -> list[Part]:
    """
    Split a body into its parts.

    Raises:
        UndecodableError: it is no multipart content, or has more parts or longer heads than are read.
    """
    boundary = _media.parameter(content_type, "boundary")
    if not boundary or len(boundary) > 200:
        raise UndecodableError("must name its boundary in Content-Type (RFC 2046 §5.1.1)")
    found = [_part(body[start:end]) for start, end in _between(body, b"--" + boundary.encode("latin-1", "replace"))]
    if not found:
        raise UndecodableError("must hold parts between its boundary (RFC 2046 §5.1.1)")
    return found


@dataclass(frozen=True, slots=True)
class File:
    """
    What a part says of the file that it carries.

    Args:
        name: of the field.
        filename: as the sender calls it, without its folders (RFC 7578 §4.2).
        media_type: what the part says of itself.
        content: its bytes.
    """

    name: str
    filename: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """
        How many bytes it has.
        """
        return len(self.content)


def files(body: bytes, content_type: str) -> tuple[File, ...]:
    """
    List the files of a body that was read as parts already.
    """
    if b"filename" not in body:
        return ()
    found: list[File] = []
    for part in parts(body, content_type):
        filename = _name(part.headers.get("content-disposition", ""), _FILENAME)
        if part.name is not None and filename:
            filename = filename.replace("\\", "/").rpartition("/")[2]
            found.append(File(part.name, filename, part.media_type, part.content))
    return tuple(found)


def _between(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int]]:
    """
    Go through the places of the parts; what stands before the first and after the last delimiter is nothing.
    """
    start, count, at = -1, 0, body.find(delimiter)
    while at >= 0:
        after = at + len(delimiter)
        line = body.find(b"\n", after, after + 200)
        rest = body[after : line if line >= 0 else len(body)][:200].rstrip()
        # A delimiter stands at the beginning of a line, and nothing but blanks follows it.
        if (at == 0 or body[at - 1 : at] == b"\n") and rest in {b"", b"--"}:
            if start >= 0:
                count += 1
                if count > MOST:
                    raise UndecodableError(f"must have at most {MOST} parts")
                yield start, at - (2 if body[at - 2 : at] == b"\r\n" else 1)
            if rest:
                return
            if line < 0:
                break
            start = line + 1
        at = body.find(delimiter, after)
    raise UndecodableError("must end with its closing boundary (RFC 2046 §5.1.1)")


def _part(content: bytes) -> Part:
    if content.startswith((b"\r\n", b"\n")):
        return Part(None, "text/plain", {}, content.lstrip(b"\r\n"))
    end, gap = content.find(b"\r\n\r\n", 0, HEAD), 4
    if end < 0:
        end, gap = content.find(b"\n\n", 0, HEAD), 2
    if end < 0:
        raise UndecodableError(f"must have parts whose headers are at most {HEAD} bytes, and end with an empty line")
    headers: dict[str, str] = {}
    for line in content[:end].splitlines():
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return Part(
        _name(headers.get("content-disposition", "")),
        headers.get("content-type", "text/plain"),
        headers,
        _decoded(content[end + gap :], headers.get("content-transfer-encoding", "").lower()),
    )


def _name(disposition: str, pattern: re.Pattern[bytes] = _NAME) -> str | None:
    match = pattern.search(disposition.encode())
    if match is None:
        return None
    if match[2] is not None:
        return match[2].decode("utf-8", "replace")
    return _ESCAPED.sub(rb"\1", match[1]).decode("utf-8", "replace").replace("%22", '"')


def _decoded(content: bytes, coding: str) -> bytes:
    """
    Undo a transfer encoding, which old senders still use (RFC 7578 §4.7).
    """
    try:
        if coding == "base64":
            return binascii.a2b_base64(content)
        if coding == "quoted-printable":
            return binascii.a2b_qp(content)
    except binascii.Error:
        raise UndecodableError("must hold parts that are what Content-Transfer-Encoding says") from None
    return content
