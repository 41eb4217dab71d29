"""
What `nox -s clients` found, in small: names spelt two ways, files, refusals of several shapes, glued addresses.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from aegis_contracts import load
from aegis_mockserver import Reply, Site

FORM = "application/x-www-form-urlencoded"
TEXT = {"type": "string"}


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required.split()} if required else schema


def answer(schema: Any) -> dict[str, Any]:
    return {"description": "an answer", "content": {"application/json": {"schema": schema}}}


def site(sent: Any, shown: Any, media_type: str = FORM, refusals: Any = None, encoding: Any = None) -> Site:
    """
    Serve a collection of things.
    """
    media = {"schema": sent, **({"encoding": encoding} if encoding else {})}
    body = {"requestBody": {"required": True, "content": {media_type: media}}}
    one: dict[str, Any] = {"responses": {"200": answer(shown), **(refusals or {})}}
    listed = of("items", items={"type": "array", "items": shown}, next={"type": ["string", "null"], "format": "uri"})
    query = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "per_page")]
    paths: dict[str, Any] = {
        "/things": {
            "get": {"parameters": query, "responses": {"200": answer(listed)}},
            "post": {**body, "responses": {"201": answer(shown), **(refusals or {})}},
        },
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "get": one,
            "post": {**body, **one},
        },
    }
    return Site([load({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths})])


def call(site: Site, method: str, target: str, body: bytes = b"", media_type: str = FORM, accept: str = "") -> Reply:
    """
    Call a mock at ``127.0.0.1:4010``.
    """
    headers = [(b"host", b"127.0.0.1:4010")]
    headers += [(b"content-type", media_type.encode())] if body else []
    headers += [(b"accept", accept.encode())] if accept else []
    return site.respond(method, target.encode(), tuple(headers), body)


def test_a_member_is_the_same_however_a_request_spells_it() -> None:
    """
    ``FriendlyName`` is sent, ``friendly_name`` is shown: made, read and changed alike.
    """
    served = site(
        of(FriendlyName=TEXT, MaxPrice={"type": "integer"}), of("id", id=TEXT, friendly_name=TEXT, max_price={})
    )
    made = json.loads(call(served, "POST", "/things", b"FriendlyName=first&MaxPrice=3").body)
    assert (made["friendly_name"], made["max_price"]) == ("first", 3)
    call(served, "POST", f"/things/{made['id']}", b"FriendlyName=second")
    read = json.loads(call(served, "GET", f"/things/{made['id']}").body)
    assert (read["friendly_name"], read["max_price"]) == ("second", 3)
    assert "FriendlyName" not in read


def test_a_text_behind_a_choice_stays_a_text() -> None:
    """
    ``metadata[order]=6735`` is a text where the values of one branch are texts, however deep the choice is.
    """
    metadata = {"anyOf": [{"type": "object", "additionalProperties": TEXT}, {"type": "string", "enum": [""]}]}
    shown = of("id", id=TEXT, metadata={"type": "object", "additionalProperties": TEXT})
    served = site(of(metadata=metadata), shown, encoding={"metadata": {"style": "deepObject", "explode": True}})
    reply = call(served, "POST", "/things", b"metadata[order]=6735")
    assert (reply.status, json.loads(reply.body)["metadata"]) == (201, {"order": "6735"})


def test_a_file_tells_its_name_and_size() -> None:
    """
    What a part says of its file is what the item says: name without folders, size, media type.
    """
    shown = of("id filename bytes", id=TEXT, filename=TEXT, bytes={"type": "integer"}, mime_type=TEXT, purpose=TEXT)
    served = site(of("file", file={"type": "string", "format": "binary"}, purpose=TEXT), shown, "multipart/form-data")
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--b\r\n'
        b'Content-Disposition: form-data; name="file"; filename="C:\\\\tmp\\\\rows.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\na,b\n1,2\r\n--b--\r\n"
    )
    made = json.loads(call(served, "POST", "/things", parts, "multipart/form-data; boundary=b").body)
    told = {"filename": "rows.csv", "bytes": 7, "mime_type": "text/csv", "purpose": "batch"}
    assert {name: made[name] for name in told} == told


def _branch(type_: str) -> dict[str, Any]:
    return of("type message", type={"const": type_}, message={"type": "string", "default": "nobody knows"})


def test_of_several_shapes_a_refusal_takes_the_one_that_names_it() -> None:
    """
    A missing item is told in the branch whose constant says so, not in the last one.
    """
    branches = [_branch("invalid_request_error"), _branch("not_found_error"), _branch("api_error")]
    refusals = {"4XX": answer(of("error", error={"oneOf": branches}))}
    served = site(of(name=TEXT), of("id", id=TEXT, name=TEXT), refusals=refusals)
    call(served, "POST", "/things", b"name=x")
    gone = json.loads(call(served, "GET", "/things/nobody").body)
    assert gone["error"]["type"] == "not_found_error"
    assert "does not exist" in gone["error"]["message"]


def test_what_is_not_declared_is_refused_as_the_provider_refuses_all() -> None:
    """
    400 is not declared, 429 is: the refusal has the shape of 429, its own words and status, and a note.
    """
    refusals = {"429": answer(of("error", error=of("message", message=TEXT, param=TEXT)))}
    served = site(of("name", name=TEXT), of("id", id=TEXT, name=TEXT), refusals=refusals)
    reply = call(served, "POST", "/things", urlencode({"size": "1"}).encode())
    told = json.loads(reply.body)
    assert "name" in told["error"]["message"]
    assert 400 <= reply.status < 429
    assert any(name == b"x-mock-note" and b"429" in value for name, value in reply.headers)


def test_a_client_that_does_not_know_problem_details_finds_a_message() -> None:
    """
    Where no refusal is declared, ``application/json`` has a ``message`` that names the place; problem+json has none.
    """
    served = site(of("size", size={"type": "integer"}), of("id", id=TEXT))
    told = json.loads(call(served, "POST", "/things", b"size=x", accept="application/json").body)
    assert "/body/size" in told["message"]
    assert "message" not in json.loads(call(served, "POST", "/things", b"size=x").body)


def test_an_address_that_a_client_puts_behind_the_host_is_followed() -> None:
    """
    ``GET /http://127.0.0.1:4010/things`` is what a client sends that took an address for a path; another host's is 404.
    """
    served = site(of(name=TEXT), of("id", id=TEXT, name=TEXT))
    for number in range(3):
        call(served, "POST", "/things", f"name={number}".encode())
    following = json.loads(call(served, "GET", "/things?per_page=2").body)["next"]
    assert following.startswith("http://127.0.0.1:4010/")
    reply = call(served, "GET", f"/{following}")
    assert (reply.status, [each["name"] for each in json.loads(reply.body)["items"]]) == (200, ["2"])
    assert any(name == b"x-mock-note" for name, _ in reply.headers)
    assert call(served, "GET", "/http://api.example.com/things").status == 404


def test_an_items_own_address_is_one_that_the_contract_has() -> None:
    """
    An example's address that no operation has is not the item's own, even where its last segment is the id.
    """
    shown = of(
        "id url", id={"type": "integer"}, url={"type": "string", "example": "https://api.example.com/old/1"}, name=TEXT
    )
    served = site(of(name=TEXT), shown)
    made = json.loads(call(served, "POST", "/things", b"name=x").body)
    assert made["url"].endswith(f"/things/{made['id']}")


def serve(
    listed: Any,
    made: Any,
    sent: Any = True,
    headers: Any = None,
    parameter: str = "id",
    after: str = "after",
    refusals: Any = None,
) -> Site:
    """
    Serve a collection whose list and creation are told as given.
    """
    paged = {"limit": {"type": "integer"}, after: {"type": "integer"} if after == "page" else TEXT}
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in paged.items()]
    shown = {**answer(listed), **({"headers": headers} if headers else {})}
    body = {"required": True, "content": {"application/json": {"schema": sent}}}
    item = [{"name": parameter, "in": "path", "required": True, "schema": {"type": "integer"}}]
    paths: dict[str, Any] = {
        "/things": {
            "get": {"parameters": query, "responses": {"200": shown}},
            "post": {"requestBody": body, "responses": {"201": answer(made), **(refusals or {})}},
        },
        f"/things/{{{parameter}}}": {"get": {"parameters": item, "responses": {"200": answer(made)}}},
    }
    return Site([load({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths})])


ITEM = of("id", id={"type": "integer"}, name=TEXT)
JSON = "application/json"


def make(site: Site, **members: Any) -> Any:
    return json.loads(call(site, "POST", "/things", json.dumps(members).encode(), JSON).body)


def test_a_cursor_that_is_required_inside_what_is_optional_ends() -> None:
    """
    ``paging: {next: {after}}``: the last page has no ``next``; an empty cursor would be followed for ever.
    """
    paging = of(next=of("after", after=TEXT, link=TEXT))
    served = serve(of("results", results={"type": "array", "items": ITEM}, paging=paging), ITEM)
    for _ in range(3):
        make(served, name="x")
    first = json.loads(call(served, "GET", "/things?limit=2").body)
    last = json.loads(call(served, "GET", f"/things?limit=2&after={first['paging']['next']['after']}").body)
    assert (len(first["results"]), len(last["results"]), last.get("paging", {})) == (2, 1, {})


def test_a_next_page_is_told_in_all_its_members_or_not_at_all() -> None:
    """
    ``next_page: {offset, path, uri}``: path and address lead on as the offset does, and the last page has none of them.
    """
    examples = {"offset": "eyJ0eXAi", "path": "/others?offset=eyJ0eXAi", "uri": "https://api.example.com/others"}
    next_page = of(**{name: {**TEXT, "example": example} for name, example in examples.items()})
    listed = of(data={"type": "array", "items": ITEM}, next_page=next_page)
    served = serve(listed, ITEM, after="offset")
    for _ in range(3):
        make(served, name="x")
    first = json.loads(call(served, "GET", "/things?limit=2").body)["next_page"]
    ways = [
        f"/things?limit=2&offset={first['offset']}",
        first["path"],
        first["uri"].removeprefix("http://127.0.0.1:4010"),
    ]
    pages = [json.loads(call(served, "GET", way).body) for way in ways]
    assert [(len(page["data"]), page.get("next_page")) for page in pages] == [(1, None)] * 3


def test_what_two_parts_of_a_schema_refuse_alike_costs_nothing_else() -> None:
    """
    A text sent for an object that two schemas of an ``allOf`` describe is its id there; all beside it stays.
    """
    project = of("gid", gid=TEXT, name=TEXT)
    item = {"allOf": [of("id", id={"type": "integer"}, name=TEXT, project=project), of(project=project)]}
    made = make(serve(of(data={"type": "array", "items": item}), item), name="mine", project="12")
    assert (made["name"], made["project"]["gid"]) == ("mine", "12")


def test_a_reference_that_leads_nowhere_fails_its_own_operation_alone() -> None:
    """
    Of a document with one dangling reference every operation that does not need it is served, writes too.
    """
    broken = of("id", id=TEXT, kind={"$ref": "#/components/schemas/Nobody"})
    at = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
    body = {"required": True, "content": {"application/json": {"schema": of(name=TEXT)}}}
    paths: dict[str, Any] = {
        "/broken": {"post": {"requestBody": body, "responses": {"201": answer(broken)}}},
        "/broken/{id}": {"get": {"parameters": at, "responses": {"200": answer(broken)}}},
        "/things": {"post": {"requestBody": body, "responses": {"201": answer(ITEM)}}},
        "/things/{id}": {"get": {"parameters": at, "responses": {"200": answer(ITEM)}}},
    }
    served = Site([load({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths})])
    made = call(served, "POST", "/things", b'{"name":"mine"}', JSON)
    assert (made.status, json.loads(made.body)["name"]) == (201, "mine")


def test_headers_tell_of_pages_what_is_so() -> None:
    """
    ``X-Total`` and its like are counted, not made up.
    """
    named = ("X-Total", "X-Per-Page", "X-Page", "X-Next-Page")
    headers = {name: {"schema": TEXT} for name in named}
    served = serve({"type": "array", "items": ITEM}, ITEM, headers=headers, after="page")
    for _ in range(3):
        make(served, name="x")
    told = {name.decode().lower(): value.decode() for name, value in call(served, "GET", "/things?limit=2").headers}
    assert [told[name.lower()] for name in named] == ["3", "2", "1", "2"]


def test_a_success_tells_of_no_errors() -> None:
    """
    ``errors`` beside an item is left out of a success, or empty where it is required.
    """
    errors = {"type": "array", "items": of("code", code=TEXT)}
    assert "errors" not in make(serve(True, of(errors=errors, thing=ITEM)), name="x")
    assert make(serve(True, of("errors thing", errors=errors, thing=ITEM)), name="x")["errors"] == []


def test_a_key_of_idempotency_may_be_a_member_of_the_body() -> None:
    """
    The same ``idempotency_key`` in the body makes one item; another key makes another.
    """
    served = serve(True, ITEM, of("name", name=TEXT, idempotency_key=TEXT))
    one, again, other = (make(served, name="x", idempotency_key=key)["id"] for key in ("a", "a", "b"))
    assert (one == again, one == other) == (True, False)


def test_the_last_word_of_a_parameter_names_the_key() -> None:
    """
    ``/things/{thing_iid}`` is found by the item's ``iid``, not by the ``id`` beside it.
    """
    shown = of("id iid", id={"type": "integer"}, iid={"type": "integer"}, name=TEXT)
    served = serve(True, shown, parameter="thing_iid")
    made = make(served, name="x")
    assert json.loads(call(served, "GET", f"/things/{made['iid']}").body) == made


def test_a_refusal_says_the_place_in_its_text_where_it_has_no_other() -> None:
    """
    A list of codes and messages, whose codes are no status, names the place in the message; so does any media type.
    """
    entry = of("code message", code={"type": "integer", "minimum": 1000}, message=TEXT)
    refused = of("errors", errors={"type": "array", "items": entry})
    sent = of(size={"type": "integer"})
    served = serve(True, ITEM, sent, refusals={"4XX": answer(refused)})
    assert "/body/size" in make(served, size="x")["errors"][0]["message"]
    ranged = {"description": "no", "content": {"*/*": {"schema": of("category message", category=TEXT, message=TEXT)}}}
    assert "/body/size" in make(serve(True, ITEM, sent, refusals={"default": ranged}), size="x")["message"]
