"""
What the core says of itself on the way: what failed, how long it took, what was noticed, what it need not read again.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest

from aegis_contracts import ContractError, InvalidSchemaError, Verdict, load
from aegis_mockserver import Answer, Behaviours, Event, Problem, Site
from aegis_mockserver.core._scenarios import read_scenarios
from aegis_mockserver.world._messages import Head

from .conftest import Client, header, pets, value

Make = Callable[..., Client]


def test_a_behaviour_that_raises_is_in_the_log_with_its_trace(
    make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """
    The 500 says that the log says more, and it does: which operation, and where it went wrong.
    """

    def fail(operation: Any, reading: Any, world: Any) -> Answer:
        raise RuntimeError("boom")

    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": fail})
    assert make_client(behaviours=behaviours)("GET", "/pets/1").status == 500
    (said,) = caplog.records
    assert said.levelname == "ERROR"
    assert "getPet" in said.message
    assert said.exc_info is not None
    assert "boom" in str(said.exc_info[1])


def test_a_schema_that_cannot_be_read_is_told_and_the_example_answers(
    make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Where nothing can be remembered, for a schema is broken, the operation answers as its document says, with a warning.
    """

    def broken(operation: Any, reading: Any, world: Any) -> Answer:
        Verdict({"type": "nonsense"})
        raise AssertionError

    with pytest.raises(InvalidSchemaError):
        broken(None, None, None)
    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": broken})
    call = make_client(behaviours=behaviours)
    reply = call("GET", "/pets/1")
    assert (reply.status, value(reply)["name"]) == (200, "Rex")
    assert ["a schema is broken" in record.message for record in caplog.records] == [True]
    made = value(call("POST", "/pets", {"name": "Bori"}))["id"]
    assert value(call("GET", f"/pets/{made}"))["name"] == "Bori"


def test_an_answer_that_breaks_the_contract_is_in_the_log(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    """
    It is a bug of the mock, or of a behaviour that somebody wrote: the log names operation, status and place.
    """
    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": lambda operation, reading, world: Answer(200, {"id": "no"})})
    make_client(behaviours=behaviours)("GET", "/pets/1")
    (said,) = caplog.records
    assert said.levelname == "ERROR"
    assert "getPet: our own 200 breaks the contract" in said.message
    assert "/body/id" in said.message


def _basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (_basic("user:사과".encode()), 200),
        (_basic(b"user:"), 200),
        (_basic(b"user"), 401),
        (_basic(b"\xff:\xff"), 401),
        ("Basic !!!", 401),
        ("Basic dXNl!cjo=", 401),
        ("Basic", 401),
        (_basic(b"invalid:secret"), 401),
        (_basic(b"user:forbidden"), 403),
        ("Bearer abc", 401),
    ],
)
def test_a_basic_credential_is_read_as_rfc_7617_has_it(make_client: Make, sent: str, status: int) -> None:
    """
    Base64 of UTF-8 with a colon in it is a credential; anything else is refused with the scheme that was meant.
    """
    document = pets()
    document["components"]["securitySchemes"]["key"] = {"type": "http", "scheme": "basic"}
    reply = make_client(document)("GET", "/secure", authorization=sent)
    assert reply.status == status
    assert (header(reply, "www-authenticate") or "").startswith("Basic ") is (status == 401)


def test_the_journal_says_how_long_an_answer_took(call: Client) -> None:
    """
    Seconds from the request's first byte to its answer, within what the caller measures around it.
    """
    for _ in range(3):  # the last of a client that came before
        before = time.perf_counter()
        call("GET", "/pets/1")
        around = time.perf_counter() - before
        exchange = next(call.site.worlds.default.journal.newest_first())
        assert 0 < exchange.seconds <= around


@pytest.mark.parametrize("place", [{"schema": {"type": "string"}}, {"content": {"text/plain": {}}}])
def test_an_exchange_keeps_the_name_that_its_client_gave_it(make_client: Make, place: dict[str, Any]) -> None:
    """
    ``X-Request-Id`` comes back as it was sent, whether or not the contract has a schema for it; without one it is new.
    """
    document = pets()
    document["paths"]["/pets"]["get"]["responses"]["200"]["headers"] = {"X-Request-Id": place}
    call = make_client(document)
    assert header(call("GET", "/pets", x_request_id="mine-1"), "x-request-id") == "mine-1"
    first, second = (header(call("GET", "/pets"), "x-request-id") for _ in range(2))
    assert first
    assert first != second


def test_an_exchange_whose_name_the_contract_forbids_gets_its_own(make_client: Make) -> None:
    """
    An ``X-Request-Id`` that breaks the header's schema is not sent back.
    """
    document = pets()
    schema = {"type": "string", "format": "uuid"}
    document["paths"]["/pets"]["get"]["responses"]["200"]["headers"] = {"X-Request-Id": {"schema": schema}}
    reply = make_client(document)("GET", "/pets", x_request_id="mine-1")
    assert header(reply, "x-request-id") not in (None, "mine-1")
    assert header(reply, "x-mock-violation") is None


def test_header_lines_are_remembered_until_the_contracts_change(call: Client) -> None:
    """
    The lines of a request are read once; what they mean is at hand for the next request that has the same.
    """
    lines, head = b"accept: */*\r\n\r\n", Head(((b"accept", b"*/*"),))
    site, contracts, editions = call.site, call.site.contracts, [call.site.edition]
    for change in (
        lambda: site.serve(contracts),
        lambda: setattr(site, "scheme", "https"),
        lambda: setattr(site, "validate", "report"),
    ):
        site.learn(lines, head)
        assert site.heads.get(lines) is head
        change()
        assert site.heads.get(lines) is None
        editions.append(site.edition)
    assert editions == [1, 2, 2, 2]


def test_everything_that_is_wrong_with_scenarios_is_said_at_once() -> None:
    """
    Each scenario that cannot be played is named with its place, not only the first of them.
    """
    good = {"name": "good", "operation": "getPet", "answers": [{"status": 404}]}
    entries = [
        {**good, "name": "a", "operation": "nope"},
        {**good, "name": "b", "active": "yes"},
        good,
        {**good, "answers": [{"status": 404}]},
        {**good, "name": "d", "operation": "neither"},
        {**good, "name": "e", "answers": []},
        {**good, "name": "f", "answers": [{"status": 418}, {"status": 404}, {"status": 402}]},
    ]
    with pytest.raises(ContractError) as refused:
        read_scenarios({"scenarios": entries}, "s.yaml", load(pets()).all_operations())
    assert [finding.pointer for finding in refused.value.findings] == [
        "/scenarios/0/operation",
        "/scenarios/1",
        "/scenarios/3",
        "/scenarios/4/operation",
        "/scenarios/5",
        "/scenarios/6/answers/0",
        "/scenarios/6/answers/2",
    ]


def test_a_scenario_that_does_not_say_so_is_not_played_from_the_start() -> None:
    """
    ``active`` left out is false; two that are active for one operation are a clash, others are none.
    """
    operations = list(load(pets()).all_operations())
    one = {"name": "one", "operation": "getPet", "answers": [{"status": 404}]}
    read = read_scenarios({"scenarios": [one, {**one, "name": "two"}]}, "s.yaml", operations)
    assert [scenario.active for scenario in read] == [False, False]
    read = read_scenarios({"scenarios": [{**one, "active": True}, {**one, "name": "two"}]}, "s.yaml", operations)
    assert [scenario.active for scenario in read] == [True, False]
    with pytest.raises(ContractError, match="only one scenario can"):
        read_scenarios(
            {"scenarios": [{**one, "active": True}, {**one, "name": "two", "active": True}]}, "s.yaml", operations
        )


def test_a_list_for_who_asks_for_events_comes_item_by_item(make_client: Make) -> None:
    """
    Where a list is offered as JSON and as server-sent events, who asks for events gets no list in one piece.
    """
    document = pets()
    offered = document["paths"]["/pets"]["get"]["responses"]["200"]["content"]
    offered["text/event-stream"] = {"schema": {"type": "object", "required": ["delta"], "properties": {"delta": {}}}}
    call = make_client(document)
    call("POST", "/pets", {"name": "Bori"})
    reply = call("GET", "/pets", accept="text/event-stream")
    assert header(reply, "content-type") == "text/event-stream"
    assert reply.body.count(b'data: {"delta":') > 1
    assert header(reply, "x-mock-violation") is None
    assert value(call("GET", "/pets"))["data"][-1]["name"] == "Bori"


def test_no_page_of_another_origin_reads_what_is_said_before_a_contract_is_asked(make_client: Make) -> None:
    """
    A refusal of what was no request, or of an address that names two worlds, lets no browser in unless the mock does.
    """
    call = make_client()
    refused = call.site.refuse(Problem("invalid_request", 400, "This is no HTTP."), b"/pets")
    twice = call("GET", "/__world__/a/pets", x_mock_world="b")
    for reply in (refused, twice, call("GET", "/pets", origin="https://elsewhere.example")):
        assert header(reply, "access-control-allow-origin") is None
    assert header(make_client(cors=True)("GET", "/pets", origin="https://e.example"), "access-control-allow-origin")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^https?://", "http://mock:4010/v1/pets/1"),
        (r"^https://api\.example\.com/", "https://api.example.com/v1/pets/1"),
    ],
)
def test_an_address_leads_to_the_mock_unless_the_contract_wants_it_as_it_is(
    make_client: Make, pattern: str, expected: str
) -> None:
    """
    What leads to a declared server leads to the mock; where the schema allows only that server, it stays.
    """
    document = pets()
    pet = document["components"]["schemas"]["Pet"]
    linked = {**pet["properties"], "link": {"type": "string", "pattern": pattern}}
    document["components"]["schemas"]["Pet"] = {**pet, "properties": linked}
    content = document["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]["application/json"]
    content["examples"]["rex"]["value"]["link"] = "https://api.example.com/v1/pets/1"
    reply = make_client(document)("GET", "/pets/1", host="mock:4010")
    assert value(reply)["link"] == expected
    assert header(reply, "x-mock-violation") is None


def test_a_refusal_takes_the_form_that_can_say_it(make_client: Make) -> None:
    """
    Where a contract declares a page and a problem for a status, the problem is told, whichever is declared first.
    """
    document = pets()
    refused = document["paths"]["/pets"]["get"]["responses"]["400"]
    refused["content"] = {"text/html": {"schema": {"type": "string"}}, **refused["content"]}
    reply = make_client(document)("GET", "/pets?limit=0")
    assert (reply.status, header(reply, "content-type")) == (400, "application/problem+json")
    assert value(reply)["violations"]


def test_what_was_no_request_is_in_the_journal(call: Client) -> None:
    """
    Whoever wonders why a client got a 400 finds what it sent to, although it was not even HTTP.
    """
    reply = call.site.refuse(Problem("invalid_request", 400, "This is no HTTP."), b"/pets?a=1")
    (exchange,) = call.site.worlds.default.journal
    assert exchange.reply is reply
    assert exchange.request.target == "/pets?a=1"


def test_an_address_and_a_header_that_name_two_worlds_are_refused(call: Client) -> None:
    """
    Which of two worlds is meant is not guessed, and neither is told of it.
    """
    reply = call("GET", "/__world__/a/pets", x_mock_world="b")
    assert (reply.status, value(reply)["code"]) == (400, "two_worlds")
    assert not any(world.journal.total for world in call.site.worlds)
    assert call("GET", "/__world__/a/pets", x_mock_world="a").status == 200


def test_only_a_preflight_is_answered_for_the_contract(make_client: Make) -> None:
    """
    With ``--cors`` an OPTIONS that is no preflight (Fetch §3.3.2) is a request as any other.
    """
    call = make_client(cors=True)
    asked = call("OPTIONS", "/pets", origin="https://e.example", access_control_request_method="PUT")
    assert (asked.status, header(asked, "access-control-allow-methods")) == (204, "PUT")
    assert call("OPTIONS", "/pets", origin="https://e.example").status == 405


async def test_a_mock_that_ends_lets_its_sinks_finish() -> None:
    """
    What was handed over and is not sent yet goes out before the mock ends, to each sink.
    """

    class Sink:
        finished = False

        def publish(self, event: Event) -> None: ...

        async def aclose(self) -> None:
            self.finished = True

    sinks = (Sink(), Sink())
    await Site([load(pets())], sinks=sinks).aclose()
    assert [sink.finished for sink in sinks] == [True, True]


def test_an_answer_without_content_is_given_whatever_is_accepted(make_client: Make) -> None:
    """
    A 204 has no media type to negotiate: a client that accepts JSON alone deletes as any other, and nothing is noted.
    """
    document = pets()
    document["paths"]["/pets/{petId}"]["delete"]["responses"]["406"] = {"description": "not acceptable"}
    call = make_client(document)
    made = value(call("POST", "/pets", {"name": "Bori"}))["id"]
    reply = call("DELETE", f"/pets/{made}", accept="application/json")
    assert (reply.status, header(reply, "x-mock-note")) == (204, None)


def test_a_problem_is_told_as_one_where_the_contract_declares_it_last(make_client: Make) -> None:
    """
    A problem detail comes before any other JSON that a refusal may be written as, in whichever order they stand.
    """
    document = pets()
    refused = document["paths"]["/pets"]["get"]["responses"]["400"]
    refused["content"] = {"application/json": {"schema": {"type": "object"}}, **refused["content"]}
    reply = make_client(document)("GET", "/pets?limit=0")
    assert header(reply, "content-type") == "application/problem+json"


def test_an_answer_that_cannot_be_judged_says_why(make_client: Make) -> None:
    """
    Where a response's schema is broken its answers leave all the same, and say that nobody could judge them.
    """
    document = pets()
    content = {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "nonsense"}}}}}
    document["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"] = content
    behaviours = Behaviours()
    behaviours.add("Pets", {"getPet": lambda operation, reading, world: Answer(200, {"id": 1})})
    reply = make_client(document, behaviours=behaviours)("GET", "/pets/1")
    assert (reply.status, value(reply)) == (200, {"id": 1})
    assert "its schema is broken" in (header(reply, "x-mock-violation") or "")
