"""
What the official clients of companies expect on their own documents, in small: names, states, pages and refusals.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .small_apis import TEXT, Api, answers, asked, at, of, takes, things

LABEL = of("name color", name=TEXT, color=TEXT)


def labels() -> Api:
    changed = of(new_name=TEXT, name=TEXT, color=TEXT)
    return Api(
        **{
            "/labels": {
                "get": answers({"type": "array", "items": LABEL}),
                "post": {**takes(LABEL), **answers(LABEL, "201")},
            },
            "/labels/{name}": at(
                "name",
                get=answers(LABEL),
                patch={**takes(changed), **answers(LABEL)},
                delete=answers(status="204"),
            ),
        }
    )


@pytest.mark.parametrize("member", ["new_name", "name"])
def test_an_item_that_is_called_otherwise_is_found_under_its_new_name(member: str) -> None:
    """
    A name that the client chose may be changed: the item is at its new path and gone from the old one.
    """
    api = labels()
    api.json("POST", "/labels", {"name": "bug", "color": "red"})
    changed = api.json("PATCH", "/labels/bug", {member: "fault"})
    assert changed == {"name": "fault", "color": "red"} == api.json("GET", "/labels/fault")
    assert api.call("GET", "/labels/bug").status == 404
    assert [one["name"] for one in api.json("GET", "/labels")] == ["fault"]


def test_no_item_is_called_as_another_one_is() -> None:
    """
    A new name that is taken is a conflict, and nothing changes.
    """
    api = labels()
    for name in ("bug", "fault"):
        api.json("POST", "/labels", {"name": name, "color": name})
    assert api.call("PATCH", "/labels/bug", {"new_name": "fault"}).status == 409
    assert [one["color"] for one in api.json("GET", "/labels")] == ["bug", "fault"]


def test_what_the_path_calls_an_item_by_is_its_id_where_the_body_must_say_it() -> None:
    """
    A file that is put into a store by its ``file_id`` is the item ``/files/{file_id}`` of it.
    """
    entry = of("id state", id=TEXT, state=TEXT)
    api = Api(
        **{
            "/stores/{store}/files": at(
                "store",
                get=answers(of("data", data={"type": "array", "items": entry})),
                post={**takes(of("file_id", file_id=TEXT)), **answers(entry, "201")},
            ),
            "/stores/{store}/files/{file_id}": at("store", "file_id", get=answers(entry)),
        }
    )
    assert api.json("POST", "/stores/a/files", {"file_id": "file-7"})["id"] == "file-7"
    assert api.json("GET", "/stores/a/files/file-7")["id"] == "file-7"
    assert [one["id"] for one in api.json("GET", "/stores/a/files")["data"]] == ["file-7"]


@pytest.mark.parametrize(
    ("state", "verb", "wanted"),
    [
        ({**TEXT, "enum": ["deleted", "draft", "paid"]}, "pay", "paid"),
        ({**TEXT, "enum": ["draft", "sent"]}, "send", "sent"),
        ({**TEXT, "description": "Whether it is `APPROVED`, `COMPLETED`, or `CANCELED`."}, "cancel", "CANCELED"),
        ({**TEXT, "description": "One of OPEN, CLOSED."}, "close", "CLOSED"),
    ],
)
def test_an_action_leaves_the_state_that_it_is_named_for(state: Any, verb: str, wanted: str) -> None:
    """
    ``/pay`` makes paid, ``/send`` sent; what the description of a text names is a state, too.
    """
    payment = of("id status", id=TEXT, status=state, note=TEXT)
    api = Api(
        **{
            "/payments": {"post": {**takes(of(note=TEXT)), **answers(payment, "201")}},
            "/payments/{id}": at("id", get=answers(payment)),
            f"/payments/{{id}}/{verb}": at("id", post=answers(payment)),
        }
    )
    made = api.json("POST", "/payments", {"note": "tea"})
    assert api.json("POST", f"/payments/{made['id']}/{verb}")["status"] == wanted
    assert api.json("GET", f"/payments/{made['id']}") == {**made, "status": wanted}


def test_the_value_of_a_filter_that_no_item_can_have_lets_everything_through() -> None:
    """
    ``state=all`` is each state; where the contract offers no such value, it is asked for as it is.
    """
    item = of("id state", id=TEXT, state={"enum": ["open", "closed"]})
    listed = {"type": "array", "items": item}
    for offered, found in ((["open", "closed", "all"], 2), (["open", "closed", "all of them"], 0)):
        api = things(listed, **asked("state", {**TEXT, "enum": offered} if found else TEXT))
        for state in ("open", "closed"):
            api.json("POST", "/things", {"state": state})
        assert len(api.json("GET", "/things?state=all")) == found
        assert len(api.json("GET", "/things?state=open")) == 1


def test_a_client_that_counts_pages_comes_to_an_end() -> None:
    """
    Where an answer counts pages, ``page`` asks for one though it is not declared: the second is empty, with a note.
    """
    pages = of(page={"type": "integer"}, total_pages={"type": "integer"})
    api = things(of("data", data={"type": "array", "items": of("id", id=TEXT)}, pages=pages))
    assert api.json("GET", "/things?page=2")["data"] == []  # and so before anything was made
    made = api.json("POST", "/things", {"note": "tea"})
    assert [one["id"] for one in api.json("GET", "/things?page=1")["data"]] == [made["id"]]
    reply = api.call("GET", "/things?page=2")
    assert json.loads(reply.body)["data"] == []
    assert any(name == b"x-mock-note" and b"page" in value for name, value in reply.headers)


def test_an_object_that_tells_of_the_next_page_is_left_out_with_it() -> None:
    """
    ``pages.next`` with a size and no cursor would lead a client on for ever.
    """
    following = of("per_page", per_page={"type": "integer"}, starting_after={"type": ["string", "null"]})
    pages = of(next=following, total_pages={"type": "integer"})
    api = things(of("data", data={"type": "array", "items": of("id", id=TEXT)}, pages=pages))
    api.json("POST", "/things", {"note": "tea"})
    assert "next" not in api.json("GET", "/things")["pages"]


def test_what_is_made_by_a_path_of_its_own_is_read_and_listed() -> None:
    """
    ``POST /volumes/create`` makes what ``/volumes/{name}`` shows, and a taken name is a conflict.
    """
    volume = of("Name", Name=TEXT, Driver=TEXT)
    made = {**takes(volume), **answers(volume, "201")}
    made["responses"]["409"] = {"description": "The name is taken."}
    api = Api(
        **{
            "/volumes": {"get": answers(of("Volumes", Volumes={"type": "array", "items": volume}))},
            "/volumes/create": {"post": made},
            "/volumes/{name}": at("name", get=answers(volume), delete=answers(status="204")),
        }
    )
    for name in ("data", "logs"):
        assert api.json("POST", "/volumes/create", {"Name": name, "Driver": "local"})["Name"] == name
    assert api.json("GET", "/volumes/data")["Driver"] == "local"
    assert api.call("POST", "/volumes/create", {"Name": "data"}).status == 409
    assert api.call("DELETE", "/volumes/data").status == 204
    assert [one["Name"] for one in api.json("GET", "/volumes")["Volumes"]] == ["logs"]


def test_a_missing_item_is_said_to_be_not_found_in_the_providers_shape() -> None:
    """
    Clients look for "not found" in the message; a 404 without a body is told as the provider tells other refusals.
    """
    thing = of("id", id=TEXT, note=TEXT)
    read = answers(thing)
    read["responses"] |= {"404": {"description": "There is none."}}
    read["responses"] |= answers(of("message code", message=TEXT, code=TEXT), "429")["responses"]
    api = Api(
        **{
            "/things": {"post": {**takes(of(note=TEXT)), **answers(thing, "201")}},
            "/things/{id}": at("id", get=read),
        }
    )
    api.json("POST", "/things", {"note": "tea"})
    reply = api.call("GET", "/things/nobody")
    told = json.loads(reply.body)
    assert (reply.status, told["code"]) == (404, "not_found")
    assert "not found" in told["message"].lower()
    assert any(name == b"x-mock-note" and b"429" in value for name, value in reply.headers)
