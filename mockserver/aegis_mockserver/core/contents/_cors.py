"""
Browsers of other origins, when ``--cors`` lets them in (Fetch §3.3).
"""

from __future__ import annotations

from aegis_mockserver.world._messages import Reply, Request

_EXPOSED = b"*, Location, Retry-After, WWW-Authenticate, X-Request-Id, Preference-Applied, X-Mock-Violations"
# What lets the browser read a reply.
ALLOWED = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED))


def preflight(request: Request) -> Reply:
    """
    Answer a preflight request: whatever it asks for is allowed.
    """
    fields = request.fields
    headers = [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", fields["access-control-request-method"].encode("latin-1")),
        (b"access-control-allow-headers", fields.get("access-control-request-headers", "*").encode("latin-1")),
        (b"access-control-max-age", b"600"),
        (b"vary", b"origin, access-control-request-method, access-control-request-headers"),
    ]
    return Reply(204, headers, b"")
