"""
Items that are put into a world from outside: each is found by its own id, and what cannot be an item is refused.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site, World
from aegis_mockserver.control.state._stores import AT_ONCE
from tests.unit.mockserver_control.conftest import Control

COIN: dict[str, Any] = {
    "type": "object",
    "required": ["name", "code"],
    "properties": {"name": {"type": "string"}, "code": {"type": "string"}},
}


def of(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Write the responses of an operation.
    """
    return {"200": {"description": "x", "content": {"application/json": {"schema": schema}}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Coins", "version": "1"},
    "paths": {
        "/coins": {"get": {"operationId": "listCoins", "responses": of({"type": "array", "items": COIN})}},
        "/coins/{code}": {
            "parameters": [{"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "getCoin", "responses": {**of(COIN), "404": {"description": "None."}}},
        },
    },
}
WON, YEN = {"name": "원", "code": "KRW"}, {"name": "엔", "code": "JPY"}


@pytest.fixture
def coins() -> Control:
    return Control(Site([load(DOCUMENT)]))


def test_items_of_a_list_are_found_by_the_id_of_their_resource(coins: Control) -> None:
    """
    A list of items is kept under the member that the contract's path asks for, whatever stands before it.
    """
    coins.json("POST", "/state", {"/coins": [WON, YEN]})
    assert json.loads(coins("GET", "/coins/KRW").body) == WON
    assert coins("GET", "/coins/엔").status == 404
    assert sorted(item["code"] for item in json.loads(coins("GET", "/coins").body)) == ["JPY", "KRW"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"/coins": [WON, {**YEN, "code": "KRW"}]}, "/coins: 2 items have the id 'KRW'"),
        ({"/coins": ["KRW"]}, "each item must be an object; one is of type str"),
        ({"/coins": {"KRW": 5}}, "each item must be an object; one is of type int"),
        ({"/coins": "KRW"}, "must be an object of items by id, or a list of items"),
        ({"/coin": [WON]}, "/coins"),
    ],
)
def test_what_is_no_item_is_refused(coins: Control, given: dict[str, Any], said: str) -> None:
    """
    Seed data that nobody could read is refused with what is wrong with it, and nothing of it is kept.
    """
    refused = coins("POST", "/__mock__/state", given)
    assert (refused.status, said in refused.body.decode()) == (400, True), refused.body
    assert coins.json("GET", "/state")["stores"].get("/coins", 0) == 0


def test_more_items_than_others_can_wait_for_are_refused(coins: Control) -> None:
    """
    So many items as take too long are not put at once: the call says how many are, and keeps none.
    """
    many = {str(number): {} for number in range(AT_ONCE)}
    refused = coins("POST", "/__mock__/state", {"/coins": {**many, "one more": {}}})
    assert (refused.status, f"at most {AT_ONCE} items" in refused.body.decode()) == (400, True)
    assert coins.json("GET", "/state")["stores"].get("/coins", 0) == 0
    assert coins.json("POST", "/state", {"/coins": many}) == {"stores": {"/coins": AT_ONCE}}


@pytest.mark.parametrize(("method", "target"), [("PUT", "/snapshot"), ("POST", "/state")])
def test_a_snapshot_holds_as_many_items_as_one_call_puts(coins: Control, method: str, target: str) -> None:
    """
    A snapshot of more items than others can wait for is neither restored, by whichever call, nor taken.
    """
    many = {str(number): {} for number in range(AT_ONCE)}
    coins.json("POST", "/state", {"/coins": many})
    taken = coins.json("GET", "/snapshot")
    taken["stores"]["/coins"]["items"]["one more"] = {}
    refused = coins(method, f"/__mock__{target}", taken)
    assert (refused.status, f"at most {AT_ONCE} items" in refused.body.decode()) == (400, True)
    assert coins.json("GET", "/state")["stores"]["/coins"] == AT_ONCE
    coins.json("POST", "/state", {"/coins": {"one more": {}}})
    refused = coins("GET", "/__mock__/snapshot")
    assert (refused.status, f"at most {AT_ONCE} items" in refused.body.decode()) == (400, True)


def test_items_put_together_count_as_those_put_one_by_one() -> None:
    """
    A store weighs the same, finds the same and has the same gone, however its items came.
    """
    items = [("KRW", WON), ("JPY", YEN), ("KRW", {**WON, "more": 1}), ("USD", {"code": "USD"})]
    together, apart = World("together"), World("apart")
    for world in (together, apart):
        world.store("/coins").put("KRW", {"code": "old"})
        world.store("/coins").put("USD", {"code": "USD"})
        world.store("/coins").delete("USD")
        assert world.store("/coins").find("code", "old") == "KRW"
    together.store("/coins").load(items)
    for key, item in items:
        apart.store("/coins").put(key, item)
    one, other = together.store("/coins"), apart.store("/coins")
    assert (together.size, list(one.items()), one.gone) == (apart.size, list(other.items()), other.gone)
    for code in ("old", "KRW", "USD", "EUR"):
        assert one.find("code", code) == other.find("code", code)
