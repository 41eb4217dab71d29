"""
Worlds, time, faults, scenarios, callbacks, the proxy, in process.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from aegis_contracts import ContractError, load
from aegis_mockserver import Fault, Site, World, Worlds, transport
from aegis_mockserver.adapters._callbacks import CallbackSender
from aegis_mockserver.adapters.proxy._proxy import Proxy
from aegis_mockserver.core._scenarios import read_scenarios
from aegis_mockserver.pytest_plugin import MockServer
from aegis_mockserver.world import read_fault

from .conftest import Client, header, pets, value


def test_worlds_are_bounded() -> None:
    """
    The world that was unused for longest makes room; the default world stays.
    """
    worlds = Worlds(number=2)
    for name in ("a", "b", "a", "c"):
        worlds.get(name)
    assert [world.name for world in worlds] == ["default", "a", "c"]


def test_stores_are_bounded() -> None:
    """
    A world that is full drops its oldest items, and counts them.
    """
    world = World(limit=10_000)
    for number in range(100):
        world.store("/things").put(str(number), {"text": "x" * 100})
    assert world.size <= 10_000
    assert world.dropped > 0
    assert world.store("/things").get("99") is not None
    assert world.store("/things").get("0") is None


def test_a_full_store_makes_room_a_little_at_a_time() -> None:
    """
    The request that finds a world full waits for few items to go, and what they weighed is given back.
    """
    world = World(limit=1_000_000)
    store = world.store("/things")
    number = 0
    assert store.find("number", 0) is None
    while not world.dropped:
        number += 1
        store.put(str(number), {"number": number, "text": "x" * 100})
    assert world.dropped <= number // 20
    assert [*store] == [str(left) for left in range(world.dropped + 1, number + 1)]
    assert (store.find("number", world.dropped), store.find("number", number)) == (None, str(number))
    for _ in range(number):
        number += 1
        store.put(str(number), {"number": number, "text": "x" * 100})
    assert [*store] == [str(left) for left in range(world.dropped + 1, number + 1)]
    store.clear()
    assert world.size == 0


def test_journal_is_bounded(call: Client) -> None:
    """
    The journal forgets the oldest exchanges, and goes on counting.
    """
    journal = call.site.worlds.default.journal
    journal.kept = 3
    for _ in range(10):
        call("GET", "/pets/1")
    assert [exchange.number for exchange in journal] == [8, 9, 10]


def test_clock_can_be_set_and_advanced() -> None:
    """
    A world's clock runs, is set, is advanced, and stands still when told.
    """
    ticks = iter([0.0, 10.0, 20.0, 30.0])
    world = World(source=lambda: next(ticks))
    world.clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert world.clock.now() == datetime(2030, 1, 1, 0, 0, 10, tzinfo=UTC)
    world.clock.advance(timedelta(days=1))
    assert world.clock.now() == datetime(2030, 1, 2, 0, 0, 20, tzinfo=UTC)
    world.clock.set(datetime(2031, 1, 1, tzinfo=UTC), frozen=True)
    assert world.clock.now() == world.clock.now()


def test_schedule_answers_one_after_the_other(call: Client) -> None:
    """
    A schedule gives a status for each call, 0 being the true answer, and begins again.
    """
    call.site.worlds.default.faults.add(Fault(operation="getPet", schedule=(503, 0, 429)))
    assert [call("GET", "/pets/1").status for _ in range(4)] == [503, 200, 429, 503]


def test_rate_limit_comes_with_retry_after(call: Client) -> None:
    """
    Beyond the limit of a window it is 429 with Retry-After, until the world's clock leaves the window.
    """
    world = call.site.worlds.default
    world.clock.set(datetime(2030, 1, 1, tzinfo=UTC), frozen=True)
    world.faults.add(Fault(rate_limit=2, window=10))
    replies = [call("GET", "/pets/1") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert header(replies[2], "retry-after") == "10"
    world.clock.advance(timedelta(seconds=11))
    assert call("GET", "/pets/1").status == 200


def test_faults_of_one_world_leave_others_alone(call: Client) -> None:
    """
    A fault is for its world only.
    """
    call.site.worlds.get("bad").faults.add(Fault(status=500))
    assert call("GET", "/pets/1", x_mock_world="bad").status == 500
    assert call("GET", "/pets/1").status == 200


@pytest.mark.parametrize(
    "given", [{"latncy": 1}, {"latency": "x"}, {"error_rate": 2}, {"status": 99}, {"truncate": 2}, {"latency": -1}]
)
def test_impossible_faults_are_refused(given: dict[str, Any]) -> None:
    """
    A fault that says something unknown or impossible is refused in words.
    """
    with pytest.raises(ValueError, match=r"unknown member|must "):
        read_fault(given)


SCENARIO: dict[str, Any] = {
    "name": "vanishes",
    "operation": "getPet",
    "answers": [{"status": 200, "example": "tom"}, {"status": 404}, "real"],
}


def test_scenario_answers_in_its_order() -> None:
    """
    A scenario answers step by step, and the real answer stays at its end.
    """
    site = Site(
        [load(pets())], scenarios=read_scenarios({"scenarios": [SCENARIO]}, "s.yaml", load(pets()).all_operations())
    )
    call = Client(site)
    site.scenarios.start(site.worlds.default, "vanishes")
    replies = [call("GET", "/pets/1") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 404, 200, 200]
    assert [value(replies[0])["name"], value(replies[2])["name"]] == ["Tom", "Rex"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"operation": "nope"}, "no contract has an operation nope"),
        ({"answers": [{"status": 418}]}, "does not declare the status 418"),
        ({"answers": [{"status": 200, "example": "bob"}]}, "has no example bob"),
        ({"answers": [{"status": 200, "body": {"id": "x"}}]}, "the body breaks the contract"),
        ({"answers": [{"status": 200, "boddy": 1}]}, "unknown member"),
    ],
)
def test_scenarios_are_checked_when_loaded(change: dict[str, Any], said: str) -> None:
    """
    A scenario that the contract does not allow is refused, with its place.
    """
    with pytest.raises(ContractError, match=said):
        read_scenarios({"scenarios": [{**SCENARIO, **change}]}, "s.yaml", load(pets()).all_operations())


def test_transport_for_sync_and_async_clients() -> None:
    """
    The same transport serves sync clients, in the world it was made for.
    """
    made = transport(site=Site([load(pets())]), world="mine")
    with httpx.Client(transport=made, base_url="http://mock") as client:
        created = client.post("/pets", json={"name": "Bori"}).json()
        assert client.get(f"/pets/{created['id']}").json() == created
    assert made.site.worlds.get("mine").journal.total == 2
    assert made.site.worlds.default.journal.total == 0


async def test_transport_for_async_clients() -> None:
    """
    The transport serves async clients likewise.
    """
    made = transport(site=Site([load(pets())]))
    async with httpx.AsyncClient(transport=made, base_url="http://mock") as client:
        assert (await client.get("/pets/1")).json() == {"id": 1, "name": "Rex"}


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:1/x", True),
        ("http://localhost/x", True),
        ("http://[::1]/x", True),
        ("http://hooks.example.com/x", True),
        ("http://example.com/x", False),
        ("http://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("http://127.0.0.1@example.com/", False),
        ("nonsense", False),
    ],
)
def test_callbacks_go_to_this_machine_or_allowed_hosts_only(url: str, may: bool) -> None:
    """
    Nothing is ever sent to a host that is neither this machine nor allowed.
    """
    assert (not CallbackSender(["hooks.example.com"]).refusal(url)) is may


async def test_callback_is_sent_and_recorded(make_client: Callable[..., Client]) -> None:
    """
    An operation that promises a callback sends it, and the journal has it.
    """
    with MockServer(Site([load(pets())])) as receiver:
        document = pets()
        schema = {"type": "object", "properties": {"id": {"const": 5}, "name": {"const": "Called"}}}
        content = {"application/json": {"schema": {**schema, "required": ["id", "name"]}}}
        document["paths"]["/pets"]["post"]["callbacks"] = {
            "made": {"{$request.query.hook}/pets": {"post": {"requestBody": {"content": content}, "responses": {}}}}
        }
        document["paths"]["/pets"]["post"]["parameters"] = [
            {"name": "hook", "in": "query", "schema": {"type": "string"}}
        ]
        call = make_client(document)
        assert call("POST", f"/pets?hook={receiver.url}", {"name": "a"}).status == 201
        await call.site.aclose()
        assert [e.request.method for e in receiver.site.worlds.default.journal] == ["POST"]
    exchange = next(call.site.worlds.default.journal.newest_first())
    assert (exchange.origin, exchange.operation, json.loads(exchange.request.body)["name"]) == (
        "callback",
        "made",
        "Called",
    )


async def test_proxy_judges_both_directions(call: Client) -> None:
    """
    The provider's answer comes through, and its violations are recorded.
    """
    provider = pets()
    provider["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]["application/json"] = {
        "example": {"id": "not a number"}
    }
    del provider["paths"]["/secure"]
    with MockServer(Site([load(provider)])) as real:
        proxy = Proxy(call.site, real.url)
        reply = (await proxy.forward("GET", b"/pets/1", (), b"")).reply
        assert value(reply) == {"id": "not a number"}
        exchange = next(call.site.worlds.default.journal.newest_first())
        assert exchange.origin == "proxy"
        assert {fault.pointer for fault in exchange.reply_violations} == {"/body/id", "/body/name"}
        unknown = (await proxy.forward("GET", b"/secure", ((b"x-key", b"k"),), b"")).reply
        assert unknown.status == 404  # which the contract does not declare: drift is shown, not filled in
        await proxy.aclose()
