"""
Rows of answers: what each call of an operation is answered while a scenario of it runs, and what is said of a bad one.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import ContractError, load
from aegis_mockserver import Site
from aegis_mockserver.core._scenarios import Scenarios, read_scenarios

from .conftest import Client, header, pets, value

GONE: dict[str, Any] = {"status": 404, "body": {"title": "Gone", "status": 404}, "headers": {"Retry-After": "3"}}
TOM: dict[str, Any] = {"status": 200, "example": "tom", "headers": {"X-Row": "2"}}


def read(*entries: dict[str, Any], **more: Any) -> Scenarios:
    """
    Read scenarios of the pets.
    """
    entries = tuple({"operation": "getPet", **entry, **more} for entry in entries)
    return read_scenarios({"scenarios": list(entries)}, "s.yaml", load(pets()).all_operations())


def client(scenarios: Scenarios) -> Client:
    """
    Call a mock that plays them, from the start where they say so.
    """
    site = Site([load(pets())], scenarios=scenarios)
    site.scenarios.prepare(site.worlds.default)
    return Client(site)


@pytest.mark.parametrize(
    ("then", "statuses"),
    [
        ("stay", [404, 200, 503, 503, 503]),
        ("repeat", [404, 200, 503, 404, 200]),
        ("end", [404, 200, 503, 200, 200]),
        (None, [404, 200, 503, 503, 503]),
    ],
)
def test_after_its_last_answer_a_scenario_goes_on_as_it_says(then: str | None, statuses: list[int]) -> None:
    """
    It stays with the last answer, begins again or ends; ``real`` is what would be answered without it.
    """
    document = pets()
    document["paths"]["/pets/{petId}"]["get"]["responses"]["503"] = {"description": "busy"}
    entry = {"name": "row", "operation": "getPet", "answers": [GONE, "real", {"status": 503}], "active": True}
    entry |= {"then": then} if then else {}
    scenarios = read_scenarios({"scenarios": [entry]}, "s.yaml", load(document).all_operations())
    site = Site([load(document)], scenarios=scenarios)
    site.scenarios.prepare(site.worlds.default)
    assert [Client(site)("GET", "/pets/1").status for _ in range(5)] == statuses


def test_an_answer_of_a_scenario_is_what_it_says_and_nothing_more() -> None:
    """
    Status, body or example, and headers; nobody preferred it, so no header says so; the journal calls it by its name.
    """
    call = client(read({"name": "row", "answers": [GONE, TOM], "active": True}))
    first, second = call("GET", "/pets/1"), call("GET", "/pets/1")
    assert (first.status, value(first), header(first, "retry-after")) == (404, GONE["body"], "3")
    assert (second.status, value(second)["name"], header(second, "x-row")) == (200, "Tom", "2")
    assert [header(reply, "preference-applied") for reply in (first, second)] == [None, None]
    assert [exchange.origin for exchange in call.site.worlds.default.journal] == ["scenario", "scenario"]


def test_a_scenario_is_played_for_its_operation_and_in_its_world() -> None:
    """
    Other operations and other worlds answer as ever; what was stopped is, and who starts again begins at the first.
    """
    scenarios = read(
        {"name": "gone", "answers": [GONE, "real"], "active": True},
        {"name": "full", "operation": "listPets", "answers": [{"status": 400}]},
    )
    call = client(scenarios)
    world = call.site.worlds.default
    assert [call("GET", path).status for path in ("/pets", "/pets/1", "/pets/1")] == [200, 404, 200]
    assert call("GET", "/pets/1", x_mock_world="other").status == 200
    assert scenarios.start(world, "full").name == "full"
    versions = [world.version]
    assert [call("GET", path).status for path in ("/pets", "/pets/1")] == [400, 200]
    scenarios.start(world, "gone")
    versions.append(world.version)
    assert call("GET", "/pets/1").status == 404
    for name in ("full", "gone", "never-started"):
        scenarios.stop(world, name)
        versions.append(world.version)
    assert [call("GET", path).status for path in ("/pets", "/pets/1")] == [200, 200]
    assert versions == sorted(set(versions))  # whoever watches a world is told that it changed
    with pytest.raises(ValueError, match=r"no scenario 'ful'; .*full"):
        scenarios.start(world, "ful")


def test_only_a_scenario_that_is_active_runs_from_the_start() -> None:
    """
    The others wait until they are started; a mock without any says so.
    """
    scenarios = read({"name": "row", "answers": [GONE]})
    call = client(scenarios)
    assert call("GET", "/pets/1").status == 200
    assert (bool(scenarios), bool(Scenarios()), [one.name for one in scenarios]) == (True, False, ["row"])


ROW: dict[str, Any] = {"name": "row", "answers": [GONE]}
EMPTY: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("entry", "pointer", "said"),
    [
        ({**ROW, "oprtion": "x"}, "", "unknown member 'oprtion'; .*operation"),
        ({**ROW, "active": 1}, "", "active must be true or false"),
        ({**ROW, "then": "stop"}, "", "then must be stay, repeat or end"),
        ({**ROW, "answers": []}, "", "answers must not be empty"),
        ({**ROW, "answers": [{"status": 404, "exmple": "x"}]}, "", "unknown member 'exmple' of an answer; .*example"),
        ({**ROW, "answers": [{"status": 200, "example": "rex", "body": EMPTY}]}, "", "an example or a body, not both"),
        ({**ROW, "answers": [{"status": 199}]}, "", "must be 200 to 599"),
        ({**ROW, "answers": [{"status": 600}]}, "", "must be 200 to 599"),
        ({**ROW, "answers": [EMPTY]}, "", "status"),
        ({**ROW, "answers": 7}, "", "is no scenario"),
        ({"answers": [GONE]}, "", "name"),
        ({**ROW, "operation": "getPets"}, "/operation", "no contract has an operation getPets; .*getPet"),
        ({**ROW, "answers": ["real", {"status": 418}]}, "/answers/1", "does not declare the status 418"),
        ({**ROW, "answers": [{"status": 200, "example": "max"}]}, "/answers/0", "has no example max for 200"),
        ({**ROW, "answers": [{"status": 200, "body": {"id": "x"}}]}, "/answers/0", "breaks the contract: /body/"),
    ],
)
def test_a_scenario_that_cannot_be_played_says_why_and_where(entry: dict[str, Any], pointer: str, said: str) -> None:
    """
    A name that nobody knows is told with the nearest, and an answer that the contract does not allow with its place:
    file and pointer, for no line is known.
    """
    with pytest.raises(ContractError, match=said) as refused:
        read(entry)
    assert [(found.source, found.line, found.column) for found in refused.value.findings] == [("s.yaml", 0, 0)]
    assert [finding.pointer for finding in refused.value.findings] == [f"/scenarios/0{pointer}"]


def test_every_status_from_200_to_599_may_be_declared_and_answered() -> None:
    """
    The first and the last are statuses as any other, and a null body is a body.
    """
    document = pets()
    get = document["paths"]["/pets/{petId}"]["get"]
    get["responses"] |= {"599": {"description": "d"}, "299": {"description": "d", "content": {"application/json": {}}}}
    entry = {**ROW, "operation": "getPet", "active": True, "description": "both ends"}
    entry["answers"] = [{"status": 599}, {"status": 299, "body": None}, {"status": 200}]
    scenarios = read_scenarios({"scenarios": [entry]}, "s.yaml", load(document).all_operations())
    site = Site([load(document)], scenarios=scenarios)
    site.scenarios.prepare(site.worlds.default)
    replies = [Client(site)("GET", "/pets/1") for _ in range(3)]
    assert [(reply.status, reply.body[:4]) for reply in replies] == [(599, b""), (299, b"null"), (200, b'{"id')]


@pytest.mark.parametrize("data", [[], {}, {"scenarios": {}}, "text"])
def test_a_file_without_a_list_of_scenarios_is_refused(data: Any) -> None:
    """
    What has no list ``scenarios`` says so, at the place of the whole.
    """
    with pytest.raises(ContractError, match="must have a list scenarios"):
        read_scenarios(data, "s.yaml", [])


def test_two_scenarios_of_one_name_or_one_beginning_clash() -> None:
    """
    A name is used once, and only one scenario can answer an operation from the start.
    """
    for more, said in (({}, "'row' already"), ({"name": "other"}, "'row' answers getPet from the start")):
        with pytest.raises(ContractError, match=said) as refused:
            read({**ROW, "active": True}, {**ROW, "active": True, **more})
        assert [finding.pointer for finding in refused.value.findings] == ["/scenarios/1"]
    assert len(list(read({**ROW, "active": True}, {**ROW, "name": "late"}))) == 2
    assert len(list(read(ROW, {**ROW, "name": "b", "operation": "listPets", "answers": [{"status": 400}]}))) == 2


def test_each_start_step_and_stop_of_a_scenario_is_a_change_of_its_world() -> None:
    """
    Whoever looks whether a world changed sees that another answer is due.
    """
    call = client(read({"name": "row", "answers": [GONE]}))
    world = call.site.worlds.default
    seen = [world.version]
    for act in (
        lambda: call.site.scenarios.start(world, "row"),
        lambda: call("GET", "/pets/1"),
        lambda: call.site.scenarios.stop(world, "row"),
    ):
        act()
        seen.append(world.version)
    assert [number - seen[0] for number in seen] == [0, 1, 2, 3]
