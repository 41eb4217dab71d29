"""
7 · serialise: from a checked answer to the reply that leaves.
"""

from __future__ import annotations

from aegis_mockserver.core._check import Checked
from aegis_mockserver.core.contents import _cors
from aegis_mockserver.world._messages import Disturbance, Reply, Request

# What a browser would run is not of the same origin as the mock's page and control API, which would obey it (CSP §6.3).
SANDBOX = (b"content-security-policy", b"sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts")
_POLICY = "content-security-policy"
_SCRIPTABLE = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")


def is_scriptable(media_type: str) -> bool:
    """
    Say whether a browser would run scripts in an answer of this media type.
    """
    return media_type.lower().startswith(_SCRIPTABLE)


def serialise(checked: Checked, request: Request, *, cors: bool = False) -> Reply:
    """
    Write header lines and content as HTTP has them.

    Args:
        cors: let the browser of another origin read it.
    """
    disturbance: Disturbance | None = None
    status, content = checked.status, checked.content
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in checked.headers.items()]
    if checked.stream is not None:
        disturbance = Disturbance(stream=checked.stream)  # it ends when the reader leaves: no length can be said
    elif status >= 200 and status != 204:
        lines.append((b"content-length", b"0" if status == 205 else b"%d" % len(content)))
    media_type = checked.headers.get("content-type", "application/json")
    if media_type != "application/json" and is_scriptable(media_type) and _POLICY not in checked.headers:
        lines.append(SANDBOX)
    if cors:
        lines += _cors.ALLOWED
    if request.method == "HEAD" or status == 304:
        content = b""
    return Reply(status, lines, content, disturbance)
