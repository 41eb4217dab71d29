"""
"Try it": for every operation there is a request that it accepts.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.mockserver_control.conftest import Control


def _try(control: Control, operation: str, seed: str = "") -> tuple[Any, int, list[str]]:
    made = control.json("GET", f"/operations/request?operation={operation}&seed={seed}")
    headers = {entry["name"].lower().replace("-", "_"): entry["value"] for entry in made["headers"]}
    headers.pop("content_type", None)
    body = made["body"].encode() if made["body"] is not None else None
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    if body is not None:
        lines += [
            (e["name"].lower().encode(), e["value"].encode()) for e in made["headers"] if e["name"] == "Content-Type"
        ]
    reply = control.site.respond(made["method"], made["target"].encode(), tuple(lines), body or b"")
    exchange = next(control.site.worlds.default.journal.newest_first())
    return made, reply.status, [str(violation) for violation in exchange.violations]


@pytest.mark.parametrize("seed", ["", "1", "another"])
def test_every_operation_accepts_its_sample(control: Control, seed: str) -> None:
    """
    The request that is offered for an operation breaks no rule of the contract, whatever the seed.
    """
    for entry in control.json("GET", "/operations")["operations"]:
        made, status, violations = _try(control, entry["operation"], seed)
        assert (made["operation"], violations) == (entry["operation"], [])
        assert status not in {400, 401, 404, 405, 406, 415} or entry["contract"] != "Shop"


def test_styles_and_credentials_are_written(control: Control) -> None:
    """
    Parameters stand in their styles, percent-encoded; optional ones are offered; a credential that is none is there.
    """
    made, status, _ = _try(control, "findCarts")
    assert status == 200
    assert "filter[b]=%C3%BC%20%26%20x" in made["target"]
    assert [entry["name"] for entry in made["optional"]] == ["page"]
    assert {entry["name"]: entry["value"] for entry in made["headers"]}["Authorization"].startswith("Basic ")


def test_items_that_are_there_are_asked_for(control: Control, user_id: str) -> None:
    """
    Where the world remembers an item, the request is about that one.
    """
    made, status, _ = _try(control, "getUser")
    assert user_id in made["target"]
    assert status == 200


def test_another_seed_makes_another_body(control: Control) -> None:
    """
    Without a seed the contract's example is taken; each seed makes other values, always the same ones.
    """
    bodies = [json.loads(_try(control, "registerUser", seed)[0]["body"]) for seed in ("", "1", "2", "1")]
    assert bodies[1] == bodies[3]
    assert len({body["email"] for body in bodies}) == 3
