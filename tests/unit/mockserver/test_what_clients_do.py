"""
What official clients of other companies do: forms, negotiation, repeated keys, actions, streams, refusals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, value

Make = Callable[..., Client]
FORM = {"content_type": "application/x-www-form-urlencoded"}
TEXT = {"type": "string"}


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required.split()} if required else schema


def _answer(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    return {"description": "an answer", "content": {media_type: {"schema": schema}}}


ERROR = _object(
    "error",
    error=_object(
        "kind text",
        kind={"type": "string", "enum": ["api_error", "rate_limited", "not_found_error", "invalid_request_error"]},
        text=TEXT,
        message=TEXT,
        status=_object(code={"type": "integer"}, reason={"type": "string", "enum": ["success", "missing", "invalid"]}),
        fields={"type": "array", "items": _object("field", field=TEXT, message=TEXT)},
    ),
)
PARCEL = _object(
    "id label",
    id=TEXT,
    label=TEXT,
    status={"type": "string", "enum": ["open", "sent", "canceled"]},
    canceled_at={"type": ["integer", "null"]},
    box=_object("unit", unit={"type": "string", "enum": ["cm"]}, width={"type": "integer"}),
)
SENT = {**_object(label=TEXT, box=_object(width={"type": "integer"}), tags={"type": "array", "items": TEXT})}


def parcels() -> dict[str, Any]:
    """
    A contract with form bodies, updates by POST, an action and refusals in a shape of its own.
    """
    body = {"content": {"application/x-www-form-urlencoded": {"schema": {**SENT, "additionalProperties": False}}}}
    body["content"]["application/x-www-form-urlencoded"]["encoding"] = {
        "box": {"style": "deepObject", "explode": True},
        "tags": {"style": "deepObject", "explode": True},
    }
    one = {"responses": {"200": _answer(PARCEL), "default": _answer(ERROR)}}
    parameter = {"name": "parcel", "in": "path", "required": True, "schema": TEXT}
    event = _object("delta", delta=TEXT)
    stream = {"application/json": {"schema": PARCEL}, "text/event-stream": {"schema": event}}
    ask = {"content": {"application/json": {"schema": _object(stream={"type": "boolean"})}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parcels", "version": "1"},
        "paths": {
            "/parcels": {"post": {"requestBody": body, **one}},
            "/parcels/{parcel}": {
                "parameters": [parameter],
                "get": one,
                "post": {"requestBody": body, **one},
            },
            "/parcels/{parcel}/cancel": {"parameters": [parameter], "post": one},
            "/told": {
                "post": {"requestBody": ask, "responses": {"200": {"description": "told", "content": stream}}},
            },
        },
    }


@pytest.fixture
def call(make_client: Make) -> Client:
    """
    Call the parcels.
    """
    return make_client(parcels())


def test_a_form_is_read_as_its_encoding_says_and_merged_deeply(call: Client) -> None:
    """
    ``box[width]=5`` comes back, beside what the answer requires of a box.
    """
    made = value(call("POST", "/parcels", b"label=a&box[width]=5", **FORM))
    assert (made["label"], made["box"]) == ("a", {"unit": "cm", "width": 5})
    assert value(call("GET", f"/parcels/{made['id']}")) == made


def test_an_update_by_post_changes_the_item(call: Client) -> None:
    """
    POST on an item's path changes what it says, and nothing else.
    """
    made = value(call("POST", "/parcels", b"label=a&box[width]=5", **FORM))
    changed = value(call("POST", f"/parcels/{made['id']}", b"label=b", **FORM))
    assert changed == {**made, "label": "b"} == value(call("GET", f"/parcels/{made['id']}"))


def test_an_action_answers_with_the_stored_item_as_its_name_says(call: Client) -> None:
    """
    ``/cancel`` of an item sets the status and the time that are called so; of nobody's it is 404.
    """
    made = value(call("POST", "/parcels", b"label=a", **FORM))
    canceled = value(call("POST", f"/parcels/{made['id']}/cancel"))
    assert (canceled["id"], canceled["label"], canceled["status"]) == (made["id"], "a", "canceled")
    assert isinstance(canceled["canceled_at"], int)
    assert value(call("GET", f"/parcels/{made['id']}")) == canceled
    assert call("POST", "/parcels/nobody/cancel").status == 404


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "kind", "reason", "said"),
    [
        ("GET", "/parcels/nobody", None, 404, "not_found_error", "missing", "does not exist"),
        ("POST", "/parcels", b"nope=1", 400, "invalid_request_error", "invalid", "does not name"),
    ],
)
def test_a_refusal_in_a_declared_shape_says_the_truth_at_any_depth(
    call: Client, method: str, target: str, body: bytes | None, status: int, kind: str, reason: str, said: str
) -> None:
    """
    The status, the enum values that fit and the violation's own words stand where the shape has a place for them.
    """
    call("POST", "/parcels", b"label=a", **FORM)
    reply = call(method, target, body, **FORM)
    error = value(reply)["error"]
    assert (reply.status, error["kind"]) == (status, kind)
    assert said in error["message"]
    assert error.get("status", {"code": status, "reason": reason}) == {"code": status, "reason": reason}
    for entry in error.get("fields", []):
        assert said in entry["message"]
    assert header(reply, "x-mock-violation") is None


def test_an_example_of_a_refusal_lends_its_shape_and_not_its_status(make_client: Make) -> None:
    """
    A status that an example writes as a text is the real one all the same; a code that is no status stays.
    """
    entry = _object("status code detail", status=TEXT, code=TEXT, detail=TEXT)
    shape = _object("errors", errors={"type": "array", "items": entry})
    refused = _answer(shape)
    refused["content"]["application/json"]["example"] = {
        "errors": [{"status": "200", "code": "PARCEL-7", "detail": "was processed normally"}]
    }
    content = {"application/json": {"schema": _object("label", label=TEXT)}}
    post = {"requestBody": {"required": True, "content": content}, "responses": {"204": {"description": "d"}}}
    post["responses"]["422"] = refused
    call = make_client({**parcels(), "paths": {"/parcels": {"post": post}}})
    reply = call("POST", "/parcels", {"label": 1})
    told = {"status": "422", "code": "PARCEL-7", "detail": "/body/label must be a string"}
    assert (reply.status, value(reply)["errors"]) == (422, [told])


@pytest.mark.parametrize("code", [{"type": "integer"}, {"type": "string", "enum": ["OK", "INVALID_PARAM"]}])
def test_a_flat_refusal_says_all_that_it_has_a_place_for(make_client: Make, code: Any) -> None:
    """
    Code and text of a refusal that is no problem detail are said in the contract's words, optional or not.
    """
    content = {"application/json": {"schema": _object("label", label=TEXT)}}
    post: Any = {"requestBody": {"required": True, "content": content}}
    post["responses"] = {"204": {"description": "d"}, "400": _answer(_object(code=code, msg=TEXT))}
    told = value(make_client({**parcels(), "paths": {"/parcels": {"post": post}}})("POST", "/parcels", {"label": 1}))
    assert told["code"] == (400 if code == {"type": "integer"} else "INVALID_PARAM")
    assert "must be a string" in told["msg"]


def test_a_client_that_takes_only_json_is_refused_in_it(make_client: Make) -> None:
    """
    Where no shape is declared, a problem is ``application/json`` for a client that takes nothing else.
    """
    call = make_client({**parcels(), "paths": {"/a": {"get": {"responses": {"200": _answer(PARCEL)}}}}})
    assert header(call("GET", "/b"), "content-type") == "application/problem+json"
    paths = {"/a/{n}": {"get": {"responses": {"200": _answer(PARCEL)}}}}
    paths["/a/{n}"]["parameters"] = [{"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}]  # type: ignore[assignment]
    call = make_client({**parcels(), "paths": paths})
    assert header(call("GET", "/a/x", accept="application/json"), "content-type") == "application/json"
    assert header(call("GET", "/a/x"), "content-type") == "application/problem+json"


def test_what_is_not_offered_is_noted_and_answered_all_the_same(call: Client) -> None:
    """
    406 is for contracts that declare it; else the declared type is sent, and a note says so (RFC 9110 §12.5.1).
    """
    made = value(call("POST", "/parcels", b"label=a", **FORM))
    reply = call("GET", f"/parcels/{made['id']}", accept="application/vnd.parcels.v3+json")
    assert (reply.status, header(reply, "content-type")) == (200, "application/json")
    assert "not offered" in (header(reply, "x-mock-note") or "")
    assert header(call("GET", f"/parcels/{made['id']}", accept="application/json"), "x-mock-note") is None


def test_a_key_that_nobody_declared_still_makes_one_item(call: Client) -> None:
    """
    The same ``Idempotency-Key`` gives the same item; another body under it is refused.
    """
    first = value(call("POST", "/parcels", b"label=a", idempotency_key="k", **FORM))
    assert value(call("POST", "/parcels", b"label=a", idempotency_key="k", **FORM)) == first
    assert value(call("POST", "/parcels", b"label=a", **FORM))["id"] != first["id"]
    assert call("POST", "/parcels", b"label=b", idempotency_key="k", **FORM).status >= 400


@pytest.mark.parametrize(
    ("body", "headers"),
    [({"stream": True}, {}), ({"stream": True}, {"accept": "application/json"}), ({}, {"accept": "text/event-stream"})],
)
def test_a_stream_is_frames(call: Client, body: Any, headers: dict[str, str]) -> None:
    """
    ``{"stream": true}``, or asking for server-sent events, gives events, each as the schema says.
    """
    reply = call("POST", "/told", body, **headers)
    assert header(reply, "content-type") == "text/event-stream"
    frames = [frame for frame in reply.body.decode().split("\n\n") if frame]
    assert len(frames) > 1
    assert all(frame.startswith('data: {"delta":') for frame in frames)
    assert header(reply, "x-mock-violation") is None
    assert header(call("POST", "/told", {}), "content-type") == "application/json"


def test_a_stream_may_be_an_example_or_items_of_their_own_schema(make_client: Make) -> None:
    """
    An example is sent as it is written; ``itemSchema`` (OpenAPI 3.2) makes each event.
    """
    event = {"type": "object", "required": ["event", "data"], "properties": {"event": {"enum": ["tick"]}, "data": TEXT}}
    paths = {
        "/said": {"content": {"text/event-stream": {"example": "event: a\ndata: 1\n\ndata: 2\n\n"}}},
        "/made": {"content": {"text/event-stream": {"itemSchema": event}}},
        "/lines": {"content": {"application/jsonl": {"itemSchema": _object("n", n={"type": "integer"})}}},
    }
    document = {
        "openapi": "3.2.0",
        "info": {"title": "Streams", "version": "1"},
        "paths": {path: {"get": {"responses": {"200": {"description": "d", **node}}}} for path, node in paths.items()},
    }
    call = make_client(document)
    assert call("GET", "/said").body == b"event: a\ndata: 1\n\ndata: 2\n\n"
    made = call("GET", "/made")
    assert made.body.count(b"event: tick\n") > 1
    assert call("GET", "/lines").body.count(b"\n") > 1
    assert header(made, "x-mock-violation") is None


def test_a_merge_patch_that_would_break_the_item_is_refused(make_client: Make) -> None:
    """
    What a patch makes of an item must be an item: else nothing changes, and the refusal names the member.
    """
    merge = {"content": {"application/merge-patch+json": {"schema": {"type": "object"}}}}
    one = {"responses": {"200": _answer(PARCEL), "422": {"description": "no"}}}
    document = parcels()
    document["paths"]["/parcels/{parcel}"]["patch"] = {"requestBody": merge, **one}
    call = make_client(document)
    made = value(call("POST", "/parcels", b"label=a&box[width]=5", **FORM))
    target = f"/parcels/{made['id']}"
    refused = call("PATCH", target, b'{"box": {"width": "wide"}}', content_type="application/merge-patch+json")
    assert (refused.status, "box.width" in value(refused)["detail"]) == (422, True)
    assert value(call("GET", target)) == made
    patched = call("PATCH", target, b'{"box": {"width": 6}}', content_type="application/merge-patch+json")
    assert value(patched)["box"] == {"unit": "cm", "width": 6}


def test_many_items_are_made_at_once(make_client: Make) -> None:
    """
    A list of items that is posted is that many items, each readable under its own id.
    """
    many = {"type": "array", "items": PARCEL}
    body = {"content": {"application/json": {"schema": {"type": "array", "items": SENT}}}}
    document = parcels()
    document["paths"]["/parcels/batch"] = {"post": {"requestBody": body, "responses": {"200": _answer(many)}}}
    call = make_client(document)
    made = value(call("POST", "/parcels/batch", [{"label": "a"}, {"label": "b"}]))
    assert [one["label"] for one in made] == ["a", "b"]
    assert value(call("GET", f"/parcels/{made[1]['id']}")) == made[1]


def test_a_path_may_take_several_segments(make_client: Make) -> None:
    """
    ``x-multi-segment`` lets a template expression take slashes; a path beside it still wins.
    """
    path = {"name": "path", "in": "path", "required": True, "x-multi-segment": True, "schema": TEXT}
    said = {"responses": {"200": _answer(_object("path", path=TEXT))}}
    document = {
        **parcels(),
        "paths": {"/files/{path}": {"parameters": [path], "get": said}, "/files/a/raw": {"get": said}},
    }
    call = make_client(document)
    assert value(call("GET", "/files/a/b/c.txt"))["path"] == "a/b/c.txt"
    assert call("GET", "/files/a/raw").status == 200
    assert call("GET", "/files").status == 404


def test_an_empty_body_and_a_body_of_any_kind_are_taken(make_client: Make) -> None:
    """
    No body under ``text/plain`` is no body; where any media type is allowed, none need be named.
    """
    done = {"responses": {"204": {"description": "done"}}}
    document = {
        **parcels(),
        "paths": {
            "/json": {"post": {"requestBody": {"content": {"application/json": {"schema": SENT}}}, **done}},
            "/any": {"post": {"requestBody": {"required": True, "content": {"*/*": {"schema": SENT}}}, **done}},
        },
    }
    call = make_client(document)
    assert call("POST", "/json", b"", content_type="text/plain").status == 204
    assert call("POST", "/json", b"x", content_type="text/plain").status == 415
    assert call.site.respond("POST", b"/any", (), b'{"label": "a"}').status == 204
    assert call.site.respond("POST", b"/any", (), b'{"label": 1}').status >= 400


def test_addresses_of_every_declared_server_lead_to_the_mock(make_client: Make) -> None:
    """
    Whatever server an example names, its variables included, the client stays on this machine; others stay as they are.
    """
    example = {
        "a": "https://eu.api.example.com/v1/x",
        "b": "https://files.example.com:8443/y?z=1",
        "c": "https://example.org/elsewhere",
        "d": "https://api.example.com.evil.test/",
    }
    document = {
        **parcels(),
        "servers": [
            {"url": "https://{region}.api.example.com/v1", "variables": {"region": {"default": "us"}}},
            {"url": "https://files.example.com:8443"},
        ],
        "paths": {
            "/a": {
                "get": {
                    "responses": {
                        "200": {"description": "d", "content": {"application/json": {"example": example}}},
                    }
                }
            }
        },
    }
    call = make_client(document)
    told = value(call("GET", "/a", host="127.0.0.1:4010"))
    assert told["a"] == "http://127.0.0.1:4010/v1/x"
    assert told["b"] == "http://127.0.0.1:4010/y?z=1"
    assert (told["c"], told["d"]) == (example["c"], example["d"])
    assert value(call("GET", "/a", host="eu.api.example.com")) == example


def test_an_answer_of_any_media_type_is_remembered_as_json(make_client: Make) -> None:
    """
    Documents that offer ``*/*`` have state as well.
    """
    document = parcels()
    for path in document["paths"].values():
        for operation in path.values():
            answer = operation["responses"]["200"] if isinstance(operation, dict) else {}
            if "application/json" in answer.get("content", {}):
                answer["content"] = {"*/*": answer["content"]["application/json"]}
    call = make_client(document)
    made = value(call("POST", "/parcels", b"label=a", **FORM))
    assert made["label"] == "a"
    assert value(call("GET", f"/parcels/{made['id']}")) == made
