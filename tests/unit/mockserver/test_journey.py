"""
Route, validate, negotiate: what a request is answered with, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Answer, Behaviours, Problem, Site, SiteClashError

from .conftest import Client, header, pets, value


@pytest.mark.parametrize("path", ["/pets/1", "/v1/pets/1"])
def test_served_at_the_base_path_and_bare(call: Client, path: str) -> None:
    """
    An operation answers at the path of its server and, where nobody else is, without it.
    """
    assert value(call("GET", path)) == {"id": 1, "name": "Rex"}


def test_two_contracts_on_one_place_are_refused() -> None:
    """
    Two contracts that want the same method and path are refused, and both are named.
    """
    other = {**pets(), "info": {"title": "Other pets", "version": "1"}}
    with pytest.raises(SiteClashError) as refused:
        Site([load(pets(), name="a"), load(other, name="b")])
    assert "Pets" in str(refused.value)
    assert "b" in refused.value.findings[0].source


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "status", "code"),
    [
        ("GET", "/nothing", None, {}, 404, "not_found"),
        ("PUT", "/pets", None, {}, 405, "method_not_allowed"),
        ("GET", "/pets/1", None, {"accept": "text/html"}, 406, "not_acceptable"),
        ("POST", "/pets", b"<a/>", {"content_type": "application/xml"}, 415, "unsupported_media_type"),
        ("POST", "/pets", {"nam": 1}, {}, 400, "invalid_request"),
        ("POST", "/pets", b"{", {"content_type": "application/json"}, 400, "invalid_request"),
        ("GET", "/pets/x", None, {}, 400, "invalid_request"),
        ("GET", "/pets?limit=0", None, {}, 400, "invalid_request"),
        ("GET", "/secure", None, {}, 401, "unauthorized"),
        ("GET", "/secure", None, {"x_key": "invalid"}, 401, "unauthorized"),
        ("GET", "/secure", None, {"x_key": "forbidden"}, 403, "forbidden"),
    ],
)
def test_refusals(
    call: Client, method: str, target: str, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    """
    Every refusal is a problem with a stable code.
    """
    reply = call(method, target, body, **headers)
    assert (reply.status, value(reply)["code"]) == (status, code)
    assert header(reply, "content-type") == "application/problem+json"


def test_all_violations_are_reported(call: Client) -> None:
    """
    A refusal lists everything that is wrong, with pointer, rule and message, never the value.
    """
    found = value(call("POST", "/pets", {"name": "", "tag": 12345}))["violations"]
    assert {(v["pointer"], v["rule"]) for v in found} == {("/body/name", "minLength"), ("/body/tag", "type")}
    assert "12345" not in str(found)


def test_405_names_what_is_allowed(call: Client) -> None:
    """
    405 comes with Allow (RFC 9110 §15.5.6).
    """
    assert header(call("PATCH", "/pets"), "allow") == "GET, POST, HEAD"


def test_head_is_get_without_content(call: Client) -> None:
    """
    HEAD answers as GET would, without the content (RFC 9110 §9.3.2).
    """
    get, head = call("GET", "/pets/1"), call("HEAD", "/pets/1")
    assert head.body == b""
    assert head.headers == get.headers


def test_report_answers_and_says_so(make_client: Callable[..., Client]) -> None:
    """
    With --validate report a broken request is answered, and the answer tells how many rules it broke.
    """
    reply = make_client(validate="report")("GET", "/pets/x")
    assert reply.status in {200, 404}
    assert header(reply, "x-mock-violations") == "1"


def test_off_does_not_look(make_client: Callable[..., Client]) -> None:
    """
    With --validate off not even credentials are asked for.
    """
    assert make_client(validate="off")("GET", "/secure").status == 200


@pytest.mark.parametrize(
    ("prefer", "target", "status", "body"),
    [
        ("example=tom", "/pets/1", 200, {"id": 2, "name": "Tom"}),
        ("code=200, example=tom", "/pets/1", 200, {"id": 2, "name": "Tom"}),
        ('example="rex"', "/pets/9", 200, {"id": 1, "name": "Rex"}),
    ],
)
def test_prefer_chooses_the_example(call: Client, prefer: str, target: str, status: int, body: Any) -> None:
    """
    Prefer chooses status and example, and Preference-Applied confirms it (RFC 7240).
    """
    reply = call("GET", target, prefer=prefer)
    assert (reply.status, value(reply)) == (status, body)
    assert "example=" in (header(reply, "preference-applied") or "")


def test_refusal_by_prefer_needs_no_valid_request_and_no_accept(call: Client) -> None:
    """
    A refusal that is asked for comes, whatever else the request says and accepts.
    """
    reply = call("GET", "/pets/x", prefer="code=404", accept="application/json")
    assert (reply.status, header(reply, "content-type")) == (404, "application/problem+json")


def test_query_chooses_where_headers_are_dropped(call: Client) -> None:
    """
    ?__code= and ?__example= say what Prefer says, for those behind a gateway.
    """
    assert call("GET", "/pets/1?__code=404").status == 404
    assert value(call("GET", "/pets/1?__example=tom"))["name"] == "Tom"


def test_unknown_preference_is_explained(call: Client) -> None:
    """
    A preference that the contract cannot meet is refused, and what it has is listed.
    """
    reply = call("GET", "/pets/1", prefer="example=bob")
    assert (reply.status, value(reply)["code"]) == (404, "preference_unknown")
    assert "rex, tom" in value(reply)["detail"]


def test_magic_value_chooses_the_example(call: Client) -> None:
    """
    x-mock-when on an example answers with it when its expressions hold.
    """
    assert value(call("GET", "/pets/42"))["name"] == "Tom"


def test_dynamic_is_deterministic(call: Client, make_client: Callable[..., Client]) -> None:
    """
    dynamic=true generates: the same for the same request and seed, another for another.
    """
    first = call("GET", "/pets/1", prefer="dynamic=true").body
    assert make_client()("GET", "/pets/1", prefer="dynamic=true").body == first
    assert call("GET", "/pets/2", prefer="dynamic=true").body != first
    assert make_client(seed="other")("GET", "/pets/1", prefer="dynamic=true").body != first


def test_behaviour_speaks_first(make_client: Callable[..., Client]) -> None:
    """
    A registered function answers before state and examples; None lets those speak.
    """
    behaviours = Behaviours()

    @behaviours.on("Pets", "getPet")
    def behave(operation: Any, reading: Any, world: Any) -> Answer | Problem | None:
        if reading.path["petId"] == 7:
            return Answer(200, {"id": 7, "name": "Seven"})
        return Problem("not_found", 404) if reading.path["petId"] == 8 else None

    call = make_client(behaviours=behaviours)
    assert value(call("GET", "/pets/7"))["name"] == "Seven"
    assert call("GET", "/pets/8").status == 404
    assert value(call("GET", "/pets/9"))["name"] == "Rex"


def test_our_own_violation_is_visible(make_client: Callable[..., Client]) -> None:
    """
    An answer that breaks the contract leaves with X-Mock-Violation and is marked in the journal; it is no 5xx.
    """
    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": lambda operation, reading, world: Answer(200, {"id": "no"})})
    call = make_client(behaviours=behaviours)
    reply = call("GET", "/pets/1")
    assert reply.status == 200
    assert "/body/id" in (header(reply, "x-mock-violation") or "")
    assert next(call.site.worlds.default.journal.newest_first()).reply_violations


def test_failing_behaviour_does_not_kill(make_client: Callable[..., Client]) -> None:
    """
    A behaviour that raises is a 500 for that request, and nothing else.
    """

    def fail(operation: Any, reading: Any, world: Any) -> Answer:
        raise RuntimeError("boom")

    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": fail})
    call = make_client(behaviours=behaviours)
    assert call("GET", "/pets/1").status == 500
    assert call("GET", "/pets").status == 200


JSON, EVENTS = "application/json", "text/event-stream"


@pytest.mark.parametrize("order", [(EVENTS, JSON), (JSON, EVENTS)])
@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/plain;q=0.2, */*;q=0.1", JSON),
        (JSON, JSON),
        ("Text/Event-Stream", EVENTS),
        (f"{EVENTS}, */*", EVENTS),
    ],
)
def test_events_are_for_who_asks_for_them(
    make_client: Callable[..., Client], order: tuple[str, ...], accept: str, chosen: str
) -> None:
    """
    Where an answer is JSON or a stream of events, whoever takes anything gets JSON, in whichever order they stand.
    """
    document = pets()
    content = {name: {"schema": {"type": "object"}} for name in order}
    document["paths"]["/told"] = {"get": {"responses": {"200": {"description": "d", "content": content}}}}
    reply = make_client(document)("GET", "/told", **({"accept": accept} if accept else {}))
    assert header(reply, "content-type") == chosen


def test_what_is_told_in_events_alone_is_what_the_contract_shows(make_client: Callable[..., Client]) -> None:
    """
    An item is made though its maker is answered in events: those of the contract's own, as no item is told in events.
    """
    document = pets()
    document["paths"]["/pets"]["post"]["responses"]["201"] = {
        "description": "made",
        "content": {EVENTS: {"schema": {"$ref": "#/components/schemas/Pet"}}},
    }
    call = make_client(document)
    reply = call("POST", "/pets", {"name": "Bori"})
    assert (reply.status, header(reply, "content-type"), reply.body.count(b"data: {")) == (201, EVENTS, 3)
    (made,) = call.site.worlds.default.journal
    assert made.origin == "generated"
    assert [one["name"] for one in value(call("GET", "/pets"))["data"]] == ["Bori"]


def test_only_a_head_is_answered_as_a_get(call: Client) -> None:
    """
    What a path does not offer is refused with what it does, whichever method that is; HEAD is a GET without its body.
    """
    replies = [call(method, "/secure") for method in ("CONNECT", "DELETE", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")]
    assert {(reply.status, header(reply, "allow")) for reply in replies} == {(405, "GET, HEAD")}
    head, get = call("HEAD", "/pets/1"), call("GET", "/pets/1")
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")
