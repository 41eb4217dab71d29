"""
The ordinary way answers exactly as the journey does: the same requests are sent down both.

A head that came before goes the ordinary way, a head that is new each time goes step by step; so the one site gets the
same header line with each request, and the other a new one.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Iterator
from typing import Any, cast

import pytest

from aegis_contracts import bundled_apis, load
from aegis_mockserver import Site
from aegis_mockserver.control.requests._samples import sample
from aegis_mockserver.core._ordinary import REFUSALS, Way
from aegis_mockserver.core._rules import Validate
from aegis_mockserver.world import Worlds, read_fault

from .conftest import pets

Sent = tuple[str, str, dict[str, str], bytes]
PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}},
}


def notes() -> dict[str, Any]:
    """
    A contract whose answers hold addresses, that is mounted, and that makes up what it has no example of.
    """
    note = {
        "type": "object",
        "required": ["id", "text"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "text": {"type": "string", "maxLength": 20},
            "url": {"type": "string"},
            "tags": {"type": "array", "maxItems": 3, "items": {"type": "string", "pattern": "^[a-z]+$"}},
        },
    }
    shown = {"description": "ok", "content": {"application/json": {"schema": note}}}
    linked = {"id": 7, "text": "seven", "url": "https://notes.example/api/notes/7"}
    about = {"application/json": {"schema": note, "example": linked}}
    refused = {"description": "no", "content": {"application/problem+json": {"schema": PROBLEM}}}
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "servers": [{"url": "https://notes.example/api"}],
        "paths": {
            "/notes": {
                "get": {
                    "operationId": "listNotes",
                    "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 5}}],
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {"application/json": {"schema": {"type": "array", "items": note}}},
                        }
                    },
                },
                "post": {
                    "operationId": "makeNote",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": note}}},
                    "responses": {"201": shown, "400": refused},
                },
            },
            "/notes/{id}": {
                "parameters": [key],
                "get": {"operationId": "getNote", "responses": {"200": shown, "404": refused, "400": refused}},
                "patch": {
                    "operationId": "changeNote",
                    "requestBody": {"content": {"application/json": {"schema": {**note, "required": []}}}},
                    "responses": {"200": shown},
                },
                "delete": {"operationId": "dropNote", "responses": {"204": {"description": "gone"}}},
            },
            "/about/{name}": {
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"operationId": "about", "responses": {"200": {"description": "ok", "content": about}}},
            },
        },
    }


def site_of(documents: list[Any], validate: Validate = "strict", *, cors: bool = False) -> Site:
    """
    Open a site whose clock stands still.
    """
    worlds = Worlds(seed="both", source=lambda: 1_700_000_000.0)
    return Site([load(document) for document in documents], seed="both", worlds=worlds, validate=validate, cors=cors)


ODD: tuple[Any, ...] = (None, "", -1, "x" * 40, [], {}, ["A"], True, "//x", "https://notes.example/api")


def mutated(draw: random.Random, body: Any) -> Any:
    """
    Change one thing of a body.
    """
    if not isinstance(body, dict) or not body:
        return draw.choice(ODD)
    value: dict[str, Any] = copy.deepcopy(cast("dict[str, Any]", body))
    name: str = draw.choice(list(value))
    match draw.randrange(5):
        case 0:
            del value[name]
        case 1:
            value[name] = draw.choice(ODD)
        case 2:
            value["surplus"] = {"a": [1]}
        case 3:
            return [value]
        case _:
            value[name] = [value[name]]
    return value


def drawn(site: Site, seed: int, number: int) -> Iterator[Sent]:
    """
    Draw requests to all operations: most of them ordinary, many broken, some odd.
    """
    draw = random.Random(seed)
    # How long answers took is told, and differs.
    operations = [served for served in site.operations if served.declared.path != "/metrics"]
    for turn in range(number):
        served = draw.choice(operations)
        made = sample(served, site.worlds.default, draw.choice(["", str(turn % 7)]))
        target, headers = made.target, {name.lower(): value for name, value in made.headers}
        body = (made.body or "").encode()
        method = served.declared.method
        chance = draw.randrange(20)
        if chance < 4 and body:
            try:
                body = json.dumps(mutated(draw, json.loads(body)), ensure_ascii=False).encode()
            except ValueError:
                body += b"&&"
        elif chance == 4:
            body = draw.choice([b"", b"{", b"\xff", b"[" * 300, b'"text"'])
        elif chance == 5:
            headers["content-type"] = draw.choice(["text/plain", "application/json; charset=utf-8", ""])
        elif chance == 6:
            headers["accept"] = draw.choice(["application/json", "text/html", "*/*", "application/problem+json"])
        elif chance == 7:
            target += draw.choice(["?limit=2", "?limit=x", "?limit=2&limit=3", "?__code=404", "?a=%zz", "?cursor=a"])
        elif chance == 8:
            target = draw.choice(
                [target + "/", target.replace("/", "//", 1), target + "%20", "/api" + target, target + "0"]
            )
        elif chance == 9:
            headers |= draw.choice(
                [{"prefer": "code=404"}, {"prefer": "dynamic=true"}, {"idempotency-key": "k1"}, {"x-mock-world": "b"}]
            )
        elif chance == 10:
            headers.pop("authorization", None)
            headers.pop("x-key", None)
        elif chance == 11:
            method = draw.choice(["HEAD", "OPTIONS", "PUT", "GET"])
        elif chance == 12:
            headers["authorization"] = draw.choice(["Bearer invalid", "Bearer forbidden", "Basic x"])
        yield method, target, headers, body


def told(site: Site) -> list[Any]:
    """
    Return all that worlds remember, but for how long it took and the header that tells the ways apart.
    """
    return [
        [
            world.name,
            world.snapshot(),
            world.version,
            [(event.name, event.topic, event.key, event.value, event.violations) for event in world.events],
            [
                (
                    one.number,
                    one.at,
                    one.contract,
                    one.operation,
                    one.origin,
                    one.violations,
                    one.reply_violations,
                    one.request.method,
                    one.request.target,
                    one.request.body,
                    [line for line in one.request.headers if line[0] != b"x-trace"],
                    one.reply.status,
                    one.reply.headers,
                    one.reply.body,
                )
                for one in world.journal
            ],
        ]
        for world in site.worlds
    ]


def both(documents: list[Any], seed: int, number: int, validate: Validate = "strict") -> tuple[Site, Site]:
    """
    Send the same requests down both ways, and hold that each is answered alike.
    """
    ordinary, stepwise = site_of(documents, validate), site_of(documents, validate)
    for turn, (method, target, headers, body) in enumerate(drawn(ordinary, seed, number)):
        lines = [(b"host", b"mock.test"), (b"x-request-id", b"4d1f3c52-8c0e-4f2c-9c2b-2f6f1c1d2e3f")]
        lines += [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        replies = [
            site.respond(method, target.encode("latin-1", "replace"), (*lines, (b"x-trace", trace)), body)
            for site, trace in ((ordinary, b"same"), (stepwise, str(turn).encode()))
        ]
        one, other = ((reply.status, reply.headers, reply.body, bool(reply.disturbance)) for reply in replies)
        assert one == other, (method, target, headers, body)
    return ordinary, stepwise


def ways(site: Site) -> int:
    """
    Count the ways that were worked out and are ordinary.
    """
    return sum(isinstance(way, Way) for head in site.heads for way in (head.ways or {}).values())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("document", [pets, notes], ids=["pets", "notes"])
def test_both_ways_answer_and_remember_alike(document: Any, seed: int) -> None:
    """
    Whatever is sent, in whatever order, both ways give the same bytes and remember the same.
    """
    ordinary, stepwise = both([document()], seed, 400)
    assert told(ordinary) == told(stepwise)
    assert ways(ordinary) > 2
    assert ways(stepwise) == 0


def test_both_ways_serve_the_bundled_contracts_alike() -> None:
    """
    So do our own contracts, with events, credentials, behaviours and refusals in their providers' shapes.
    """
    ordinary, stepwise = both([str(path) for path in bundled_apis()], 1, 1_500)
    assert told(ordinary) == told(stepwise)
    assert ways(ordinary) > 10


@pytest.mark.parametrize("validate", ["report", "off"])
def test_both_ways_are_as_lenient_as_they_are_told(validate: Validate) -> None:
    """
    A mock that does not refuse has no other answers where a head came before.
    """
    ordinary, stepwise = both([notes()], 5, 200, validate)
    assert told(ordinary) == told(stepwise)


def test_a_path_of_any_bytes_is_read_alike_and_a_query_is_ordinary() -> None:
    """
    A path that is not encoded, or is no text at all, is answered as by the journey; a query keeps nobody off the way.
    """
    sites = [site_of([notes()]) for _ in range(2)]
    targets = [b"/about/%ED%95%9C", "/about/한".encode(), b"/about/\xff", b"/notes/\xff", b"/notes?limit=\xff"]
    for turn in range(3):
        for target in targets:
            one, other = (
                site.respond("GET", target, ((b"host", b"m"), (b"x-trace", trace)))
                for site, trace in zip(sites, (b"same", str(turn).encode()), strict=True)
            )
            assert (one.status, one.headers, one.body) == (other.status, other.headers, other.body), target
    site = site_of([notes()])
    for _ in range(2):
        assert site.respond("GET", b"/notes?limit=2", ((b"host", b"m"),)).status == 200
    assert ways(site) == 1


def test_what_steers_the_mock_is_obeyed_on_the_ordinary_way() -> None:
    """
    A fault, another strictness and another contract have their effect on requests whose head came often before.
    """
    site = site_of([notes()])
    host = ((b"host", b"mock.test"), (b"content-type", b"application/json"))

    def statuses() -> tuple[int, int]:
        read = site.respond("GET", b"/about/us", host)
        return read.status, site.respond("POST", b"/notes", host, b'{"id": 1}').status

    assert [statuses() for _ in range(3)] == [(200, 400)] * 3
    assert ways(site) == 2
    world = site.worlds.default
    world.faults.add(read_fault({"status": 503, "operation": "about"}))
    assert statuses() == (503, 400)
    world.faults.clear()
    assert statuses() == (200, 400)
    site.validate = "off"
    assert statuses()[1] != 400
    site.validate = "strict"
    assert [statuses() for _ in range(2)] == [(200, 400)] * 2
    changed = notes()
    del changed["paths"]["/about/{name}"]
    site.serve([load(changed)])
    assert statuses() == (404, 400)


def test_a_world_that_an_address_names_is_asked_though_its_client_came_before() -> None:
    """
    A client whose headers are known from the default world reaches, by the address of another, that one alone.
    """
    site = site_of([notes()])
    host = ((b"host", b"mock.test"), (b"content-type", b"application/json"))
    for _ in range(3):
        assert site.respond("POST", b"/notes", host, b'{"text": "here"}').status == 201
    for _ in range(2):
        assert site.respond("POST", b"/__world__/a/notes", host, b'{"text": "there"}').status == 201
    assert {world.name: world.journal.total for world in site.worlds} == {"default": 3, "a": 2}
    assert site.respond("GET", b"/notes", host).body.count(b"here") == 3
    assert b"there" not in site.respond("GET", b"/notes", host).body


def out_of_the_ordinary() -> dict[str, Any]:
    """
    A contract of which each operation asks for something that only the journey knows.
    """
    text = {"type": "string"}
    said = {"description": "ok", "content": {"application/json": {"schema": text, "example": "said"}}}
    event = {"text/event-stream": {"schema": text, "example": "data: said\n\n"}}
    path = {"name": "path", "in": "path", "required": True, "x-multi-segment": True, "schema": text}
    emits = [{"event": "Told", "aggregate": "$request.query.id", "data": {}}]
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    document = pets()
    document["paths"] |= {
        "/faulty": {"get": {"responses": {"200": said}, "x-mock-faults": [{"schedule": [0, 503, 0]}]}},
        "/streamed": {"get": {"responses": {"200": {**said, "content": {**said["content"], **event}}}}},
        "/head": {"head": {"responses": {"200": said}}},
        "/files/{path}": {"get": {"parameters": [path], "responses": {"200": said}}},
        "/told": {"post": {"requestBody": body, "responses": {"200": said}, "x-emits": emits}},
    }
    return document


@pytest.mark.parametrize("cors", [False, True])
def test_what_is_out_of_the_ordinary_takes_the_journey(cors: bool) -> None:
    """
    Faults of the contract, magic values, streams, paths of several segments, events, content codings, other origins:
    a client that came before is answered as one that did not, each time.
    """
    sent: list[Sent] = [
        ("GET", "/faulty", {}, b""),
        ("GET", "/pets/42", {}, b""),
        ("GET", "/pets/1", {"origin": "https://e.example"}, b""),
        ("GET", "/streamed", {"accept": "text/event-stream"}, b""),
        ("GET", "/streamed", {}, b""),
        ("HEAD", "/head", {}, b""),
        ("HEAD", "/pets/1", {}, b""),
        ("GET", "/files/a/b/c", {}, b""),
        ("GET", "/v1/files/a", {}, b""),
        ("POST", "/told?id=7", {"content-type": "application/json"}, b"{}"),
        ("POST", "/pets", {"content-type": "application/json"}, b'{"name": "Bori"}'),
        (
            "POST",
            "/pets",
            {"content-type": "application/json", "content-encoding": "gzip"},
            gzip.compress(b'{"name": "Nabi"}', mtime=0),
        ),
    ]
    ordinary, stepwise = (site_of([out_of_the_ordinary()], cors=cors) for _ in range(2))
    for turn in range(4):
        for method, target, headers, body in sent:
            lines = [(b"host", b"mock.test"), *((name.encode(), value.encode()) for name, value in headers.items())]
            replies = [
                site.respond(method, target.encode(), (*lines, (b"x-trace", trace)), body)
                for site, trace in ((ordinary, b"same"), (stepwise, str(turn).encode()))
            ]
            one, other = ((reply.status, reply.headers, reply.body, bool(reply.disturbance)) for reply in replies)
            assert one == other, (method, target)
    assert told(ordinary) == told(stepwise)
    assert [event.name for event in ordinary.worlds.default.events] == ["Told"] * 4


def test_what_is_new_in_each_answer_is_new_for_a_client_that_came_before() -> None:
    """
    An operation that answers with its example and names each exchange names each anew.
    """
    document = pets()
    named = {"X-Request-Id": {"schema": {"type": "string"}}}
    document["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["headers"] = named
    site = site_of([document])
    names = [dict(site.respond("GET", b"/pets/1", ((b"host", b"m"),)).headers)[b"x-request-id"] for _ in range(4)]
    assert len(set(names)) == 4


def silent() -> dict[str, Any]:
    """
    A contract that declares no refusals, so that they are told in the mock's own words.
    """
    document = notes()
    operations: list[dict[str, Any]] = [
        operation for path in document["paths"].values() for name, operation in path.items() if name != "parameters"
    ]
    for operation in operations:
        declared: dict[str, Any] = operation["responses"]
        operation["responses"] = {status: one for status, one in declared.items() if status not in {"400", "404"}}
    return document


@pytest.mark.parametrize("document", [notes, silent], ids=["declared", "undeclared"])
def test_refusals_are_told_again_for_the_same_reasons_only(document: Any) -> None:
    """
    What is kept of a refusal is told to no request that is at another path, breaks other rules or has another head.
    """
    ordinary, stepwise = site_of([document()]), site_of([document()])
    bodies = [b'{"id": 1}', b'{"id": 1, "text": 2}', b'{"id": "1", "text": 2, "tags": ["A", "b", "C"]}', b"[]", b"{"]
    paths = ["/notes", "/api/notes", *(f"/notes/{number}" for number in (1, 2))]
    sent = [(path, query, body, host) for path in paths for query in ("", "?a=b") for body in bodies for host in "ab"]
    draw = random.Random(3)
    for turn, (path, query, body, host) in enumerate(draw.choices(sent, k=600)):
        lines = ((b"host", host.encode()), (b"content-type", b"application/json"))
        method = "POST" if path.endswith("notes") else "PATCH"
        one, other = (
            site.respond(method, f"{path}{query}".encode(), (*lines, (b"x-trace", trace)), body)
            for site, trace in ((ordinary, b"same"), (stepwise, str(turn).encode()))
        )
        assert (one.status, one.headers, one.body) == (other.status, other.headers, other.body), (path, query, body)
    assert told(ordinary) == told(stepwise)
    kept = [way for head in ordinary.heads for way in (head.ways or {}).values() if way and way.refusals]
    assert len(kept) >= 4


def test_kept_refusals_are_bounded() -> None:
    """
    Refusals at ever new paths are not all kept: 32 at most.
    """
    assert REFUSALS == 32
    site = site_of([notes()])
    head = ((b"host", b"a"), (b"content-type", b"application/json"))
    for number in range(1, 5 * REFUSALS):
        assert site.respond("PATCH", f"/notes/{number}".encode(), head, b'{"text": 2}').status == 422
    (way,) = [way for head in site.heads for way in (head.ways or {}).values()]
    assert 0 < len(way.refusals) <= REFUSALS
