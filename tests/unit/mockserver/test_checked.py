"""
What is looked at before an answer leaves: whether the contract has it, and where its addresses lead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aegis_mockserver import Answer, Behaviours

from .conftest import Client, header, pets, value
from .parks import NUMBER, TEXT, array, content, document, members, operation

Make = Callable[..., Client]
LINK = "https://api.example.com/v1/pets/1"


def answering(make_client: Make, answer: Answer, contract: dict[str, Any] | None = None, **options: Any) -> Client:
    """
    Call a mock whose ``getPet`` says *answer*.
    """
    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": lambda operation, reading, world: answer})
    return make_client(contract or pets(), behaviours=behaviours, **options)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, {"id": 1, "name": "Rex"}), ""),
        (Answer(200, {"id": 1}), "/body"),
        (Answer(418, {"id": 1}), "/status"),
        (Answer(418), "/status"),
        (Answer(204), "/status"),
        (Answer(200, {"id": 1, "name": "Rex"}, media_type="text/html"), "/header/Content-Type"),
        (Answer(200), "/header/Content-Type"),
    ],
)
def test_an_answer_that_the_contract_does_not_have_says_so(make_client: Make, answer: Answer, said: str) -> None:
    """
    Another status, media type or body than is declared leaves as it was said, and the header names what is wrong.
    """
    reply = answering(make_client, answer)("GET", "/pets/1")
    assert reply.status == answer.status
    assert said in (header(reply, "x-mock-violation") or "")
    assert bool(header(reply, "x-mock-violation")) is bool(said)


def test_what_the_contract_forgot_of_a_refusal_or_an_empty_answer_is_no_violation(make_client: Make) -> None:
    """
    A refusal that is declared without a body, or not at all, is told; so is a deletion whose status nobody declared.
    """
    document = pets()
    document["paths"]["/pets/{petId}"]["get"]["responses"] |= {"400": {"description": "no"}}
    document["paths"]["/pets/{petId}"]["delete"]["responses"] = {"404": {"description": "no"}}
    call = make_client(document)
    made = value(call("POST", "/pets", {"name": "Bori"}))["id"]
    replies = [call("GET", "/pets/x"), call("DELETE", f"/pets/{made}"), call("PUT", "/pets/1", b"", content_type="a/b")]
    assert [reply.status for reply in replies] == [400, 200, 415]
    assert [header(reply, "x-mock-violation") for reply in replies] == [None] * 3


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_is_sent_without_one(make_client: Make, status: int) -> None:
    """
    A status that forbids a body (RFC 9110) has none, whatever was said, and no media type either.
    """
    contract = pets()
    declared: dict[str, Any] = {"description": "d", "headers": {"X-Row": {"schema": {"const": 3}}}}
    contract["paths"]["/pets/{petId}"]["get"]["responses"][str(status)] = declared
    for said in (Answer(status, {"id": 1}), Answer(status, media_type="text/plain", content=b"said")):
        reply = answering(make_client, said, contract)("GET", "/pets/1")
        assert (reply.status, reply.body, header(reply, "content-type")) == (status, b"", None)
        assert (header(reply, "x-row"), header(reply, "x-mock-violation")) == ("3", None)


def test_an_answer_of_another_status_is_sent_in_a_type_that_it_has(make_client: Make) -> None:
    """
    Where the client accepts nothing of what an unusual answer is declared as, it gets that all the same.
    """
    contract = pets()
    contract["paths"]["/pets/{petId}"]["get"]["responses"]["202"] = {"description": "d", **content(TEXT, "text/plain")}
    reply = answering(make_client, Answer(202, "later"), contract)("GET", "/pets/1", accept="application/json")
    assert (reply.body, header(reply, "content-type")) == (b"later", "text/plain")


def test_what_breaks_a_request_is_counted_where_it_is_answered(make_client: Make) -> None:
    """
    A mock that reports says how many rules a request broke, with its answer; one that refuses says it in the refusal.
    """
    reported = make_client(validate="report")
    assert header(reported("GET", "/pets?limit=0"), "x-mock-violations") == "1"
    assert header(reported("GET", "/pets?limit=2"), "x-mock-violations") is None
    assert header(reported("GET", "/pets/1?__code=404"), "x-mock-violations") is None
    assert header(make_client()("GET", "/pets?limit=0"), "x-mock-violations") is None


@pytest.mark.parametrize(
    ("schema", "media_type"),
    [
        (members(link=TEXT), "application/json"),
        ({"type": "object", "properties": {"link": {"type": "nonsense"}}}, "application/json"),
        (members(link=TEXT), "application/vnd.other+json"),
    ],
    ids=["good", "broken schema", "undeclared type"],
)
def test_an_address_leads_to_the_mock_though_nobody_can_judge_the_answer(
    make_client: Make, schema: Any, media_type: str
) -> None:
    """
    Whatever can be said of an answer, its client stays at the mock.
    """
    contract = pets()
    contract["paths"]["/pets/{petId}"]["get"]["responses"]["200"] = {"description": "d", **content(schema)}
    call = answering(make_client, Answer(200, {"link": LINK}, media_type=media_type), contract)
    assert value(call("GET", "/pets/1", host="m:1"))["link"] == "http://m:1/v1/pets/1"


def test_an_address_of_nowhere_never_leaves(make_client: Make) -> None:
    """
    Where a contract names no server its lists lead on at the mock, however much longer than allowed that makes them.
    """
    item, sizes = members(id=TEXT, name=TEXT), ("page", "size")
    page = members(data=array(item), next={"type": "string", "format": "uri", "maxLength": 60})
    paths = {
        "/parks": {
            "get": operation("200", {**page, "required": ["data", "next"]}, None, *sizes),
            "post": operation("201", item, item),
        },
        "/parks/{park}": {"get": operation("200", item)},
    }
    paths["/parks"]["get"]["parameters"] = [
        {"name": one, "in": "query", "schema": {"type": "integer"}} for one in sizes
    ]
    call = make_client(document(paths))
    for name in "abc":
        call("POST", "/parks", {"name": name})
    host = f"{'long' * 12}.example:4010"
    told = value(call("GET", "/parks?size=1", host=host))["next"]
    assert told.startswith(f"http://{host}/parks?")


def test_what_cannot_be_sent_as_it_was_preferred_is_not_said_to_be(call: Client) -> None:
    """
    A preference is confirmed where it was followed; the refusal of a media type follows none.
    """
    refused = call("GET", "/pets/1", prefer="example=tom", accept="text/html")
    followed = call("GET", "/pets/1", prefer="example=tom", accept="application/json")
    assert [header(reply, "preference-applied") for reply in (refused, followed)] == [None, "example=tom"]
    assert [reply.status for reply in (refused, followed)] == [406, 200]
    missing = call("GET", "/pets/1", prefer="code=404", accept="text/html")
    assert (missing.status, header(missing, "preference-applied")) == (404, "code=404")


def test_what_is_made_up_says_what_its_path_says_and_shows_examples_unless_it_is_dynamic(make_client: Make) -> None:
    """
    A quote of the won is one of the won; an example inside of a schema is shown, and left aside by ``dynamic=true``.
    """
    quote = members(currency=TEXT, note={**TEXT, "examples": ["as of noon"]})
    quote["required"] = ["currency", "note"]
    call = make_client(document({"/quotes/{currency}/latest": {"get": operation("200", quote)}}))
    assert value(call("GET", "/quotes/KRW/latest")) == {"currency": "KRW", "note": "as of noon"}
    for _ in range(2):
        made = value(call("GET", "/quotes/KRW/latest", prefer="dynamic=true"))
        assert made["currency"] == "KRW"
        assert made["note"] != "as of noon"


def test_what_is_said_of_a_broken_answer_is_bounded(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    """
    The log names five of the rules that an answer of ours breaks, and the header ends after a thousand characters.
    """
    contract = pets()
    wrong = {f"member_{number}": "x" for number in range(40)}
    schema = members(**dict.fromkeys(wrong, NUMBER))
    contract["paths"]["/pets/{petId}"]["get"]["responses"]["200"] = {"description": "d", **content(schema)}
    reply = answering(make_client, Answer(200, wrong), contract)("GET", "/pets/1")
    assert len(header(reply, "x-mock-violation") or "") == 1_000
    (record,) = caplog.records
    assert [line.split()[0] for line in record.message.split("\n")[1:]] == [f"/body/member_{n}" for n in range(5)]


@pytest.mark.parametrize("char", ["\r", "\n", "\0", "\r\n"])
def test_no_name_of_a_header_ends_its_line(make_client: Make, char: str) -> None:
    """
    Whatever a behaviour calls its header, it is one line of the answer and brings no other.
    """
    said = Answer(200, {"id": 1, "name": "Rex"}, headers={f"X-A{char}X-B": "1"})
    assert header(answering(make_client, said)("GET", "/pets/1"), "x-ax-b") == "1"
