"""
7 · serialise: from a checked answer to the reply that leaves.
"""

from __future__ import annotations

from aegis_mockserver.core._check import Checked
from aegis_mockserver.core.contents import _cors
from aegis_mockserver.world._messages import Disturbance, Reply, Request


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
    if cors:
        lines += _cors.ALLOWED
    if request.method == "HEAD" or status == 304:
        content = b""
    return Reply(status, lines, content, disturbance)
