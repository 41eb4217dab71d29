"""
Faults: each kind does one thing to an exchange, they act together, and what did nothing is not counted.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aegis_contracts import load
from aegis_mockserver import Fault, Site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_mockserver.pytest_plugin import MockServer
from aegis_mockserver.world import World, faults, read_fault
from aegis_mockserver.world.faults import described
from aegis_mockserver.world.faults._fault import kinds

from .conftest import Client, header, pets

LANGUAGES = ("en", "ko")


def _world(call: Client) -> World:
    return call.site.worlds.default


def test_two_faults_of_one_operation_both_act(call: Client) -> None:
    """
    A delay and a status, each a fault of its own, meet the same call.
    """
    late = _world(call).faults.add(Fault("getPet", latency=30))
    failed = _world(call).faults.add(Fault("*", status=503, retry_after=3))
    reply = call("GET", "/pets/1")
    assert (reply.status, header(reply, "retry-after")) == (503, "3")
    assert reply.disturbance is not None
    assert reply.disturbance.shapes
    assert (late.calls, failed.calls) == (1, 1)


def test_what_had_no_effect_is_not_counted(call: Client) -> None:
    """
    Of two statuses only the first is answered; a cut of a body that is not there, and a call that was spared, count
    nothing: ``times`` is for calls that met the fault.
    """
    first, second = _world(call).faults.add(Fault(status=500, times=1)), _world(call).faults.add(Fault(status=503))
    assert [call("GET", "/pets/1").status for _ in range(2)] == [500, 503]
    assert (first.calls, second.calls) == (1, 1)
    _world(call).faults.clear()
    cut = _world(call).faults.add(Fault("getPet", truncate=0.5, times=1))
    assert call("HEAD", "/pets/1").disturbance is not None
    assert cut.calls == 0
    call("GET", "/pets/1")
    call("GET", "/pets/1")
    assert cut.calls == 1
    _world(call).faults.clear()
    seldom = _world(call).faults.add(Fault(status=503, error_rate=0.5, times=5))
    statuses = [call("GET", "/pets/1").status for _ in range(60)]
    assert statuses.count(503) == seldom.calls == 5


def test_a_schedule_waits_for_its_turn(call: Client) -> None:
    """
    A schedule loses no step to another fault that answers in its place.
    """
    _world(call).faults.add(Fault(status=429, times=1))
    _world(call).faults.add(Fault(schedule=(503, 0, 500)))
    assert [call("GET", "/pets/1").status for _ in range(5)] == [429, 503, 200, 500, 503]


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ({"jitter": 0.4}, (0, 0.4)),
        ({"latency": 1, "jitter": 0.5}, (0.5, 1.5)),
        ({"latency": 0.2}, (0.2, 0.2)),
        ({"latency": 0.2, "distribution": "exponential"}, (0, 10)),
        ({"latency": 0.2, "distribution": "lognormal"}, (0, 10)),
        ({"latency": 5, "jitter": 0.1, "distribution": "normal"}, (4, 6)),
    ],
)
def test_delays_are_drawn_as_they_say(call: Client, given: dict[str, Any], drawn: tuple[float, float]) -> None:
    """
    Jitter alone is a delay too; every distribution stays where it must.
    """
    _world(call).faults.add(read_fault(given))
    delays = [_world(call).faults.meet("getPet", 0).effect.delay for _ in range(50)]
    assert all(drawn[0] <= delay <= drawn[1] for delay in delays)
    assert (len(set(delays)) > 1) == (drawn[0] != drawn[1])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"operation": "getPet", "times": 2},
        {"retry_after": 3},
        {"error_rate": 0.5},
        {"error_rate": 0.5, "latency": 1},
        {"window": 3, "status": 503},
        {"distribution": "normal"},
        {"latency": 0},
        {"latency": 1, "jitter": 1, "distribution": "fixed"},
        {"latency": 1, "distribution": "uniform"},
        {"jitter": 1, "distribution": "exponential"},
        {"reset": False},
        {"reset": True, "status": 503},
        {"reset": "yes"},
        {"status": 503, "schedule": [500]},
        {"schedule": []},
        {"schedule": [0, 0]},
        {"schedule": "503"},
        {"status": 100},
        {"status": True},
        {"status": 503.5},
        {"latency": float("nan")},
        {"latency": float("inf")},
        {"latency": 10**9},
        {"rate_limit": 0},
        {"bytes_per_second": 0},
        {"truncate": 1},
        {"times": -1, "status": 503},
        {"operation": 5, "status": 503},
        [],
    ],
)
def test_a_fault_that_cannot_take_effect_is_refused(given: Any) -> None:
    """
    What a fault is told has an effect, or it is refused.
    """
    with pytest.raises(ValueError, match=r"must "):
        read_fault(given)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"operation": "getPets", "status": 503}, "getPet"),
        ({"operaton": "getPet", "status": 503}, "operation"),
        ({"operation": "getPet", "latncy": 3}, "latency"),
    ],
)
def test_the_name_that_was_meant_is_told(call: Client, body: dict[str, Any], said: str) -> None:
    """
    A fault for an operation that there is not, or with a member that there is not, names the nearest.
    """
    reply = call("POST", "/__mock__/faults", body)
    assert reply.status == 400
    assert f"did you mean '{said}'?" in reply.body.decode()
    assert not _world(call).faults.active


BIG = "a" * 4_000


@pytest.fixture(scope="module")
def sent() -> Iterator[MockServer]:
    document = pets()
    pet = document["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]["application/json"]
    pet["examples"] = {"big": {"value": {"id": 1, "name": BIG}}}
    with MockServer(Site([load(document)])) as server:
        yield server


def _socket(server: MockServer) -> httpx.Response:
    return httpx.get(f"{server.url}/pets/1", timeout=10)


def _asgi(server: MockServer) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(asgi_app(server.site))
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.get("/pets/1")

    return asyncio.run(get())


def _in_process(server: MockServer) -> httpx.Response:
    from aegis_mockserver import transport

    with httpx.Client(transport=transport(site=server.site), base_url="http://mock") as client:
        return client.get("/pets/1")


def _in_process_async(server: MockServer) -> httpx.Response:
    from aegis_mockserver import transport

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport(site=server.site), base_url="http://mock") as client:
            return await client.get("/pets/1")

    return asyncio.run(get())


WAYS = [_socket, _asgi, _in_process, _in_process_async]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_plays_the_same(sent: MockServer, way: Any) -> None:
    """
    A delay, a slow body, a cut and a reset are the same on a socket, in ASGI and in process.
    """
    world = sent.site.worlds.default

    def meet(*given: Fault) -> tuple[str | int, float]:
        world.faults.clear()
        for fault in given:
            world.faults.add(fault)
        started = time.perf_counter()
        try:
            answer = way(sent)
        except (httpx.TransportError, ConnectionResetError) as error:
            return "broken" if isinstance(error, (httpx.TransportError, ConnectionResetError)) else "", 0.0
        assert answer.json()["name"] == BIG or answer.status_code != 200
        return answer.status_code, time.perf_counter() - started

    assert meet(Fault(reset=True))[0] == "broken"
    assert meet(Fault(truncate=0.5))[0] == "broken"
    assert meet(Fault(truncate=0.5), Fault(status=503))[0] == "broken"
    slow = meet(Fault(latency=0.1), Fault(bytes_per_second=20_000))
    assert slow[0] == 200
    assert slow[1] > 0.25
    world.faults.clear()
    assert way(sent).status_code == 200


def test_a_kind_is_a_file_and_its_description_is_what_forms_and_guides_show(call: Client) -> None:
    """
    Each kind stands in a file of its own; the page's form, the control API's description and both guides have its
    members from there.
    """
    folder = Path(faults.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert files == {kind.__module__.rpartition(".")[2] for kind in kinds()}
    told = described()
    names = {member.name for kind in kinds() for member in kind.MEMBERS} | {"operation", "error_rate", "times"}
    assert set(told["members"]) == names
    assert call("GET", "/__mock__/faults/kinds").status == 200
    openapi = call("GET", "/__mock__/openapi.json").body.decode()
    for text in told["members"].values():
        assert text in openapi
    english, korean = (
        Path(f"docs/{language}/guides/mock-steer.md").read_text(encoding="utf-8") for language in LANGUAGES
    )
    assert "<!-- reference: faults -->" in english
    rows = [line.split("|")[1] for line in korean.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", "".join(rows))) >= names


def test_a_listed_fault_can_be_added_again(call: Client) -> None:
    """
    What the mock lists is what it takes.
    """
    call("POST", "/__mock__/faults", {"operation": "getPet", "latency": 1, "jitter": 0.5, "times": 3})
    listed = _world(call).faults.active[0].as_value()
    assert listed == {"operation": "getPet", "latency": 1.0, "jitter": 0.5, "times": 3, "calls": 0, "number": 1}
    assert call("POST", "/__mock__/faults", listed).status == 201


def test_a_contracts_own_faults_meet_each_world_anew(make_client: Any) -> None:
    """
    What ``x-mock-faults`` asks for happens in every world, once for each.
    """
    document = pets()
    document["paths"]["/pets/{petId}"]["get"]["x-mock-faults"] = [{"status": 503, "times": 2}]
    call = make_client(document)
    for world in ("a", "b"):
        statuses = [call("GET", "/pets/1", x_mock_world=world).status for _ in range(4)]
        assert statuses == [503, 503, 200, 200]


@pytest.mark.parametrize(("status", "code"), [(399, None), (400, "invalid_request"), (499, "conflict")])
def test_a_status_that_is_no_refusal_is_answered_as_the_contract_has_it(
    call: Client, status: int, code: str | None
) -> None:
    """
    Below 400 a fault is an answer of the contract's; from there on it is a problem with the code of its kind.
    """
    _world(call).faults.add(Fault("getPet", status=status, retry_after=3))
    reply = call("GET", "/pets/1")
    assert (reply.status, header(reply, "retry-after")) == (status, "3")
    assert (json.loads(reply.body)["code"] if reply.body else None) == code
