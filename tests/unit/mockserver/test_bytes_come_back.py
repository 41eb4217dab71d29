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


def _blobs(paths: dict[str, Any]) -> Site:
    named = [{"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}]
    nothing = {"responses": {"204": {"description": "d"}}}
    read = {"responses": {"200": {"description": "d", "content": RAW}}}
    item = {"parameters": named, "get": read, "put": {"requestBody": {"content": RAW}, **nothing}, "delete": nothing}
    paths = {"/blobs/{key}": item, **paths}
    return Site([load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})])


@pytest.mark.parametrize("listed", [False, True])
def test_items_that_are_bytes_are_kept_told_and_forgotten(*, listed: bool) -> None:
    """
    ``PUT /blobs/{key}`` is what ``GET /blobs/{key}`` answers with until DELETE; what nobody put is not there, and a
    list has what was put with its size.
    """
    entry = {"type": "object", "properties": {"key": {"type": "string"}, "size": {"type": "integer"}}}
    shown = {"description": "d", "content": {"application/json": {"schema": {"type": "array", "items": entry}}}}
    site = _blobs({"/blobs": {"get": {"responses": {"200": shown}}}} if listed else {})

    def listing() -> list[dict[str, Any]]:
        return json.loads(_call(site, "GET", "/blobs").body) if listed else []

    assert _call(site, "PUT", "/blobs/a", BYTES).status == 204
    assert _call(site, "GET", "/blobs/a").body == BYTES
    assert listing() == [{"key": "a", "size": len(BYTES)}] * listed
    assert _call(site, "GET", "/blobs/b").status == 404
    assert _call(site, "PUT", "/blobs/a", b"other").status == 204
    assert _call(site, "GET", "/blobs/a").body == b"other"
    assert listing() == [{"key": "a", "size": 5}] * listed
    assert _call(site, "DELETE", "/blobs/a").status == 204
    assert [_call(site, method, "/blobs/a").status for method in ("GET", "DELETE")] == [404, 404]
    assert listing() == []


def test_bytes_that_nobody_put_are_made_up_until_they_are_deleted() -> None:
    """
    Before the first write the contract answers for every item, and DELETE of one makes that one gone.
    """
    site = _blobs({})
    assert _call(site, "GET", "/blobs/a").status == 200
    assert _call(site, "DELETE", "/blobs/a").status == 204
    assert _call(site, "GET", "/blobs/a").status == 404
