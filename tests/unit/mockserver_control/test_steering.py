"""
What the control API steers: scenarios, single faults, items; and whom it does not obey.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from aegis_mockserver import Site
from aegis_mockserver._front import read
from aegis_mockserver._watch import Watcher
from tests.unit.mockserver_control.conftest import SHOP, Control


def test_a_scenario_is_started_and_stopped(control: Control, user_id: str) -> None:
    """
    A scenario answers from its start to its stop, and tells where it is.
    """
    path, key = f"/api/v1/users/{user_id}", {"authorization": "Bearer x"}
    assert control("GET", path, **key).status == 200
    started = control.json("POST", "/scenarios/down%20%2F%20up")
    assert (started["operation"], started["position"]) == ("getUser", 0)
    assert [control("GET", path, **key).status for _ in range(3)] == [404, 200, 404]
    [listed] = control.json("GET", "/scenarios")["scenarios"]
    assert listed["position"] == 3
    control("GET", path, **key)
    control.json("DELETE", "/scenarios/down%20%2F%20up")
    assert [control("GET", path, **key).status for _ in range(2)] == [200, 200]
    assert control.json("GET", "/scenarios")["scenarios"][0]["position"] is None


def test_one_fault_is_switched_off(control: Control) -> None:
    """
    A fault has a number, by which it alone is switched off.
    """
    numbers = [control.json("POST", "/faults", {"operation": "getHealth", "status": s})["number"] for s in (503, 500)]
    assert control("GET", "/health").status == 503
    control.json("DELETE", f"/faults/{numbers[0]}")
    assert control("GET", "/health").status == 500


def test_items_are_found_and_forgotten(control: Control, user_id: str) -> None:
    """
    An item is found by a part of it, and can be forgotten alone.
    """
    store = "/state?store=/api/v1/users"
    assert list(control.json("GET", f"{store}&contains={user_id[:13]}")["items"]) == [user_id]
    assert control.json("GET", f"{store}&offset=1")["items"] == {}
    control.json("DELETE", f"{store}&item={user_id}")
    assert control("GET", f"/api/v1/users/{user_id}", authorization="Bearer x").status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"sec_fetch_site": "same-origin", "origin": "http://gateway"}, 204),
        ({"sec_fetch_site": "none"}, 204),
        ({"origin": "http://127.0.0.1:4010", "host": "127.0.0.1:4010"}, 204),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "https://evil.example", "host": "127.0.0.1:4010"}, 403),
        ({"origin": "null", "host": "127.0.0.1:4010"}, 403),
    ],
)
def test_pages_of_other_sites_do_not_steer(control: Control, headers: dict[str, str], status: int) -> None:
    """
    A page of another site that is open in the same browser cannot reset a world; programs and our own page can.
    """
    assert control("POST", "/__mock__/reset", {}, **headers).status == status


def test_with_cors_they_do(control: Control) -> None:
    """
    Who switches CORS on lets other pages in.
    """
    control = Control(Site(control.site.contracts, cors=True))
    assert control("POST", "/__mock__/reset", {}, sec_fetch_site="cross-site").status == 204


async def test_a_webhook_is_sent_on_demand(control: Control) -> None:
    """
    A webhook goes to this machine with the contract's example or a given body, and its answer is in the journal.
    """
    seen: list[bytes] = []

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        seen.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    wanted: dict[str, Any] = {"name": "cartSold", "url": url}
    assert control.json("POST", "/webhooks", wanted)["method"] == "POST"
    control.json("POST", "/webhooks", {**wanted, "body": {"cart": "다른"}})
    await control.site.callbacks.aclose()
    server.close()
    assert sorted(map(json.loads, seen), key=str) == [{"cart": "c-1"}, {"cart": "다른"}]
    rows = control.json("GET", "/journal?origin=callback")["exchanges"]
    assert [(row["operation"], row["status"]) for row in rows] == [("cartSold", 204)] * 2


def test_trouble_of_a_watched_contract_is_told(tmp_path: Path) -> None:
    """
    While a changed contract is broken, the control API says why; when it is mended, that is gone.
    """
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP))
    site = Site(read([path]))
    control = Control(site)
    watcher = Watcher(site, [str(path)], say=lambda text: None)
    assert control.json("GET", "/contracts")["trouble"] == ""
    path.write_text("{")
    watcher.reload()
    assert "shop.json" in control.json("GET", "/contracts")["trouble"]
    assert "shop.json" in control.json("GET", "/health")["trouble"]
    path.write_text(json.dumps(SHOP))
    watcher.reload()
    assert control.json("GET", "/health")["trouble"] == ""
