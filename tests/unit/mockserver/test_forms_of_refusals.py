"""
The forms that a refusal has: a problem detail with what its contract has room for, a text, JSON of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aegis_mockserver.world import read_fault

from .conftest import Client, header, pets, value
from .parks import NUMBER, TEXT, Refused, array, content, needs

Make = Callable[..., Client]
SAID, TOLD = "/body/n must be an integer", "The mock was told to answer this."

MEMBERS = ("type", "title", "status", "code", "instance", "detail")
BRIEF = ("pointer", "rule", "message")


def only(*names: str, **more: Any) -> dict[str, Any]:
    """
    Return the schema of an object that has no other members.
    """
    return {"type": "object", "additionalProperties": False, "properties": {**dict.fromkeys(names, True), **more}}


@pytest.mark.parametrize("fault", [False, True])
@pytest.mark.parametrize(
    ("schema", "names"),
    [
        (only(*MEMBERS, "violations"), [*MEMBERS, "violations"]),
        (only(*MEMBERS, violations=array(only(*BRIEF))), [*MEMBERS, "violations"]),
        (only(*MEMBERS), MEMBERS),
        (only("type", "title", "status", "code", "detail"), ["type", "title", "status", "code", "detail"]),
        (only("type", "title", "status", "detail"), ["type", "title", "status", "detail"]),
    ],
    ids=["all", "brief", "no violations", "no instance", "only the standard's"],
)
def test_a_problem_says_as_much_as_its_contract_has_room_for(
    refused: Refused, schema: Any, names: list[str], fault: bool
) -> None:
    """
    Of a problem detail (RFC 9457) that a contract bounds, what it has no room for is left out, and nothing else.
    """
    told = refused(schema, 409 if fault else 422, fault=fault, media_type="application/problem+json")
    assert set(told) == {*names} - ({"violations"} if fault else set())
    assert told["detail"] == (TOLD if fault else "1 rule is violated.")
    for violation in told.get("violations", ()):
        assert {*BRIEF} <= violation.keys()
        assert "schema" not in violation or schema["properties"]["violations"] is True


@pytest.mark.parametrize("named", [{}, {"request_id": TEXT}])
def test_a_problem_names_the_exchange_where_its_contract_does(make_client: Make, named: Any) -> None:
    """
    Where a refusal's header identifies the exchange, its body does too, if it has room for that.
    """
    refusal = {
        "description": "no",
        "headers": {"X-Request-Id": {"schema": TEXT}},
        **content(only(*MEMBERS, **named), "application/problem+json"),
    }
    query = [{"name": "n", "in": "query", "schema": NUMBER}]
    get = {"parameters": query, "responses": {"204": {"description": "d"}, "400": refusal}}
    document = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": {"/orders": {"get": get}}}
    reply = make_client(document)("GET", "/orders?n=x")
    identity = header(reply, "x-request-id")
    assert identity
    assert value(reply).get("request_id") == (identity if named else None)


@pytest.mark.parametrize(
    ("schema", "media_type", "told"),
    [
        (TEXT, "text/plain", SAID.encode()),
        (TEXT, "application/json", SAID),
        (TEXT, "*/*", SAID),
        ({"const": "no"}, "text/plain", b"no"),
        ({"const": "no"}, "application/json", "no"),
        ({"const": 7}, "text/plain", b"7"),
        ({"const": 7}, "application/json", 7),
        ({"const": ["no"]}, "application/json", ["no"]),
        (needs("error", error=needs("message", message=TEXT)), "*/*", {"error": {"message": SAID}}),
        (
            needs("error", error=needs("message", message=TEXT)),
            "application/vnd.shop+json",
            {"error": {"message": SAID}},
        ),
        (needs("code", code={"const": "no"}), "application/x-www-form-urlencoded", b"code=no"),
    ],
)
def test_a_refusal_of_any_media_type_says_what_it_can(
    refused: Refused, schema: Any, media_type: str, told: Any
) -> None:
    """
    A text says what happened, and so does JSON under whatever name; what has no room for it stays as the contract's.
    """
    assert refused(schema, media_type=media_type) == told


def test_what_a_shape_requires_stays_where_it_may_say_no_other_thing(refused: Refused) -> None:
    """
    Of an object that must have two members none is taken away, and the text beside it is told all the same.
    """
    inner = {**only(a=TEXT, b=TEXT), "minProperties": 2, "required": ["a"]}
    told = refused({**only(error=inner, msg=TEXT, note=TEXT), "required": ["error", "msg"]})
    assert (set(told), set(told["error"]), told["msg"]) == ({"error", "msg"}, {"a", "b"}, SAID)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("text/html", "application/problem+json"),
        ("application/json", "application/json"),
        ("text/html, application/vnd.shop+json; v=2", "application/json"),
        ("application/json, application/problem+json;q=0.1", "application/problem+json"),
    ],
)
def test_json_of_our_own_is_called_what_the_client_takes(make_client: Make, accept: str, media_type: str) -> None:
    """
    A problem detail for whoever takes it, JSON with a message for whoever takes JSON alone, and never a code of ours.
    """
    get = {"parameters": [{"name": "n", "in": "query", "schema": NUMBER}], "responses": {"204": {"description": "d"}}}
    document = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": {"/orders": {"get": get}}}
    call = make_client(document)
    reply = call("GET", "/orders?n=x", **({"accept": accept} if accept else {}))
    told = value(reply)
    assert header(reply, "content-type") == media_type
    assert set(told) == {"type", "title", "status", "instance", "detail", "violations"} | (
        {"message"} if media_type == "application/json" else set()
    )
    if "message" in told:
        assert told["message"] == told["detail"] == "/query/n must be an integer"
    call.site.worlds.default.faults.add(read_fault({"status": 409}))
    told = value(call("GET", "/orders", **({"accept": accept} if accept else {})))
    assert (told["title"], told["detail"]) == ("The request conflicts with the present state", TOLD)


def test_a_refusal_is_kept_and_noted_each_time(make_client: Make) -> None:
    """
    The very same refusal is made once; one that its operation forgot to declare says so with each answer.
    """
    problem = content(needs("title", title=TEXT), "application/problem+json")
    path = [{"name": "order", "in": "path", "required": True, "schema": NUMBER}]
    get = {"responses": {"204": {"description": "d"}, "404": {"description": "no", **problem}}}
    call = make_client({**pets(), "paths": {"/orders/{order}": {"parameters": path, "get": get}}})
    (operation,) = call.site.operations
    for number in (1, 1, 1, 2):
        call.site.worlds.default.faults.add(read_fault({"status": 404, "times": 1}))
        assert call("GET", f"/orders/{number}").status == 404
    assert len(operation.contents) == 2
    for _ in range(3):
        call.site.worlds.default.faults.add(read_fault({"status": 409, "times": 1}))
        assert "409 is not declared" in (header(call("GET", "/orders/1"), "x-mock-note") or "")
