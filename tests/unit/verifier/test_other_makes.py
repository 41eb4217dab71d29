"""
Providers of other makes than ours: a FastAPI application with a contract of its own, and one behind WSGI.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from aegis_contracts import load
from aegis_verifier import AsgiTransport, Credentials, Settings, WsgiTransport, run
from aegis_verifier.reports import findings
from tests.unit.verifier.faults.wrapper import Asked, Call, Fault, Said, spoiled
from tests.unit.verifier.library import KEY, library


def found(seed: str, fault: Any = None) -> list[str]:
    """
    Verify the library, and name what is wrong with it.
    """
    app = library()
    transport = AsgiTransport(spoiled(app, fault) if fault is not None else app)
    try:
        settings = Settings(seed=seed, credentials=Credentials({"": KEY}))
        result = run([load(app.openapi())], transport, settings, fail_fast=fault is not None)
    finally:
        transport.close()
    return [finding.fingerprint for finding in findings(result) if finding.severity == "error"]


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_refusals_by_meaning_are_no_faults(seed: str) -> None:
    """
    A provider may refuse what its schema allows, where its contract declares that: too few copies, a taken ISBN.
    """
    assert found(seed) == []


def _is(method: str, path: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.method == method and asked.path.startswith(path)


async def _no_total(call: Call, asked: Asked) -> Said:
    said = await call(asked)
    if _is("GET", "/books")(asked) and said.status == 200 and "total" in (said.value or ()):
        said.value = {**said.value, "total": said.value["total"] + 1}
    return said


async def _offset_ignored(call: Call, asked: Asked) -> Said:
    if asked.path == "/books":
        asked.asked = {name: value for name, value in asked.asked.items() if name != "offset"}
    return await call(asked)


async def _key_ignored(call: Call, asked: Asked) -> Said:
    if asked.path.endswith("/loans"):
        asked.headers["X-Library-Key"] = KEY
        asked.headers["x-library-key"] = KEY
    return await call(asked)


async def _put_keeps_old(call: Call, asked: Asked) -> Said:
    if asked.method == "PUT" and isinstance(asked.value, dict):
        asked.value = {**asked.value, "copies": 7}
    return await call(asked)


async def _loans_of_nobody(call: Call, asked: Asked) -> Said:
    said = await call(asked)
    if asked.method == "GET" and asked.path.endswith("/loans") and said.status == 404:
        return Said(200, {"content-type": "application/json"}, b"[]")
    return said


def _taken_twice() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if asked.method == "PUT" and said.status == 409 and isinstance(asked.value, dict):
            asked.value = {**asked.value, "isbn": f"{random.randrange(10**13):013d}"}
            return await call(asked)
        return said

    return spoil


def _loans_of_all() -> Fault:
    kept: list[Any] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if asked.path.endswith("/loans") and said.status == 201:
            kept.append(said.value)
        if asked.path.endswith("/loans") and said.status == 200:
            said.value = kept
        return said

    return spoil


def _orphans() -> Fault:
    gone: set[str] = set()

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if asked.method == "DELETE" and said.status == 204:
            gone.add(asked.path)
        if asked.path.removesuffix("/loans") in gone and asked.method == "GET" and asked.path.endswith("/loans"):
            return Said(200, {"content-type": "application/json"}, b"[]")
        return said

    return spoil


async def _deletes_nobody(call: Call, asked: Asked) -> Said:
    said = await call(asked)
    return Said(204) if asked.method == "DELETE" and said.status == 404 else said


async def _null_fails(call: Call, asked: Asked) -> Said:
    if asked.method == "POST" and isinstance(asked.value, dict) and asked.value.get("note", "") is None:
        return Said(500, {"content-type": "application/json"}, b"{}")
    return await call(asked)


async def _loses_days(call: Call, asked: Asked) -> Said:
    said = await call(asked)
    if asked.path.endswith("/loans") and said.status == 201:
        said.value = {**said.value, "days": 14}
    return said


async def _reversed(call: Call, asked: Asked) -> Said:
    said = await call(asked)
    if asked.path == "/books" and said.status == 200 and asked.asked.get("offset", "0") != "0":
        said.value = {**said.value, "items": said.value["items"][::-1]}
    return said


FAULTS = [
    lambda: _no_total,
    lambda: _offset_ignored,
    lambda: _key_ignored,
    lambda: _put_keeps_old,
    lambda: _loans_of_nobody,
    lambda: _deletes_nobody,
    lambda: _null_fails,
    lambda: _loses_days,
    lambda: _reversed,
    _taken_twice,
    _loans_of_all,
    _orphans,
]


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_another_make_is_found(fault: Any) -> None:
    """
    Pages by offset, a key in a header of its own, replacements and children are held, too.
    """
    assert found("1", fault())


def _wsgi(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] != "GET" or environ["PATH_INFO"] != "/clock":
        start("405 Method Not Allowed", [("Allow", "GET"), ("Content-Type", "text/plain")])
        return [b"no"]
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"now": environ.get("clock", "soon")}).encode()]


def test_wsgi_application_is_verified() -> None:
    """
    A WSGI application is held to its contract in this process.
    """
    schema = {"type": "object", "required": ["now"], "properties": {"now": {"enum": ["soon"]}}}
    answer = {"200": {"description": "it", "content": {"application/json": {"schema": schema}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Clock", "version": "1"},
        "paths": {"/clock": {"get": {"responses": answer}}},
    }
    good = run([load(document)], WsgiTransport(_wsgi), Settings(seed="1"))
    assert [finding.fingerprint for finding in findings(good)] == []

    def late(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return _wsgi({**environ, "clock": "late"}, start)

    bad = run([load(document)], WsgiTransport(late), Settings(seed="1"))
    assert [finding.fingerprint for finding in findings(bad)] == ["GET /clock enum /body/now"]
