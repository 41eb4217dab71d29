"""
The page at ``/__mock__/`` and its files.
"""

from __future__ import annotations

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.page import Asset, asset
from aegis_mockserver.world._messages import CONTROL

# Nothing of any other host, nothing inline, no HTML made from text: a name such as <img onerror=…> stays a name.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@control.on("GET", "/", worldly=False)
def page(call: Call) -> Answer | Problem:
    """
    Show the page to a browser; say to everybody else where to go on.

    Answers:
        200 text/html: The page.
    """
    if "text/html" not in call.request.fields.get("accept", ""):
        from aegis_mockserver.control._description import api

        return api(call)
    return _sent(call, asset("index.html"))


@control.on("GET", "", worldly=False)
def page_address(call: Call) -> Answer:
    """
    Say where the page is: at the same path with a slash at the end.

    Answers:
        307: It is there.
    """
    query = call.request.query.decode("latin-1")
    return Answer(307, headers={"Location": f"{CONTROL}/{'?' if query else ''}{query}"}, origin="control")


@control.on("GET", "/page/{name}", worldly=False)
def page_file(call: Call) -> Answer | Problem:
    """
    Read a file of the page.

    Answers:
        200 text/javascript: The file.
        304: The file has not changed.
        404: The page has no such file.
    """
    return _sent(call, asset(call.values["name"]))


def _sent(call: Call, found: Asset | None) -> Answer | Problem:
    if found is None:
        return Problem("no_such_file", 404, "GET /__mock__/ is the page.")
    headers = {**HEADERS, "ETag": found.etag}
    if call.request.fields.get("if-none-match") == found.etag:
        return Answer(304, headers=headers, origin="control")
    return Answer(200, headers=headers, media_type=found.media_type, content=found.content, origin="control")
