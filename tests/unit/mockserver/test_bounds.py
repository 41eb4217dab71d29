"""
No message takes time or memory that its size does not justify; each test here once took seconds, or the process.
"""

from __future__ import annotations

import bz2
from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.exchange import _multipart
from aegis_contracts.lint import lint
from aegis_mockserver.core._caches import BYTES, NUMBER, Cache
from aegis_mockserver.core._ordinary import SIZE
from aegis_mockserver.core._provider import HEAVY
from aegis_mockserver.core.contents import _accept, _fields

from .conftest import Client, value

THING = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "list": {"type": "array", "items": {"type": "string"}}},
}
JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "application/xml"
PARTS = "multipart/form-data; boundary=x"
EXPRESSIONS = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in "abc"]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Bounds", "version": "1"},
    "paths": {
        "/things": {
            "post": {
                "operationId": "post",
                "requestBody": {
                    "content": {
                        **{name: {"schema": THING} for name in ("multipart/form-data", FORM, JSON, XML)},
                        "text/plain": {"schema": {"type": "string"}},
                    }
                },
                "responses": {"200": {"description": "ok", "content": {JSON: {"schema": THING}}}},
            }
        },
        "/c/{a}.{b}.{c}:run": {
            "get": {"operationId": "run", "parameters": EXPRESSIONS, "responses": {"200": {"description": "ok"}}}
        },
    },
}


@pytest.fixture
def send(make_client: Any) -> Any:
    call: Client = make_client(DOCUMENT)
    return lambda body, media_type, **headers: call("POST", "/things", body, content_type=media_type, **headers)


def _part(head: bytes = b"", content: bytes = b"1") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="a"' + head + b"\r\n\r\n" + content + b"\r\n"


REFUSED = {
    "100,000 parts": (_part() * 100_000 + b"--x--\r\n", PARTS),
    "40,000 parameters of a part": (_part(b'; p="x"' * 40_000) + b"--x--\r\n", PARTS),
    "40,000 headers of a part": (_part(b"\r\nX: 1" * 40_000) + b"--x--\r\n", PARTS),
    "a part without an end": (_part(), PARTS),
    "a million fields": (b"list=1&" * 1_000_000, FORM),
    "a million percent signs": (b"a=" + b"%41" * 1_000_000, FORM),
    "half a million elements": (b"<r>" + b"<a/>" * 500_000 + b"</r>", XML),
    "half a million levels": (b"<a>" * 500_000, XML),
    "two million levels": (b"[" * 2_000_000, JSON),
    "two million wrong values": (b'{"list":[' + b"1," * 2_000_000 + b"1]}", JSON),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_is_refused_at_once(send: Any, name: str) -> None:
    """
    Parts, parameters, fields, levels and elements without number are refused, and the answer is short.
    """
    body, media_type = REFUSED[name]
    reply = send(body, media_type)
    assert reply.status in {400, 413, 422}
    assert len(reply.body) < 5_000


@pytest.mark.parametrize(
    "charset", ["bz2", "zlib", "zip", "hex", "base64", "uu", "quopri", "rot13", "undefined", "none"]
)
def test_a_charset_is_one_of_text(send: Any, charset: str) -> None:
    """
    What Python calls a codec and nobody a charset is refused, and nothing is decompressed.
    """
    reply = send(bz2.compress(b"a" * 1_000_000), f"text/plain; charset={charset}")
    assert reply.status == 400
    assert [one["pointer"] for one in value(reply)["violations"]] == ["/body"]


@pytest.mark.parametrize(("charset", "text"), [("euc-kr", "이지스"), ("utf-16", "이지스"), ("latin-1", "é")])
def test_charsets_of_text_are_read(send: Any, charset: str, text: str) -> None:
    """
    Charsets of text, old Korean ones among them, are read.
    """
    assert send(text.encode(charset), f"text/plain; charset={charset}").status == 200


@pytest.mark.parametrize(
    "path", ["." * 8_000, "." * 4_000 + ":run:x", "a." * 4_000 + ":ru", ".x" * 4_000 + ":rum", "." * 2_000 + ":runx"]
)
def test_a_path_of_dots_is_routed_at_once(make_client: Any, path: str) -> None:
    """
    Several expressions in one segment are matched in a time that grows with the path only.
    """
    assert make_client(DOCUMENT)("GET", f"/c/{path}").status == 404


@pytest.mark.parametrize(
    "accept", ["," * 60_000, '"' * 60_000, '"\\' * 30_000, "a/b;c=d" + ";e=f" * 15_000, "a/b," * 15_000]
)
def test_a_long_accept_is_read_at_once(send: Any, accept: str) -> None:
    """
    However long and however quoted, ``Accept`` and ``Prefer`` are split in one pass.
    """
    assert send(b"{}", JSON, accept=accept, prefer=accept).status in {200, 406}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a, b;q=0.5", ["a", " b;q=0.5"]),
        ('a;x="1,2",b', ['a;x="1,2"', "b"]),
        (r'a;x="1\",2",b', [r'a;x="1\",2"', "b"]),
        ('a;x="1,2', ['a;x="1,2']),
        ("", [""]),
    ],
)
def test_lists_are_split_outside_of_quotes(text: str, parts: list[str]) -> None:
    """
    A comma inside of a quoted string splits nothing (RFC 9110 §5.6.4).
    """
    assert list(_fields.split(text)) == parts
    assert [kind for kind, *_ in _accept.ranges('text/a;x="1,2", text/b')] == ["text", "text"]


def test_parts_are_read_as_they_are() -> None:
    """
    Preamble, epilogue, blanks after a boundary, quoted and encoded names, and a content that looks like a boundary.
    """
    body = (
        b'preamble\r\n--x \t\r\nContent-Disposition: form-data; name="a\\"b"; filename="c"\r\n'
        b"Content-Type: text/csv\r\n\r\n"
        b"1\r\n--xx\r\n --x\r\n--x\r\ncontent-disposition: form-data; filename=name; name=\xec\x9d\xb4\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--x\r\n\r\nno head\r\n--x--\r\nepilogue --x\r\n"
    )
    found = _multipart.parts(body, 'multipart/form-data; boundary="x"')
    assert [(part.name, part.media_type, part.content) for part in found] == [
        ('a"b', "text/csv", b"1\r\n--xx\r\n --x"),
        ("이", "text/plain", b"a"),
        (None, "text/plain", b"no head"),
    ]


def _towers(keyword: str, **more: Any) -> dict[str, Any]:
    lowest = {"type": "object", "required": ["n"], "properties": {"id": {"type": "integer"}, "n": {"type": "integer"}}}
    schemas: dict[str, Any] = {"N30": lowest}
    for level in range(30):
        below = {"$ref": f"#/components/schemas/N{level + 1}"}
        schemas[f"N{level}"] = {keyword: [below, {"allOf": [below], "description": "the same once more"}]}
    schemas["N0"] |= more
    content = {JSON: {"schema": {"$ref": "#/components/schemas/N0"}}}
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    answers = {"description": "ok", "content": content}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Storeys", "version": "1"},
        "components": {"schemas": schemas},
        "paths": {
            "/towers": {"post": {"requestBody": {"content": content}, "responses": {"201": answers}}},
            "/towers/{id}": {"get": {"parameters": [key], "responses": {"200": answers}}},
        },
    }


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_a_schema_of_many_storeys_is_served(make_client: Any, keyword: str) -> None:
    """
    Where each of thirty schemas leads to the next on two ways, what is posted is kept and read again, or refused.
    """
    call: Client = make_client(_towers(keyword))
    assert call("POST", "/towers", {"n": 1}).status == 201
    assert value(call("GET", "/towers/1")) == {"id": 1, "n": 1}
    assert call("POST", "/towers", {"n": "one"}).status == 422


def test_a_schema_that_no_engine_compiles_is_named(make_client: Any) -> None:
    """
    What asks for each of a billion ways is found by the lint, with its place, and an answer says why nothing is judged.
    """
    document = _towers("anyOf", unevaluatedProperties=False)
    found = [(one.rule, one.pointer) for one in lint(load(document))]
    assert found == [("too-many-ways", "/components/schemas/N0")]
    said = value(make_client(document)("POST", "/towers", {"n": 1}))["detail"]
    assert said.startswith("A schema of this operation is broken, and judges nothing: has over 5,000 ways through")


def test_a_cache_is_bounded_in_number() -> None:
    """
    However many values are put, no more than the most are kept, which is 4096; the last one is.
    """
    assert NUMBER == 4_096
    cache = Cache[int, int]()
    most = 0
    for number in range(2 * NUMBER + 5):
        cache.put(number, number, 1)
        assert cache.get(number) == number
        most = max(most, len(cache))
    assert most == NUMBER
    assert len(cache) == 5


def test_a_cache_is_bounded_in_bytes() -> None:
    """
    What is put and what grows counts towards the same bound, 16 MiB; a cache that was full begins with all of its room.
    """
    assert BYTES == 16_777_216
    cache = Cache[int, int]()
    half = BYTES // 2
    kept = [len(cache) for number in range(5) if cache.put(number, number, half) == number]
    assert kept == [1, 2, 1, 2, 1]
    cache.grow(half)
    assert len(cache) == 1
    cache.grow(1)
    assert len(cache) == 0
    kept = [len(cache) for number in range(3) if cache.put(number, number, half) == number]
    assert kept == [1, 2, 1]


def test_what_heads_lead_to_counts_towards_the_bound(make_client: Any) -> None:
    """
    A client that comes with ever other headers, to ever other operations, fills no more than the bound.
    """
    things = {"get": {"responses": {"200": {"description": "ok"}}}}
    call: Client = make_client({**DOCUMENT, "paths": {f"/things/{number}": things for number in range(30)}})
    ways = []
    for head in range(500):
        for number in range(30):
            call("GET", f"/things/{number}", x_head=str(head))
        ways.append(sum(len(kept.ways or {}) for kept in call.site.heads))
    assert max(ways) * SIZE <= BYTES
    assert ways[-1] < max(ways)


def test_heavy_headers_are_remembered_by_nobody(make_client: Any) -> None:
    """
    Headers without number or end are read, and neither kept for the next request nor in full in the journal.
    """
    call: Client = make_client(DOCUMENT)
    many = {f"x_{number}": "v" * 300 for number in range(HEAVY // 100)}
    assert call("POST", "/things", b"{}", content_type=JSON, **many).status == 200
    assert len(call.site.heads) == 0
    (exchange,) = call.site.worlds.default.journal
    assert len(exchange.request.headers) == 40
    assert max(len(text) for line in exchange.request.headers for text in line) == 203


def test_a_long_name_of_a_world_is_cut(make_client: Any) -> None:
    """
    The name of a world takes 200 characters; what is longer is the same world as its beginning.
    """
    call: Client = make_client(DOCUMENT)
    for name in ("w" * 200, "w" * 5_000):
        call("POST", "/things", b"{}", content_type=JSON, x_mock_world=name)
    assert [(world.name, world.journal.total) for world in call.site.worlds] == [("default", 0), ("w" * 200, 2)]
