"""
What clients write for "not sent", ``null`` and what is empty: refused with how to take it, and taken where told so.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from aegis_mockserver import Site, transport
from tests.unit.mockserver_items.small import COUNT, TEXT, answers, array, call, header, of, serve, takes, told, value

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
DAY = {"type": "string", "format": "date"}
OWNER = of("id", id=TEXT, rank=COUNT)
MEMBERS = of(
    "name",
    name=TEXT,
    note={**TEXT, "nullable": True},
    labels=array(TEXT),
    due=DAY,
    owner=OWNER,
    size={"oneOf": [of("width", width=COUNT, unit=TEXT), COUNT]},
    settings={"type": "object", "additionalProperties": TEXT},
    extra={"type": "object", "additionalProperties": TEXT, "minProperties": 1},
)
TASK = of("id", id=TEXT, **MEMBERS["properties"])
LIST = {
    "parameters": [
        {"name": "state", "in": "query", "schema": {"enum": ["open", "closed"]}},
        {"name": "ids", "in": "query", "schema": array(COUNT)},
        {"name": "page", "in": "query", "style": "deepObject", "schema": of(size=COUNT, after=TEXT)},
        {"name": "all", "in": "query", "allowEmptyValue": True, "schema": {"type": "boolean"}},
        {"name": "kind", "in": "query", "required": True, "schema": COUNT},
        {**header("X-Since"), "schema": DAY},
    ]
}


def tasks(*absent: str, validate: str = "strict") -> Site:
    posted = takes(MEMBERS, "application/json", FORM, MULTIPART)
    paths = {
        "/tasks": {
            "get": {**answers(array(TASK), "200", "400"), **LIST},
            "post": {**posted, **answers(TASK, "201", "400")},
        },
        "/tasks/{id}": {"get": answers(TASK)},
    }
    return serve(paths, absent=absent, validate=validate)


def note_of(site: Site, body: Any) -> str:
    reply = call(site, "POST", "/tasks", body)
    assert reply.status == 201, reply.body
    assert b"absent" not in reply.body
    return told(reply, "x-mock-note")


@pytest.mark.parametrize(
    ("absent", "more", "gone"),
    [
        ("null", {"labels": None, "due": None}, "/body/labels, /body/due"),
        ("empty", {"due": ""}, "/body/due"),
        ("empty", {"labels": {}, "owner": [], "size": {}}, "/body/labels, /body/owner, /body/size"),
        ("empty", {"owner": {}}, "/body/owner"),
        ("null", {"owner": {"id": "a", "rank": None}}, "/body/owner/rank"),
        ("null", {"size": {"width": 1, "unit": None}}, "/body/size/unit"),
        ("null", {"settings": {"a": "b", "c": None}}, "/body/settings/c"),
    ],
)
def test_an_optional_member_that_stands_for_not_sent_is_left_out_and_named(
    absent: str, more: dict[str, Any], gone: str
) -> None:
    """
    What a client writes for what its user did not set is not kept, wherever it stands, and the answer says what it was.
    """
    site = tasks(absent)
    assert note_of(site, {"name": "n", **more}) == f"absent: {gone}: taken as not sent"
    (kept,) = site.worlds.default.stores["/tasks"].values()
    assert {*kept} - {"id", "name"} <= {"owner", "size", "settings"}
    assert "null" not in json.dumps(kept)


def test_a_part_of_which_nothing_was_set_is_left_out_with_what_it_requires() -> None:
    """
    A part whose members all stand for "not sent" is empty itself: it is not asked for what it requires.
    """
    site = tasks("null", "empty")
    assert "/body/owner:" in note_of(site, {"name": "n", "owner": {"id": None, "rank": None}})


def test_what_the_contract_allows_is_what_was_sent() -> None:
    """
    A null that the contract allows, an empty text where any will do: nothing is left out, and nothing noted.
    """
    site = tasks("null", "empty")
    sent: dict[str, Any] = {"name": "", "note": None, "labels": []}
    assert note_of(site, sent) == ""
    (kept,) = site.worlds.default.stores["/tasks"].values()
    assert {name: kept[name] for name in sent} == sent


@pytest.mark.parametrize(
    ("absent", "body", "said"),
    [
        ((), {"name": "n", "due": None}, "--absent null to take /body/due as not sent"),
        ((), {"name": "n", "due": ""}, "--absent empty to take /body/due as not sent"),
        (("null",), {"name": "n", "due": "", "labels": None}, "--absent null,empty to take /body/due as not sent"),
        ((), {"name": "n", "owner": {"rank": None}}, "--absent null,empty to take /body/owner/rank, /body/owner as"),
    ],
)
def test_a_strict_mock_says_how_it_would_take_it(absent: tuple[str, ...], body: Any, said: str) -> None:
    """
    A refusal of what may stand for "not sent" tells the option that would take it.
    """
    reply = call(tasks(*absent), "POST", "/tasks", body)
    assert (reply.status, said in value(reply)["detail"]) == (400, True)
    assert value(reply)["violations"]


@pytest.mark.parametrize("body", [{"name": None}, {"name": "n", "labels": [None]}, {"name": "n", "due": 5}, {}])
def test_what_is_required_or_no_member_or_another_value_stays_refused(body: Any) -> None:
    """
    The option mends nothing else: a required member, an item of an array and a wrong value are refused as before.
    """
    for absent in ((), ("null", "empty")):
        reply = call(tasks(*absent), "POST", "/tasks", body)
        assert (reply.status, "--absent" in reply.body.decode()) == (400, False)


@pytest.mark.parametrize("query", ["state=", "ids=", "ids=&ids=", "page[size]=", "page%5Bsize%5D=&all="])
def test_a_parameter_of_a_query_without_a_value_is_left_out(query: str) -> None:
    """
    ``?state=`` is no state; a parameter that is required, or that may be empty, is as it was.
    """
    lax, strict = tasks("empty"), tasks()
    assert "taken as not sent" in told(call(lax, "GET", f"/tasks?kind=1&{query}"), "x-mock-note")
    assert call(strict, "GET", f"/tasks?kind=1&{query}").status == 400
    assert call(lax, "GET", f"/tasks?kind=&{query}").status == 400
    assert told(call(lax, "GET", "/tasks?kind=1&all="), "x-mock-note") == ""


def test_a_header_without_a_value_is_left_out() -> None:
    """
    An optional header that is empty was not sent.
    """
    reply = call(tasks("empty"), "GET", "/tasks?kind=1", x_since="")
    assert (reply.status, told(reply, "x-mock-note")) == (200, "absent: /header/X-Since: taken as not sent")


@pytest.mark.parametrize("way", ["data", "files"])
def test_a_field_of_a_form_without_a_value_is_left_out(way: str) -> None:
    """
    Forms and parts have empty fields for what nobody filled in.
    """
    fields = {"name": "n", "due": ""}
    sent: Any = {"data": fields} if way == "data" else {"files": {name: (None, each) for name, each in fields.items()}}
    with httpx.Client(transport=transport(site=tasks("empty")), base_url="http://mock") as client:
        reply = client.post("/tasks", **sent)
    assert (reply.status_code, reply.headers["x-mock-note"]) == (201, "absent: /body/due: taken as not sent")


def test_the_journal_names_it_and_a_report_does_not_count_it() -> None:
    """
    What was left out is in the journal's answer; where the mock only reports, it is no violation.
    """
    site = tasks("null", validate="report")
    reply = call(site, "POST", "/tasks", {"name": 5, "due": None})
    assert told(reply, "x-mock-violations") == "1"
    (one,) = value(call(site, "GET", "/__mock__/journal"))["exchanges"]
    shown = call(site, "GET", f"/__mock__/journal/{one['number']}").body.decode()
    assert "/body/due: taken as not sent" in shown


def test_a_refusal_that_is_kept_says_how_only_to_whom_it_concerns() -> None:
    """
    Requests that break the same rule of the same member get the same refusal, but for how to have it taken: that
    depends on what was sent, and on what is left around it.
    """
    site = tasks()
    rows: tuple[tuple[Any, tuple[str, ...]], ...] = (
        ({"due": None}, ("/body/due",)),
        ({"due": 5}, ()),
        ({"owner": {"id": "x", "rank": None}}, ("/body/owner/rank",)),
        ({"owner": {"id": "x", "rank": "x"}}, ()),
        ({"size": {"width": 1, "unit": None}}, ("/body/size/unit",)),
        ({"extra": {"a": None}}, ("/body/extra/a", "/body/extra")),
        ({"extra": {"a": None, "b": "b"}}, ("/body/extra/a",)),
    )
    for sent, places in (*rows, *reversed(rows)):
        detail = value(call(site, "POST", "/tasks", {"name": "n", **sent}))["detail"]
        assert detail.partition("to take ")[2].partition(" as not sent")[0] == ", ".join(places)


def test_it_is_changed_while_the_mock_runs() -> None:
    """
    PATCH /__mock__/settings takes the words and tells them; another word is refused with the nearest one.
    """
    site = tasks()
    assert call(site, "POST", "/tasks", {"name": "n", "due": None}).status == 400
    settings = "/__mock__/settings"
    assert value(call(site, "PATCH", settings, {"absent": ["null"]})) == {"validate": "strict", "absent": ["null"]}
    assert call(site, "POST", "/tasks", {"name": "n", "due": None}).status == 201
    assert b"did you mean 'empty'?" in call(site, "PATCH", settings, {"absent": ["emty"]}).body
    for nothing in ({"absent": "null"}, {"absent": ["null"], "validate": "off"}):
        assert call(site, "PATCH", settings, nothing).status == 400
    assert value(call(site, "GET", settings)) == {"validate": "strict", "absent": ["null"]}
    with pytest.raises(ValueError, match="did you mean 'null'"):
        tasks("nil")
