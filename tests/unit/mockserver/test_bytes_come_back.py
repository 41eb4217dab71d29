"""
Bytes that are uploaded are the bytes that are downloaded.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site

BYTES = b"\x00\xff https://api.example.com/x \r\n--"
RAW = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
PARTS = {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string"}}}}}
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n' + BYTES + b"\r\n--b--\r\n"


def _site(taken: dict[str, Any], called: str) -> Site:
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}}
    shown = {"description": "d", "content": {"application/json": {"schema": item}}}
    named = [{"name": "file_id", "in": "path", "required": True, "schema": {"type": "string"}}]
    paths = {
        "/files": {"post": {"requestBody": {"content": taken}, "responses": {"201": shown}}},
        "/files/{file_id}": {
            "parameters": named,
            "get": {"responses": {"200": shown}},
            "delete": {"responses": {"204": {"description": "d"}}},
        },
        f"/files/{{file_id}}/{called}": {
            "parameters": named,
            "get": {"responses": {"200": {"description": "d", "content": RAW}}},
            "put": {"requestBody": {"content": RAW}, "responses": {"204": {"description": "d"}}},
        },
    }
    servers = [{"url": "https://api.example.com"}]
    return Site(
        [load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": servers, "paths": paths})]
    )


def _call(site: Site, method: str, target: str, content: bytes = b"", media: str = "application/octet-stream") -> Any:
    return site.respond(method, target.encode(), ((b"content-type", media.encode()),) if content else (), content)


@pytest.mark.parametrize("called", ["content", "download", "raw"])
@pytest.mark.parametrize(
    ("taken", "sent", "media"),
    [(RAW, BYTES, "application/octet-stream"), (PARTS, FORM, "multipart/form-data; boundary=b")],
    ids=["raw", "parts"],
)
def test_what_is_uploaded_is_downloaded(taken: dict[str, Any], sent: bytes, media: str, called: str) -> None:
    """
    The very bytes come back, those of another item do not, and with the item they are gone.
    """
    site = _site(taken, called)
    made = [json.loads(_call(site, "POST", "/files", each, media).body)["id"] for each in (sent, sent)]
    assert _call(site, "GET", f"/files/{made[0]}/{called}").body == BYTES
    assert _call(site, "PUT", f"/files/{made[1]}/{called}", b"other").status == 204
    assert [_call(site, "GET", f"/files/{one}/{called}").body for one in made] == [BYTES, b"other"]
    assert _call(site, "DELETE", f"/files/{made[0]}").status == 204
    assert _call(site, "GET", f"/files/{made[0]}/{called}").status == 404
