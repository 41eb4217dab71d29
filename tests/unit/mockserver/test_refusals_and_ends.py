"""
What is said when something is refused, when a list ends, and where addresses lead, in documents of many styles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from aegis_contracts import load
from aegis_mockserver import Site

from .conftest import Client, header, value

Make = Callable[..., Client]
ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}
TITLED = {"type": "object", "required": ["title", "status"]}
SAID = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


def content(schema: Any, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    """
    Content of one media type.
    """
    return {"content": {media_type: {"schema": schema, **more}}}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """
    A contract with these paths.
    """
    return {"openapi": "3.1.0", "info": {"title": "Odds", "version": "1"}, "paths": paths, **more}


def answer(schema: Any = None, **more: Any) -> dict[str, Any]:
    """
    A response.
    """
    return {"description": "d", **(content(schema, **more) if schema is not None else {})}


def test_a_last_page_leads_nowhere_though_its_next_address_is_required(make_client: Make) -> None:
    """
    A contract that requires the next address, and knows no null, still has a last page: nothing is invented for it.
    """
    page = {
        "type": "object",
        "required": ["data", "next"],
        "properties": {"data": {"type": "array", "items": ITEM}, "next": {"type": "string", "format": "uri"}},
    }
    queries = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "size")]
    paths = {
        "/notes": {
            "get": {"parameters": queries, "responses": {"200": answer(page)}},
            "post": {"requestBody": content(ITEM), "responses": {"201": answer(ITEM)}},
        },
        "/notes/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": answer(ITEM)}},
        },
    }
    call = make_client(document(paths, servers=[{"url": "https://api.example.com"}]))
    assert value(call("GET", "/notes", host="m"))["next"] == ""
    for name in "abc":
        call("POST", "/notes", {"id": name})
    seen, target = list[str](), "/notes?size=2"
    while target:
        told = value(call("GET", target, host="m"))
        seen += [item["id"] for item in told["data"]]
        following = urlsplit(str(told["next"]))
        assert following.netloc in {"", "m"}
        target = f"{following.path}?{following.query}" if told["next"] else ""
    assert seen == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("declared", "statuses"),
    [
        ({"400": answer(SAID)}, (400, 400)),
        ({"409": answer(), "422": answer()}, (409, 422)),
        ({"412": answer(), "400": answer()}, (412, 400)),
        ({"default": answer(SAID)}, (409, 422)),
        ({}, (409, 422)),
    ],
    ids=["400", "409 and 422", "412 and 400", "default", "nothing"],
)
def test_a_patch_is_refused_with_a_status_that_is_declared(
    make_client: Make, declared: dict[str, Any], statuses: tuple[int, int]
) -> None:
    """
    A JSON Patch that does not hold, and one that is none, are refused as the contract says refusals are.
    """
    patch = content({"type": "array"}, "application/json-patch+json")
    paths = {
        "/notes": {"post": {"requestBody": content(ITEM), "responses": {"201": answer(ITEM)}}},
        "/notes/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": answer(ITEM)}},
            "patch": {"requestBody": patch, "responses": {"200": answer(ITEM), **declared}},
        },
    }
    call = make_client(document(paths))
    call("POST", "/notes", {"id": "a", "n": 1})
    for operation, status in zip(("test", "nonsense"), statuses, strict=True):
        body = f'[{{"op": "{operation}", "path": "/n", "value": 2}}]'.encode()
        reply = call("PATCH", "/notes/a", body, content_type="application/json-patch+json")
        assert (reply.status, header(reply, "x-mock-violation")) == (status, None)
    assert value(call("GET", "/notes/a")) == {"id": "a", "n": 1}


def test_of_several_examples_the_first_that_is_valid_answers(make_client: Make) -> None:
    """
    One example that breaks its schema does not stand in the way of the others.
    """
    examples = {"broken": {"value": {"n": "x"}}, "good": {"value": {"id": "G", "n": 7}}}
    call = make_client(document({"/notes": {"get": {"responses": {"200": answer(ITEM, examples=examples)}}}}))
    assert value(call("GET", "/notes")) == {"id": "G", "n": 7}
    assert value(call("GET", "/notes", prefer="example=broken")) == {"n": "x"}


@pytest.mark.parametrize("server", ["//real.example/v1", "https://real.example/v1"])
def test_a_network_path_address_leads_to_the_mock(make_client: Make, server: str) -> None:
    """
    Addresses without a scheme, with one, and with escaped slashes lead here; other hosts stay as they are.
    """
    example = {
        "id": "1",
        "url": "//real.example/v1/u/1",
        "avatar": "https://real.example/a.png",
        "html": "<a href='//real.example'>, see //real.example.org/x",
        "inner": '{"at":"https:\\/\\/real.example\\/x"}',
    }
    paths = {"/u": {"get": {"responses": {"200": answer({"type": "object"}, example=example)}}}}
    told = value(make_client(document(paths, servers=[{"url": server}]))("GET", "/u", host="m:1"))
    assert (told["url"], told["avatar"]) == ("//m:1/v1/u/1", "http://m:1/a.png")
    assert told["html"] == "<a href='//m:1'>, see //real.example.org/x"
    assert "real.example" not in told["inner"]


def test_every_declared_header_leads_to_the_mock(make_client: Make) -> None:
    """
    An address in a header of any name leads here too.
    """
    told = {"schema": {"type": "string"}, "example": "https://real.example/operations/1"}
    paths = {"/u": {"post": {"responses": {"202": {"description": "d", "headers": {"Operation-Location": told}}}}}}
    reply = make_client(document(paths, servers=[{"url": "https://real.example"}]))("POST", "/u", host="m:1")
    assert header(reply, "operation-location") == "http://m:1/operations/1"


@pytest.mark.parametrize(
    ("schema", "example", "text"),
    [
        ({"type": "integer"}, 42, b"42"),
        ({"type": "boolean"}, True, b"true"),
        ({"type": "number"}, 1.5, b"1.5"),
        ({"type": ["string", "null"]}, None, b""),
        ({"type": "object", "required": ["a"]}, {"a": 1}, b'{"a":1}'),
        ({"type": "array", "items": {"type": "string"}}, "a,b\r\n", b"a,b\r\n"),
    ],
    ids=["integer", "boolean", "number", "null", "object", "csv"],
)
def test_a_text_is_what_its_schema_says_it_is(make_client: Make, schema: Any, example: Any, text: bytes) -> None:
    """
    A number, a boolean or a list that is written as text keeps the contract.
    """
    responses = {"200": answer(schema, media_type="text/plain", example=example)}
    reply = make_client(document({"/t": {"get": {"responses": responses}}}))("GET", "/t")
    assert (reply.status, header(reply, "x-mock-violation")) == (200, None)
    if example != "a,b\r\n":
        assert reply.body == text


def test_a_text_that_is_no_number_breaks_a_schema_of_numbers(make_client: Make) -> None:
    """
    What is sent as text is judged as what it says.
    """
    body = content({"type": "integer", "minimum": 3}, "text/plain")
    call = make_client(document({"/t": {"post": {"requestBody": body, "responses": {"204": answer()}}}}))
    assert [call("POST", "/t", text, content_type="text/plain").status for text in (b"5", b"2", b"x")] == [
        204,
        422,
        422,
    ]


def test_a_declared_refusal_names_no_file_of_ours(tmp_path: Any) -> None:
    """
    Texts of a provider's own shape say what is wrong, and not where on this machine the contract is.
    """
    import json

    file = tmp_path / "contract.json"
    refusals = {"400": answer(SAID)}
    paths = {
        "/n": {"post": {"requestBody": {**content(ITEM), "required": True}, "responses": {"204": answer(), **refusals}}}
    }
    file.write_text(json.dumps(document(paths)))
    call = Client(Site([load(file)]))
    told = value(call("POST", "/n", {"n": "x"}))["message"]
    assert "/body/id is required" in told
    assert "contract.json" not in told


@pytest.mark.parametrize(
    ("target", "body", "pointer"),
    [
        ("/c", b"card[n]=1&card[n]=2", "/body/card/n"),
        ("/c", b"k=1&k=2", "/body/k"),
        ("/c?f[n]=1&f[n]=2", b"", "/query/f/n"),
        ("/c?i=1&i=2", b"", "/query/i"),
        ("/c?s=a&s=b", b"", "/query/s"),
    ],
)
def test_what_is_one_value_is_not_said_twice(make_client: Make, target: str, body: bytes, pointer: str) -> None:
    """
    Of two values for what can be one, none is overlooked: the request breaks the contract, and says where.
    """
    number = {"type": "integer"}
    card = {"type": "object", "properties": {"n": number}}
    form = content({"type": "object", "properties": {"card": card, "k": number}}, "application/x-www-form-urlencoded")
    form["content"]["application/x-www-form-urlencoded"]["encoding"] = {"card": {"style": "deepObject"}}
    parameters = [
        {"name": "f", "in": "query", "style": "deepObject", "explode": True, "schema": card},
        {"name": "i", "in": "query", "schema": number},
        {"name": "s", "in": "query", "schema": {"type": "string"}},
    ]
    operation = {"parameters": parameters, "requestBody": form, "responses": {"204": answer()}}
    call = make_client(document({"/c": {"post": operation}}))
    media_type = "application/x-www-form-urlencoded"
    assert call("POST", "/c?i=1&s=a&f[n]=1", b"card[n]=1&k=2", content_type=media_type).status == 204
    reply = call("POST", target, body, content_type=media_type)
    assert [violation["pointer"] for violation in value(reply)["violations"]] == [pointer]


def test_events_of_a_type_that_nothing_causes_are_not_waited_for(make_client: Make) -> None:
    """
    A misspelt event type is refused with the nearest, instead of an empty list.
    """
    emits = {"event": "UserRegistered", "aggregate": "$request.query.id", "data": dict[str, Any]()}
    operation: dict[str, Any] = {"operationId": "u", "x-emits": [emits], "responses": {"204": answer()}}
    paths = {"/u": {"post": operation}}
    call = make_client(document(paths))
    assert value(call("GET", "/__mock__/events?type=UserRegistered"))["events"] == []
    refused = call("GET", "/__mock__/events?type=UserRegisterd")
    assert (refused.status, "'UserRegistered'" in value(refused)["detail"]) == (400, True)


def test_of_two_forms_the_one_that_says_it_is_taken(make_client: Make) -> None:
    """
    A refusal that is declared in two forms is told in the one that it fits in, though it is not the first.
    """
    listed = {"type": "object", "required": ["causes"], "properties": {"causes": {"type": "array"}}}
    forms = {**content(listed)["content"], **content(TITLED, "application/vnd.said+json")["content"]}
    refused = {"400": {"description": "no", "content": forms}, "200": answer(ITEM)}
    parameters = [{"name": "n", "in": "query", "schema": {"type": "integer"}}]
    call = make_client(document({"/notes": {"get": {"parameters": parameters, "responses": refused}}}))
    reply = call("GET", "/notes?n=x")
    assert header(reply, "content-type") == "application/vnd.said+json"
    assert value(reply)["status"] == 400
    assert value(reply)["violations"][0]["pointer"] == "/query/n"


def test_a_text_names_five_of_what_is_wrong(make_client: Make) -> None:
    """
    Where a refusal is one text, it names the first five rules that were broken, and no more.
    """
    names = "abcdefg"
    parameters = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in names]
    responses = {"200": answer(ITEM), "400": answer(SAID)}
    call = make_client(document({"/notes": {"get": {"parameters": parameters, "responses": responses}}}))
    said = value(call("GET", "/notes?" + "&".join(f"{name}=x" for name in names)))["message"]
    assert [name for name in names if f"/query/{name}" in said] == list("abcde")


def test_an_example_without_a_schema_says_what_happened(make_client: Make) -> None:
    """
    A refusal of which the contract has an example alone is told in the example's words: null is a place for a text.
    """
    example = {"error": {"message": None, "status": None, "more": ["kept"]}}
    responses = {
        "200": answer(ITEM),
        "400": {"description": "no", "content": {"application/xml": {"example": example}}},
    }
    parameters = [{"name": "n", "in": "query", "schema": {"type": "integer"}}]
    call = make_client(document({"/notes": {"get": {"parameters": parameters, "responses": responses}}}))
    told = call("GET", "/notes?n=x").body
    assert b"<message>/query/n must be" in told, told
    assert b"<status>400</status>" in told
