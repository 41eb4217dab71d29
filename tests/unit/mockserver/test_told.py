"""
Refusals in the shapes that providers give them: each place says what happened, and what says nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from .conftest import Client, value
from .parks import MISSING, NUMBER, TEXT, Refused, array, content, needs

Make = Callable[..., Client]
SAID, BROKEN = "/body/n must be an integer", "The request breaks the contract"
TOLD = "The mock was told to answer this."
DATE = {"type": "string", "format": "date-time"}
REF = {"type": "string", "pattern": "^r[0-9]$"}
ANY: Any = mock.ANY
FLAG = {"type": "boolean"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (needs("", error=needs("", code=TEXT, message=TEXT)), {"error": {"code": "invalid_request", "message": SAID}}),
        (needs("msg", data=needs("x", x=TEXT), msg=TEXT), {"msg": SAID}),
        (needs("error", error=needs("msg", msg=TEXT, note=TEXT)), {"error": {"msg": SAID}}),
        (
            needs("msg", msg=TEXT, success=FLAG, ok=FLAG, failed=FLAG, error=FLAG),
            {"msg": SAID, "success": False, "ok": False, "failed": True, "error": True},
        ),
        (needs("pointer field path", pointer=TEXT, field=TEXT, path=TEXT),
            {"pointer": "/body/n", "field": "n", "path": "/body/n"}),
        (needs("", error=needs("", summary=TEXT, reason=TEXT)),
            {"error": {"summary": BROKEN, "reason": SAID}}),
        ({"allOf": [needs("msg", msg=TEXT), needs("note", note={"const": "see the manual"})]},
            {"msg": SAID, "note": "see the manual"}),
        (needs("error", error={"allOf": [needs("msg", msg=TEXT), needs("", note=TEXT)]}), {"error": {"msg": SAID}}),
        (needs("error", error={"allOf": [needs("msg", msg=TEXT), needs("note", note=FLAG)]}),
            {"error": {"msg": SAID, "note": ANY}}),
        (needs("error", error={"allOf": [needs("msg", msg=TEXT), needs("data", data=needs("x", x=FLAG))]}),
            {"error": {"msg": SAID, "data": {"x": ANY}}}),
        (needs("loc", loc=array(TEXT)), {"loc": ["body", "n"]}),
        (needs("error", error=needs("msg", msg=TEXT, help=TEXT, orderId=TEXT, at=DATE, ref=REF, note=TEXT)),
            {"error": {"msg": SAID, "help": ANY, "orderId": ANY, "at": ANY, "ref": ANY}}),
        (needs("", error=needs("mood", mood={"enum": ["ok", "blue", "red"]}, message=TEXT)),
            {"error": {"mood": "blue", "message": SAID}}),
    ],
    ids=["nested", "thing made up", "text made up", "flags", "places", "texts", "required", "not required",
         "required flag", "required thing", "place of several", "names and moments", "a word of several"],
)  # fmt: skip
def test_each_place_of_a_refusal_says_what_it_is_for(refused: Refused, schema: Any, expected: Any) -> None:
    """
    Texts, codes, places and flags are told from what happened; what is made up and not required is left out.
    """
    assert refused(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (array(needs("", field=TEXT, message=TEXT)),
            [{"field": name, "message": "must be an integer"} for name in "nm"]),
        (array(needs("", title=TEXT, message=TEXT)),
            [{"title": BROKEN, "message": f"/body/{name} must be an integer"} for name in "nm"]),
        (array(TEXT), ["/body/n must be an integer", "/body/m must be an integer"]),
        (array(NUMBER), MISSING),
    ],
    ids=["with a place", "without one", "texts", "numbers"],
)  # fmt: skip
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_list_of_a_refusal_has_an_entry_for_each_rule_that_is_broken(
    refused: Refused, schema: Any, expected: Any, wrapped: bool
) -> None:
    """
    Two members that are wrong are two entries, each with its place, in its text where it has no other for it.
    """
    told = refused(needs("errors", errors=schema) if wrapped else schema, body={"n": "x", "m": "y"})
    told = told["errors"] if wrapped else told
    if expected is MISSING:
        assert all(isinstance(each, int) for each in told)
    else:
        assert told == expected


def test_a_list_of_another_name_tells_of_the_first(refused: Refused) -> None:
    """
    What no provider calls a list of causes has one entry, and says the same as the refusal; an empty one stays so.
    """
    schema = needs("hints more", hints=array(needs("message", message=TEXT)), more={"type": "array", "maxItems": 0})
    told = refused(schema, body={"n": "x", "m": "y"})
    both = "/body/n must be an integer; /body/m must be an integer"
    assert told == {"hints": [{"message": both}], "more": []}


def test_twenty_entries_are_told_and_no_more(make_client: Make) -> None:
    """
    However much a request breaks, a list in a provider's own shape ends after twenty.
    """
    query = [{"name": f"q{number}", "in": "query", "schema": NUMBER} for number in range(21)]
    errors = content(needs("errors", errors=array(TEXT)))
    responses = {"204": {"description": "d"}, "400": {"description": "no", **errors}}
    paths = {"/orders": {"get": {"parameters": query, "responses": responses}}}
    call = make_client({"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": paths})
    told = value(call("GET", "/orders?" + "&".join(f"q{number}=x" for number in range(21))))["errors"]
    assert [each.partition(" ")[0] for each in told] == [f"/query/q{number}" for number in range(20)]


def test_a_refusal_is_told_six_levels_deep(refused: Refused) -> None:
    """
    Shapes are followed as deep as providers nest them, and no further.
    """
    deep: Any = needs("message", message=TEXT)
    for level in range(5, 0, -1):
        deep = needs(f"level{level}", **{f"level{level}": deep})
    told, deeper = refused(deep), refused(needs("level0", level0=deep))
    for level in range(1, 6):
        told, deeper = told[f"level{level}"], deeper.get("level0", deeper)[f"level{level}"]
    assert told == {"message": SAID}
    assert deeper["message"] != SAID


@pytest.mark.parametrize(
    ("schema", "stays"),
    [
        ({"type": "integer"}, False),
        ({"type": "integer", "minimum": 422, "maximum": 422}, False),
        ({"type": "integer", "minimum": 423}, True),
        ({"type": "integer", "maximum": 421}, True),
        ({"type": "integer", "enum": [1, 422]}, False),
        ({"type": "integer", "enum": [1, 2]}, True),
        ({"const": 7}, True),
    ],
)
def test_a_number_is_the_status_where_it_may_be(refused: Refused, schema: Any, stays: bool) -> None:
    """
    A provider's own numbers are of another range than statuses, and stay as they are.
    """
    told = refused(needs("msg code", msg=TEXT, code=schema))
    assert (told["code"] != 422) is stays


CODES = [
    "success", "api_error", "bad_request", "unauthorized", "permission_denied", "no_such_thing", "method_unknown",
    "not_acceptable_here", "already_exists", "is_gone", "too_large", "unsupported_type", "validation_failed",
    "rate_limited", "overloaded_now", "internal_failure",
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"), (401, "unauthorized"), (403, "permission_denied"), (404, "no_such_thing"),
        (405, "method_unknown"), (406, "not_acceptable_here"), (409, "already_exists"), (410, "is_gone"),
        (413, "too_large"), (415, "unsupported_type"), (422, "validation_failed"), (429, "rate_limited"),
        (503, "overloaded_now"), (500, "internal_failure"), (418, "bad_request"), (499, "bad_request"),
        (502, "internal_failure"),
    ],
)  # fmt: skip
def test_the_code_that_a_provider_would_say_is_chosen(refused: Refused, status: int, code: str) -> None:
    """
    Of the codes that a contract lists, the one that is likeliest for the status is told, in whichever order they stand.
    """
    for codes in (CODES, CODES[::-1]):
        schema = needs("error", error=needs("code", code={"type": "string", "enum": codes}))
        assert refused(schema, status, fault=True)["error"]["code"] == code


@pytest.mark.parametrize(
    ("enum", "code"),
    [
        (["409", "conflict"], "409"),
        (["ok", "A1", "B2"], "A1"),
        (["Succeeded", "200"], None),
        ([7, "OK", "C3"], "C3"),
    ],
)
def test_a_code_that_says_nothing_is_at_least_no_success(refused: Refused, enum: list[Any], code: str | None) -> None:
    """
    The status as a text comes first; where no code says what happened, the first that is no success does.
    """
    told = refused(needs("error", error=needs("code", code={"enum": enum})), 409, fault=True)["error"]["code"]
    assert told == code if code is not None else told in enum


def test_of_several_shapes_the_one_whose_code_says_it_is_told(refused: Refused) -> None:
    """
    A refusal that is one of several objects, each with a code of its own, is the one for what happened.
    """

    def shape(code: str, member: str) -> dict[str, Any]:
        return {**needs(f"code {member}", code={"const": code}, **{member: TEXT}), "additionalProperties": False}

    shapes = [shape("gone_for_good", "text"), shape("item_not_found", "message"), shape("unknown", "detail")]
    for key in ("oneOf", "anyOf"):
        for order in (shapes, shapes[::-1]):
            told = refused(needs("error", error={key: order}), 404, fault=True)
            assert told == {"error": {"code": "item_not_found", "message": TOLD}}


@pytest.mark.parametrize(
    ("names", "example", "expected"),
    [
        ("path pointer", {"path": "/p", "pointer": "/x"}, {"path": "/orders", "pointer": "/x"}),
        ("msg id traceId", {"msg": "m", "id": "7", "traceId": "t", "help": "h"},
            {"msg": TOLD, "id": "7", "traceId": "t", "help": "h"}),
        ("msg", {"msg": "m", "error": "E-7", "reason": "stays", "code": "A-7"},
            {"msg": TOLD, "error": "E-7", "reason": "stays", "code": "A-7"}),
        ("msg", {"msg": "m", "status": "200", "code": "200"}, {"msg": TOLD, "status": "409", "code": "200"}),
        ("msg", {"msg": "m", "status": "open", "code": ""}, {"msg": TOLD, "status": "open", "code": "conflict"}),
        ("msg", {"msg": "m", "tips": ["a", "b"], "data": {"a": "b"}, "none": {}},
            {"msg": TOLD, "tips": ["a", "b"], "data": {"a": "b"}, "none": {}}),
        ("msg", {"msg": "m", "message": None, "more": None}, {"msg": TOLD, "message": TOLD, "more": None}),
        ("msg", {"msg": "m", "success": True, "isError": False}, {"msg": TOLD, "success": False, "isError": True}),
    ],
    ids=["places", "names", "codes", "statuses", "other statuses", "things", "null", "flags"],
)  # fmt: skip
def test_an_example_for_the_status_stays_where_it_says_no_other_thing(
    refused: Refused, names: str, example: Any, expected: Any
) -> None:
    """
    What the contract shows for this very status is the provider's own words: only what happened is put in.
    """
    properties = dict.fromkeys(example, True) | dict.fromkeys(names.split(), TEXT)
    schema = {**needs(names, **properties), "additionalProperties": False}
    assert refused(schema, 409, fault=True, example=example) == expected


def test_of_the_words_of_an_example_for_the_status_codes_alone_are_chosen_anew(refused: Refused) -> None:
    """
    A list of codes has one for what happened; any other member of few words keeps the one that the contract shows.
    """
    words = {"enum": ["blue", "conflict"]}
    example = {"msg": "m", "mood": "blue", "code": "blue"}
    told = refused(needs("msg mood code", msg=TEXT, mood=words, code=words), 409, fault=True, example=example)
    assert told == {"msg": TOLD, "mood": "blue", "code": "conflict"}


def test_a_refusal_that_breaks_its_own_shape_is_told_member_by_member(refused: Refused) -> None:
    """
    A text that is longer than a member may be stays as the provider has it; all others say what happened.
    """
    short = {"type": "string", "maxLength": 9}
    inner = needs("message code", message=short, code=TEXT)
    told = refused(needs("error msg", error=inner, msg=TEXT), 409, fault=True)
    assert (told["msg"], told["error"]["code"]) == (TOLD, "conflict")
    assert len(told["error"]["message"]) <= 9


def test_where_nothing_is_wrong_with_a_member_none_is_named(refused: Refused) -> None:
    """
    A refusal of the whole request names no member unless the shape requires one; when and which one stay.
    """
    entry = needs("message", field=TEXT, message=TEXT, at=DATE, requestId=TEXT)
    told = refused(needs("errors", errors=array(entry)), 409, fault=True)
    (error,) = told["errors"]
    assert error["message"] == TOLD
    assert "field" not in error
