"""
What an exchange causes or repeats beside its answer, and the expressions that say it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Answer, Event, Fault, Site
from aegis_mockserver.core.effects import _idempotency
from aegis_mockserver.core.effects._callbacks import body_of, callbacks_of
from aegis_mockserver.core.effects._origins import is_foreign
from aegis_mockserver.core.operations._addresses import HERE, base_of
from aegis_mockserver.core.operations._expressions import (
    MISSING,
    Scene,
    compile_expression,
    compile_value,
    is_expression,
)
from aegis_mockserver.core.operations._mounts import base_path

from .conftest import Client, header, pets, value

Make = Callable[..., Client]


def _origin(call: Client) -> str:
    return next(call.site.worlds.default.journal.newest_first()).origin


def test_a_key_that_was_seen_is_answered_as_the_first_time(call: Client) -> None:
    """
    The same request with the same key makes one pet, and both answers are the same; quotes around a key are no part.
    """
    first = call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")
    again = call("POST", "/pets", {"name": "Bori"}, idempotency_key='"k"')
    assert (again.status, again.body, header(again, "location")) == (201, first.body, header(first, "location"))
    assert _origin(call) == "replay"
    assert value(call("GET", "/pets?limit=100"))["total"] == value(call("GET", "/pets"))["total"]
    other = call("POST", "/pets", {"name": "Bori"}, idempotency_key="other")
    assert value(other)["id"] != value(first)["id"]


@pytest.mark.parametrize(
    ("body", "headers", "target"),
    [
        ({"name": "Nabi"}, {}, "/pets"),
        ({"name": "Bori"}, {"content_type": "application/json; charset=utf-8"}, "/pets"),
        ({"name": "Bori"}, {}, "/v1/pets"),
    ],
)
def test_a_key_belongs_to_one_request(call: Client, body: Any, headers: dict[str, str], target: str) -> None:
    """
    Another body, media type or address with the same key is a conflict, in the status that the contract has for it.
    """
    call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")
    reply = call("POST", target, body, idempotency_key="k", **headers)
    assert (reply.status, value(reply)["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("declared", "status"), [(("422", "409", "400"), 422), (("409", "400"), 409), (("400",), 400), ((), 422)]
)
def test_a_key_that_was_used_for_something_else_is_refused_as_the_contract_can_say_it(
    make_client: Make, declared: tuple[str, ...], status: int
) -> None:
    """
    422 as the draft has it, else the conflict or the bad request that the contract declares.
    """
    document = pets()
    made = document["paths"]["/pets"]["post"]["responses"]
    document["paths"]["/pets"]["post"]["responses"] = {"201": made["201"], **dict.fromkeys(declared, made["409"])}
    call = make_client(document)
    call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")
    assert call("POST", "/pets", {"name": "Nabi"}, idempotency_key="k").status == status


def test_a_key_is_forgotten_after_a_day_of_the_worlds_time(call: Client) -> None:
    """
    One second before a day has passed it is known, then it is not; the time is the world's, which a test may set.
    """
    clock = call.site.worlds.default.clock
    clock.set(clock.now(), frozen=True)
    first = value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k"))
    clock.advance(timedelta(seconds=_idempotency.SECONDS - 1))
    assert value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")) == first
    clock.advance(timedelta(seconds=1))
    assert value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k"))["id"] != first["id"]
    assert _idempotency.SECONDS == 86_400


def test_a_refusal_is_not_remembered_under_its_key(make_client: Make) -> None:
    """
    Who was refused, or whose answer says so, may mend the request and send it with the same key.
    """
    from aegis_mockserver import Behaviours, Problem

    said: list[Any] = [Problem("conflict", 409), Answer(409, {"title": "no", "status": 409}), None]
    behaviours = Behaviours()
    behaviours.add("Pets", {"createPet": lambda operation, reading, world: said.pop(0)})
    call = make_client(behaviours=behaviours)
    statuses = [call("POST", "/pets", {"name": "Bori"}, idempotency_key="k").status for _ in range(3)]
    assert statuses == [409, 409, 201]


def test_the_oldest_key_makes_room(call: Client) -> None:
    """
    A world keeps as many keys as it says and no more: the first that came is the first that goes.
    """
    replies = call.site.worlds.default.replies
    call("POST", "/pets", {"name": "Bori"}, idempotency_key="first")
    call("POST", "/pets", {"name": "Bori"}, idempotency_key="second")
    first, second = (key for key in replies if isinstance(key, _idempotency.Key))
    for number in range(_idempotency.KEPT - 2):
        replies[first._replace(key=str(number))] = replies[first]
    call("POST", "/pets", {"name": "Bori"}, idempotency_key="third")
    assert len(replies) == _idempotency.KEPT
    assert first not in replies
    assert second in replies


def test_a_key_on_a_request_that_only_reads_says_nothing(call: Client) -> None:
    """
    Keys are for what makes something: on a GET that declares none there is nothing to repeat.
    """
    call("GET", "/pets/1", idempotency_key="k")
    assert not call.site.worlds.default.replies


@pytest.mark.parametrize(
    ("fields", "foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "http://a", "host": "b"}, False),
        ({"origin": "http://127.0.0.1:4010", "host": "127.0.0.1:4010"}, False),
        ({"origin": "http://127.0.0.1:4011", "host": "127.0.0.1:4010"}, True),
        ({"origin": "null", "host": "127.0.0.1"}, True),
        ({"origin": "http://[", "host": "["}, True),
    ],
)
def test_a_page_of_another_origin_is_told_by_its_headers(fields: dict[str, str], foreign: bool) -> None:
    """
    A browser says where a page is from; a program says nothing, and is nobody's page.
    """
    assert is_foreign(fields) is foreign


SCENE = Scene(
    method="POST",
    url="/v1/pets?a=1",
    status=201,
    path={"petId": 7},
    query={"a": "1", "list": [1, 2]},
    request_headers={"x-one": "1"},
    request_body={"a": [{"b/c": "d"}], "none": None},
    response_headers={"location": "/pets/7"},
    response_body=MISSING,
    change={"fields": ["name"]},
    facts={"token": "t"},
    event={"occurredAt": "now"},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$method", "POST"),
        ("$url", "/v1/pets?a=1"),
        ("$statusCode", 201),
        ("$request.path.petId", 7),
        ("$request.path.other", MISSING),
        ("$request.query.a", "1"),
        ("$request.query.b", MISSING),
        ("$request.header.X-One", "1"),
        ("$request.header.location", MISSING),
        ("$response.header.Location", "/pets/7"),
        ("$response.header.x-one", MISSING),
        ("$request.body#/a/0/b~1c", "d"),
        ("$request.body#/none", None),
        ("$request.body#/nothing", MISSING),
        ("$response.body", MISSING),
        ("$response.body#/a", MISSING),
        ("$change#/fields/0", "name"),
        ("$facts#/token", "t"),
        ("$event#/occurredAt", "now"),
    ],
)
def test_an_expression_finds_what_it_names(text: str, expected: Any) -> None:
    """
    Each source of an exchange, by any spelling of a header's name; what is not there is missing, null is a value.
    """
    found = compile_expression(text)(SCENE)
    assert found is expected if expected is MISSING else found == expected
    assert is_expression(text)


@pytest.mark.parametrize(
    "text",
    ["$request.cookie.a", "$response.path.a", "$response.query.a", "$request.header.", "$nothing", "$request.body#a"],
)
def test_what_is_no_expression_is_refused_when_it_is_read(text: str) -> None:
    """
    A source that OpenAPI does not know, a name that is left out or a pointer that is none: the error names the text.
    """
    with pytest.raises(ValueError, match=r"."):
        compile_expression(text)


def test_values_are_built_of_expressions_and_leave_out_what_is_missing() -> None:
    """
    Members, items and texts with expressions in them; a text one of whose parts is missing is missing.
    """
    said = {"id": "$request.path.petId", "gone": "$response.body", "list": [1, "$response.body", "$method"], "n": None}
    assert compile_value(said)(SCENE) == {"id": 7, "list": [1, "POST"], "n": None}
    assert compile_value("pet {$request.path.petId} of {$request.query.list}")(SCENE) == "pet 7 of [1,2]"
    assert compile_value("{$request.query.a}-{$response.body}")(SCENE) is MISSING
    assert compile_value("plain {text}")(SCENE) == "plain {text}"
    assert compile_value(5)(SCENE) == 5


def _document(callbacks: dict[str, Any]) -> Any:
    document = pets()
    document["paths"]["/pets"]["post"]["callbacks"] = callbacks
    return next(one for one in load(document).all_operations() if one.key == "createPet")


def test_callbacks_go_to_the_address_that_the_exchange_has() -> None:
    """
    An address that is missing, no text or no expression sends nothing, and does not keep the next from being sent.
    """
    told = {"requestBody": {"content": {"application/json": {"example": {"ok": True}}}}, "responses": {}}
    operation = _document(
        {
            "broken": {"$request.cookie.a": {"post": told}},
            "missing": {"nonsense {$nothing.at.all}": {"post": told}, "$response.body#/url": {"post": told}},
            "number": {"$request.path.petId": {"post": told}},
            "good": {
                "{$nothing}": {"post": told},
                "$response.body#/url": {"post": told},
                "http://{$request.header.x-one}.example/": {"post": told, "put": told},
            },
        }
    )
    world = Site([load(pets())]).worlds.default
    sent = list(callbacks_of(operation, SCENE, world, ""))
    assert sorted((one.name, one.method.upper(), one.url) for one in sent) == [
        ("good", "POST", "http://1.example/"),
        ("good", "PUT", "http://1.example/"),
    ]
    assert {(one.media_type, one.content, one.hops, one.foreign) for one in sent} == {
        ("application/json", b'{"ok":true}', 1, False)
    }


@pytest.mark.parametrize(("said", "hops"), [("1", 2), ("999", 1000), ("1000", 1), ("one", 1), ("", 1)])
def test_callbacks_count_those_that_led_to_them(said: str, hops: int) -> None:
    """
    A mock that is called by a callback says so in the next: two mocks do not go on for ever.
    """
    operation = _document({"good": {"http://one.example/": {"post": {"responses": {}}}}})
    world = Site([load(pets())]).worlds.default
    scene = Scene(request_headers={"x-mock-callbacks": said, "origin": "http://page.example", "host": "mock"})
    (sent,) = callbacks_of(operation, scene, world, "")
    assert (sent.hops, sent.foreign, sent.media_type, sent.content) == (hops, True, "", b"")


def test_the_body_of_a_webhook_is_its_example_or_made_of_its_schema() -> None:
    """
    The first media type that has either; none is no body.
    """
    content = {"text/plain": {}, "application/json": {"schema": {"const": {"a": 1}}}}
    operation = _document({"one": {"http://a.example/": {"post": {"requestBody": {"content": content}}}}})
    (called,) = operation.callbacks["one"]["http://a.example/"]
    assert body_of(called, "seed") == ("application/json", b'{"a":1}')


@pytest.mark.parametrize(
    ("server", "base", "path"),
    [
        ({"url": "https://api.example.com/v1/"}, "https://api.example.com/v1", "/v1"),
        ({"url": "//api.example.com/v1?x=1#y"}, "https://api.example.com/v1", "/v1"),
        ({"url": "/v1"}, HERE, "/v1"),
        ({"url": "v1"}, HERE, ""),
        ({"url": "ftp://files.example.com/v1"}, HERE, "/v1"),
        ({"url": "http://[/v1"}, HERE, ""),
        (
            {"url": "https://{region}.example.com/{v}/{w}", "variables": {"region": {"default": "kr"}, "v": "no"}},
            "https://kr.example.com/v/w",
            "/v/w",
        ),
    ],
)
def test_servers_say_where_an_operation_is(server: dict[str, Any], base: str, path: str) -> None:
    """
    Variables at their defaults; a server without an authority is the mock itself.
    """
    document = {**pets(), "servers": [server]}
    operation = next(iter(load(document).all_operations()))
    assert (base_of(operation), base_path(server)) == (base, path)


def test_a_key_is_read_from_the_header_that_the_contract_declares(make_client: Make) -> None:
    """
    An operation that declares ``Idempotency-Key`` is done once for a key whatever its method is, and the header is read
    as it is declared; an operation of another method that does not declare it is done each time.
    """
    document = pets()
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
    for path, method, declared in (
        ("/pets", "post", True),
        ("/pets/{petId}", "put", True),
        ("/pets/{petId}", "patch", False),
    ):
        if declared:
            document["paths"][path][method]["parameters"] = [key]
    call = make_client(document)
    made = value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k"))
    assert (value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")), _origin(call)) == (made, "replay")
    pet = f"/pets/{made['id']}"
    for expected in ("state", "replay"):
        assert call("PUT", pet, {"name": "Nabi"}, idempotency_key="k").status == 200
        assert _origin(call) == expected
    patched = {"content_type": "application/merge-patch+json", "idempotency_key": "k"}
    for _ in range(2):
        assert call("PATCH", pet, b'{"name": "Dol"}', **patched).status == 200
        assert _origin(call) == "state"


def test_what_an_exchange_causes_is_kept_and_published() -> None:
    """
    An event is in its world's list and goes to the sinks; what ``Prefer`` asked for, and an answer that is given again,
    cause nothing.
    """
    published: list[Event] = []

    class Sink:
        def publish(self, event: Event) -> None:
            published.append(event)

        async def aclose(self) -> None: ...

    document = pets()
    data = {"name": "$request.body#/name"}
    document["paths"]["/pets"]["post"]["x-emits"] = [
        {"event": "PetMade", "aggregate": "$response.body#/id", "data": data}
    ]
    site = Site([load(document)], sinks=[Sink()])
    call, world = Client(site), site.worlds.default
    for _ in range(3):  # the third is of a client that came before
        call("POST", "/pets", {"name": "Bori"})
    assert [event.name for event in world.events] == [event.name for event in published] == ["PetMade"] * 3
    call("POST", "/pets", {"name": "Bori"}, prefer="code=201")
    assert len(list(world.events)) == 3
    for _ in range(2):
        call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")
    assert len(list(world.events)) == len(published) == 4


@pytest.mark.parametrize(
    ("status", "title"), [(503, "The service is unavailable"), (418, "Status 418"), (501, "Status 501")]
)
def test_a_fault_is_called_by_its_status(call: Client, status: int, title: str) -> None:
    """
    A status that the mock was told to answer has its own title, and none of another status.
    """
    call.site.worlds.default.faults.add(Fault(operation="getPet", status=status))
    told = value(call("GET", "/pets/1"))
    assert (told["status"], told["title"]) == (status, title)


def test_a_key_is_its_callers_and_its_operations_own() -> None:
    """
    Two callers, two operations and two contracts may use the same key, and none is answered what another was.
    """
    document = pets()
    document["paths"]["/pets"]["post"]["security"] = [{"key": []}]
    made = {"operationId": "createPet", "responses": {"201": {"description": "made"}}}
    document["paths"]["/toys"] = {"post": {**made, "operationId": "createToy"}}
    other = {**pets(), "info": {"title": "Plays", "version": "1"}, "paths": {"/plays": {"post": made}}}
    call = Client(Site([load(document, name="pets"), load(other, name="plays")]))
    mine, yours = (value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k", x_key=who)) for who in "ab")
    assert mine["id"] != yours["id"]
    assert value(call("POST", "/pets", {"name": "Bori"}, idempotency_key="k", x_key="a")) == mine
    assert [call("POST", path, idempotency_key="k", x_key="a").status for path in ("/toys", "/plays")] == [201, 201]


def test_a_first_request_that_is_held_back_is_in_progress(call: Client) -> None:
    """
    While a fault holds the first answer back, a second request with its key is told to wait (409).
    """
    call.site.worlds.default.faults.add(Fault(operation="createPet", latency=30.0))
    assert call("POST", "/pets", {"name": "Bori"}, idempotency_key="k").status == 201
    again = call("POST", "/pets", {"name": "Bori"}, idempotency_key="k")
    assert (again.status, value(again)["code"]) == (409, "idempotency_request_in_progress")


def test_a_body_that_is_no_object_has_no_key(make_client: Make) -> None:
    """
    Where the key is a member of the body, a body of another kind is refused or answered, and breaks nothing.
    """
    document = pets()
    schema = {"type": "object", "properties": {"idempotency_key": {"type": "string"}, "name": {"type": "string"}}}
    document["paths"]["/pets"]["post"]["requestBody"]["content"] = {"application/json": {"schema": schema}}
    assert make_client(document)("POST", "/pets", b"[1]", content_type="application/json").status == 400
    assert make_client(document, validate="off")("POST", "/pets", b"[1]", content_type="application/json").status < 500
