"""
The reference that is written while the documentation is built: its calls can be made, its cells hold.
"""

from __future__ import annotations

import ast
import html
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import aegis_sdk
from aegis_contracts import Contract, Operation, bundled_apis, load
from tests.unit.docs._samples import ROOT

OPERATIONS = [
    (contract, operation)
    for contract in (load(path) for path in bundled_apis())
    for operation in contract.all_operations()
]


@pytest.fixture(scope="module")
def reference() -> Iterator[Callable[[str], Any]]:
    """
    The modules of the documentation's hook, by name.
    """
    sys.path.insert(0, str(ROOT / "docs"))
    yield lambda name: importlib.import_module(f"_reference_{name}")
    sys.path.remove(str(ROOT / "docs"))


@pytest.mark.parametrize("awaited", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("contract", "operation"), OPERATIONS, ids=[operation.key for _, operation in OPERATIONS])
def test_shown_calls_fit_their_methods(reference: Any, contract: Contract, operation: Operation, awaited: bool) -> None:
    """
    The call that a page shows is Python, and its arguments are what the method takes.
    """
    text = reference("api").call(contract, operation, awaited=awaited)
    tree = ast.parse(text if not awaited else f"async def main():\n{_inside(text)}")
    client = getattr(aegis_sdk, next(node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)).names[0].name)
    resource, method = reference("api").sdk_name(operation).split(".")
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
    )
    with_client = client("http://127.0.0.1:4010", "dev-key")
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
    inspect.signature(getattr(getattr(with_client, resource), method)).bind(
        *(ast.literal_eval(argument) for argument in call.args), **named
    )


@pytest.mark.parametrize("name", ["demo", "mock", "lint", "generate", "events", "registry", "topics"])
def test_every_command_is_described(reference: Any, name: str) -> None:
    """
    The page of the commands is written from their own parsers.
    """
    text = "\n".join(reference("commands").command(name))
    assert f"aegis {name}" in text
    assert "None" not in text


def test_the_control_api_is_described(reference: Any) -> None:
    """
    The page of the control API is written from what the mock says of it.
    """
    text = "\n".join(reference("commands").control())
    assert "POST" in text
    assert "verify" in text


def test_every_exported_exception_has_a_place(reference: Any) -> None:
    """
    Whatever a public module can raise by a name of its own stands on the page of the errors, or on the page of its API.
    """
    errors = reference("errors")
    page = "\n".join(line for which in (*errors.TABLES, "others") for line in errors.errors(which))
    apis = {f"aegis_sdk.{contract.extensions['x-sdk']['package']}" for contract, _ in OPERATIONS}
    missing = [
        name
        for name in errors.exported()
        if name.rpartition(".")[0] not in apis and f">{name.rpartition('.')[2]}<" not in page.replace("<wbr>", "")
    ]
    assert len(errors.exported()) > 100
    assert not missing


def test_every_name_of_the_test_kit_is_described(reference: Any) -> None:
    """
    The page of the test kit has each name that the kit offers, and none without a sentence.
    """
    import aegis_testing

    text = html.unescape("\n".join(reference("testing").testing()).replace("<wbr>", ""))
    rows = text.splitlines()[2:]
    assert all(any(f"<code>{name}</code>" in row for row in rows) for name in aegis_testing.__all__)
    assert not [row for row in rows if not row.split("|")[2].strip()]


def test_nothing_in_a_cell_is_taken_for_markup(reference: Any) -> None:
    """
    A pattern keeps its stars, bars and brackets in a table's cell.
    """
    shown = reference("text").code("^[a|b]*_<c>$")
    assert all(
        sign not in shown.replace("<code>", "").replace("</code>", "").replace("<wbr>", "") for sign in "|*_<>[]"
    )


def _inside(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
