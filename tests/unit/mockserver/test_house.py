"""
How the mock is built: a pure core, one way to say that something is checked, caches that cannot be stale.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aegis_mockserver
from aegis_contracts import MediaType, load
from aegis_mockserver import Answer, Behaviours, Site
from aegis_mockserver.core import _check, _journey
from aegis_mockserver.core.contents import _proofs
from aegis_mockserver.core.contents._proofs import ContentChecker, Proof

from .conftest import Client, header, pets, value

MOCK = Path(aegis_mockserver.__file__).parent
# Sockets, logs, clocks, files, random sources, and what leads to them.
IMPURE = {"aiokafka", "asyncio", "concurrent", "datetime", "glob", "http", "httpx", "importlib", "io", "logging"}
IMPURE |= {"multiprocessing", "os", "pathlib", "pickle", "queue", "random", "secrets", "select", "selectors", "shutil"}
IMPURE |= {"signal", "socket", "socketserver", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "uuid"}
IMPURE |= {"urllib.request", "uvloop", "warnings"}
STEPS = ("route", "authenticate", "validate", "negotiate", "behave", "check", "serialise")


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _core() -> list[Path]:
    return sorted((MOCK / "core").rglob("*.py"))


@pytest.mark.parametrize("path", _core(), ids=lambda path: str(path.relative_to(MOCK)))
def test_the_core_touches_nothing_outside(path: Path) -> None:
    """
    No file of the core imports what reads a socket, a log, a clock, a file or a random source: all of it is handed in.
    """
    names = {part for name in _imported(path) for part in (name, name.partition(".")[0])}
    assert not names & IMPURE
    called = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
    assert not called & {"open", "print", "input", "__import__"}


def test_the_journey_is_read_in_seven_files() -> None:
    """
    Each step of the journey is a file of its own with a function of its name, and the walk takes them in their order.
    """
    for step in STEPS:
        body = ast.parse((MOCK / f"core/_{step}.py").read_text()).body
        assert step in {node.name for node in body if isinstance(node, ast.FunctionDef)}
    source = Path(_journey.__file__).read_text()
    imported = [f"from aegis_mockserver.core._{step} import" in source for step in STEPS]
    assert all(imported)


@pytest.mark.parametrize("folder", sorted({path.parent for path in MOCK.rglob("*.py")}), ids=lambda p: p.name)
def test_no_folder_is_a_warehouse(folder: Path) -> None:
    """
    About fifteen files stand side by side in a folder, not more.
    """
    assert len(list(folder.glob("*.py"))) <= 16


def _pet() -> MediaType:
    get = next(one for one in load(pets()).all_operations() if one.key == "getPet")
    return get.responses["200"].content["application/json"]


def test_nobody_else_can_say_checked() -> None:
    """
    A proof and a checked answer are made by the checker alone.
    """
    media = _pet()
    with pytest.raises(TypeError, match="only a ContentChecker"):
        Proof(object(), media, b"{}")
    with pytest.raises(TypeError, match="only check"):
        _check.Checked(object(), 200, {}, b"", "behaviour")
    seals = [path for path in MOCK.rglob("*.py") if "_SEAL" in path.read_text()]
    assert {path.name for path in seals} == {Path(_proofs.__file__).name, Path(_check.__file__).name}
    proof = ContentChecker(media).make({"id": 1, "name": "Rex"})
    assert proof is not None
    with pytest.raises(AttributeError):
        proof.content = b"{}"  # type: ignore[misc]
    assert ContentChecker(media).make({"id": "one"}) is None
    assert ContentChecker(media).prove(b'{"id": 1}') is None


def test_what_was_shown_to_the_checker_cannot_be_changed_afterwards() -> None:
    """
    A proof holds bytes, so an instance that changes after it was judged changes nothing of them.
    """
    media = _pet()
    item: dict[str, Any] = {"id": 1, "name": "Rex"}
    proof = ContentChecker(media).make(item)
    item["id"] = "not a number"
    assert proof is not None
    assert json.loads(proof.content) == {"id": 1, "name": "Rex"}


def test_a_proof_for_one_response_says_nothing_of_another(make_client: Callable[..., Client]) -> None:
    """
    Content that was proved for another operation is checked like everything else, and what it breaks is told.
    """
    document = pets()
    other = copy.deepcopy(document["paths"]["/pets/{petId}"]["get"])
    other["operationId"] = "getName"
    other["responses"]["200"]["content"] = {"application/json": {"schema": {"type": "object"}}}
    document["paths"]["/pets/{petId}/name"] = {
        "parameters": document["paths"]["/pets/{petId}"]["parameters"],
        "get": other,
    }
    behaviours = Behaviours()
    kept: list[Proof] = []

    def name(operation: Any, reading: Any, world: Any) -> Answer:
        media = operation.responses["200"].content["application/json"]
        proof = ContentChecker(media).make({"nothing": "that a pet is"})
        assert proof is not None
        kept.append(proof)
        return Answer(200, media_type="application/json", content=proof)

    behaviours.add(
        "Pets", {"getName": name, "getPet": lambda *_: Answer(200, media_type="application/json", content=kept[0])}
    )
    call = make_client(document, behaviours=behaviours)
    assert header(call("GET", "/pets/1/name"), "x-mock-violation") is None
    assert "/body/id" in (header(call("GET", "/pets/1"), "x-mock-violation") or "")


@pytest.mark.parametrize("required", [["pet"], []], ids=["strict envelope", "loose envelope"])
def test_a_wrapped_item_is_judged_as_it_leaves(make_client: Callable[..., Client], required: list[str]) -> None:
    """
    A stored item that its envelope has no room for never leaves unseen: it is fitted, or the contract's own answers.
    """
    document = pets()
    wrapped = {
        "type": "object",
        "required": required,
        "properties": {
            "pet": {
                "type": "object",
                "required": ["id", "name"],
                "additionalProperties": False,
                "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
            }
        },
    }
    get = document["paths"]["/pets/{petId}"]["get"]
    get["responses"]["200"]["content"] = {"application/json": {"schema": wrapped}}
    call = make_client(document)
    made = value(call("POST", "/pets", {"name": "Rex", "tag": "dog"}))
    reply = call("GET", f"/pets/{made['id']}")
    assert header(reply, "x-mock-violation") is None
    assert value(reply) == {"pet": {"id": made["id"], "name": "Rex"}}


def test_caches_go_with_the_contracts(call: Client) -> None:
    """
    After the contracts change, nothing of the old ones is answered, whatever was kept.
    """
    assert value(call("GET", "/pets/1"))["name"] == "Rex"
    changed = pets()
    examples = changed["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
    examples["rex"]["value"]["name"] = "Max"
    call.site.serve([load(changed)])
    assert value(call("GET", "/pets/1"))["name"] == "Max"


def test_the_same_request_is_answered_from_the_world_as_it_is(call: Client) -> None:
    """
    The very same request, sent again after the world changed in any way, is answered anew.
    """
    made = value(call("POST", "/pets", {"name": "Rex"}))
    target = f"/pets/{made['id']}"
    assert [call("GET", target).status for _ in range(3)] == [200, 200, 200]
    call.site.worlds.default.store("/pets").delete(str(made["id"]))
    assert call("GET", target).status == 404


def test_a_site_is_whole_when_it_is_made() -> None:
    """
    Whatever a site is made of is given to it at once: no part of it can be put in afterwards.
    """
    site = Site([load(pets())])
    for name in ("scenarios", "callbacks", "cors", "rules"):
        with pytest.raises(AttributeError):
            setattr(site, name, None)
