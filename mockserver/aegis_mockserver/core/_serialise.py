"""
7 · serialise: from a checked answer to the reply that leaves.
"""

from __future__ import annotations

import re

from aegis_mockserver.core._check import Checked
from aegis_mockserver.core.contents import _cors
from aegis_mockserver.core.contents._headers import Written
from aegis_mockserver.world._messages import Disturbance, Reply, Request

# What a browser would run is not of the same origin as the mock's page and control API, which would obey it (CSP §6.3).
SANDBOX = (b"content-security-policy", b"sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts")
_UNSAFE = re.compile(r"[\r\n\0]")  # what would end a line, or a header with it
_POLICY = "content-security-policy"
_SCRIPTABLE = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")


def is_scriptable(media_type: str) -> bool:
    """
    Say whether a browser would run scripts in an answer of this media type.
    """
    return media_type.lower().startswith(_SCRIPTABLE)


def serialise(checked: Checked, request: Request, cors: bool = False) -> Reply:
    """
    Write header lines and content as HTTP has them.

    Args:
        cors: let the browser of another origin read it.
    """
    disturbance: Disturbance | None = None
    status, content, headers = checked.status, checked.content, checked.headers
    if isinstance(headers, Written) and status != 304 and request.method != "HEAD" and not cors:
        lines = b"%b%bcontent-length: %d\r\n" % (headers.lines, checked.beside, len(content))
        return Reply(status, None, content, None, lines)
    text, number = "", 0
    for name, value in headers.items():
        text += f"{name}: {value}\r\n"
        number += 1
    if text.count("\n") != number or text.count("\r") != number or "\0" in text:
        text = "".join(f"{_UNSAFE.sub('', name)}: {_UNSAFE.sub('', value)}\r\n" for name, value in headers.items())
    if checked.stream is not None:
        disturbance = Disturbance(stream=checked.stream)  # it ends when the reader leaves: no length can be said
    elif status >= 200 and status != 204:
        text += f"content-length: {0 if status == 205 else len(content)}\r\n"
    media_type = headers.get("content-type", "application/json")
    lines = text.encode("latin-1") + checked.beside
    if media_type != "application/json" and is_scriptable(media_type) and _POLICY not in headers:
        lines += b"%b: %b\r\n" % SANDBOX
    if cors:
        lines += b"".join(b"%b: %b\r\n" % header for header in _cors.ALLOWED)
    if request.method == "HEAD" or status == 304:
        content = b""
    return Reply(status, None, content, disturbance, lines)
