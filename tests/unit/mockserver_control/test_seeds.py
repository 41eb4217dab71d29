"""
Items that are put into a world from outside: each is found by its own id, and what cannot be an item is refused.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site
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
