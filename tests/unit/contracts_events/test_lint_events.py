"""
What lint says of event contracts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_contracts.events import lint_events
from aegis_contracts.events._profile import pattern_faults

from .folders import PLACED, newer, shop, write


def test_our_own_contracts_are_clean() -> None:
    """
    The bundled schemas, AsyncAPI document and examples have no findings at all.
    """
    assert lint_events(bundled() / "schemas") == []


def test_a_clean_foreign_contract_has_no_errors(tmp_path: Path) -> None:
    """
    Only warnings are left for a small contract without examples.
    """
    found = lint_events(write(tmp_path, shop()))
    assert {(f.rule, f.severity) for f in found} == {("example", "warning")}


def at(*steps: str | int, to: Any = None) -> Callable[[dict[str, Any]], None]:
    def change(files: dict[str, Any]) -> None:
        node: Any = files
        for step in steps[:-1]:
            node = node[step]
        if to is None:
            del node[steps[-1]]
        else:
            node[steps[-1]] = to

    return change


ORDER = ("order.placed.v1.json", "properties", "data", "properties")
CHANNEL = ("asyncapi.json", "channels", "orders")
MESSAGE = (*CHANNEL, "messages", "OrderPlaced")
SPOILT: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another dialect": (
        at("order.placed.v1.json", "$schema", to="http://json-schema.org/draft-07/schema#"),
        "profile-dialect",
    ),
    "an $id that is not the file's": (
        at("order.placed.v1.json", "$id", to="https://x.example/order.json"),
        "profile-id",
    ),
    "no description": (at("envelope.v1.json", "description"), "profile-description"),
    "a misspelt keyword": (at(*ORDER, "note", "maxlength", to=5), "profile-keyword"),
    "an unanchored pattern": (at(*ORDER, "note", "pattern", to="abc"), "profile-pattern"),
    "a shorthand": (at(*ORDER, "orderId", "pattern", to=r"^o-\d+$"), "profile-pattern"),
    "a format alone": (at(*ORDER, "note", "format", to="date"), "profile-format"),
    "a format that engines read differently": (at(*ORDER, "note", "format", to="email"), "profile-format"),
    "an unbounded text": (at(*ORDER, "note", "maxLength"), "profile-bound"),
    "an unbounded array": (at(*ORDER, "lines", "maxItems"), "profile-bound"),
    "a closed object": (at("order.placed.v1.json", "unevaluatedProperties", to=False), "profile-open"),
    "a fraction": (at(*ORDER, "total", "multipleOf", to=0.01), "profile-multiple-of"),
    "no JSON Schema": (at(*ORDER, "note", "type", to="text"), "schema"),
    "an example that breaks its schema": (at(*ORDER, "orderId", "examples", to=["order 1"]), "example"),
    "AsyncAPI 2": (at("asyncapi.json", "asyncapi", to="2.6.0"), "asyncapi-version"),
    "no title": (at("asyncapi.json", "info", "title"), "asyncapi-info"),
    "an unknown field": (at("asyncapi.json", "chanels", to={}), "asyncapi-keyword"),
    "a server without host": (at("asyncapi.json", "servers", to={"a": {"protocol": "kafka"}}), "asyncapi-server"),
    "a channel without address": (at(*CHANNEL, "address"), "asyncapi-address"),
    "a channel without messages": (at(*CHANNEL, "messages"), "asyncapi-message"),
    "no Kafka binding": (at(*CHANNEL, "bindings"), "asyncapi-binding"),
    "partitions that are no number": (at(*CHANNEL, "bindings", "kafka", "partitions", to="3"), "asyncapi-binding"),
    "replicas of zero": (at(*CHANNEL, "bindings", "kafka", "replicas", to=0), "asyncapi-binding"),
    "no retention": (at(*CHANNEL, "bindings", "kafka", "topicConfiguration"), "asyncapi-binding"),
    "a topic that is not the address": (at(*CHANNEL, "bindings", "kafka", "topic", to="orders"), "asyncapi-binding"),
    "a message without payload": (at(*MESSAGE, "payload"), "asyncapi-payload"),
    "a message without key": (at(*MESSAGE, "bindings"), "asyncapi-key"),
    "a key that events may lack": (at(*MESSAGE, "x-key", to="$message.payload#/data/note"), "asyncapi-expression"),
    "a message with another name": (at(*MESSAGE, "name", to="Ordered"), "asyncapi-name"),
    "a dangling message": (at(*CHANNEL, "messages", "Other", to={"$ref": "#/components/messages/X"}), "dangling-ref"),
    "an operation that does nothing": (
        at("asyncapi.json", "operations", "sendOrders", "action", to="do"),
        "asyncapi-operation",
    ),
    "an operation of another channel": (
        at("asyncapi.json", "operations", "sendOrders", "messages", to=[{"$ref": "#/channels/x/messages/OrderPlaced"}]),
        "asyncapi-operation",
    ),
    "a channel that nobody writes to": (at("asyncapi.json", "operations"), "asyncapi-operation"),
    "a version that no message names": (
        lambda files: files.update({"order.placed.v2.json": newer()}),
        "asyncapi-message",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_each_fault_is_found_with_its_place(tmp_path: Path, name: str) -> None:
    """
    Whatever is wrong with a contract is found, with file, line and how to mend it.
    """
    spoil, rule = SPOILT[name]
    files = shop()
    spoil(files)
    found = [finding for finding in lint_events(write(tmp_path, files)) if finding.rule == rule]
    assert found, name
    assert all(Path(finding.source).is_file() for finding in found)
    assert all(finding.mend or finding.severity == "warning" for finding in found)


def test_one_finding_for_one_fault(tmp_path: Path) -> None:
    """
    A fault that spoils everything after it is told without a flood.
    """
    files = shop()
    files["order.placed.v1.json"]["properties"]["data"]["properties"]["note"]["type"] = "text"
    errors = [finding for finding in lint_events(write(tmp_path, files)) if finding.severity == "error"]
    assert [(finding.rule, finding.line) for finding in errors] == [("schema", errors[0].line)]
    assert errors[0].pointer == "/properties/data/properties/note/type"


EXAMPLES: dict[str, tuple[str, Any, str]] = {
    "a valid example that is not": ("valid/1-order.json", PLACED | {"major": "1"}, "said to be valid"),
    "an invalid example that is valid": ("invalid/1-data.note-type.json", PLACED, "breaks nothing"),
    "an invalid example of another rule": ("invalid/1-at-type.json", PLACED | {"at": "x"}, "breaks pattern at /at"),
    "an invalid example that does not say": ("invalid/broken.json", PLACED | {"at": 1}, "does not say what it breaks"),
    "an example that is no JSON": ("valid/1-order.json", '{"id": ', "is not JSON"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_held_to_what_they_say(tmp_path: Path, name: str) -> None:
    """
    An example that shows something else than its name says is an error.
    """
    path, content, says = EXAMPLES[name]
    found = lint_events(write(tmp_path, shop() | {f"examples/OrderPlaced.v1/{path}": content}))
    assert any(says in finding.message for finding in found if finding.severity == "error")


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"^[0-9]{3}$", "^(?:a|b)$", "^[A-Za-z0-9._~-]{1,20}$", r"^a\.b$", r"^[\]\\]$", "^$", "^[^/]+$"),
        "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*$",
    ],
)
def test_portable_patterns_are_let_through(pattern: str) -> None:
    """
    A pattern that all engines read alike has no fault.
    """
    assert pattern_faults(pattern) == []


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"^\d+$", r"^\w$", r"^a\b$", r"^\p{L}$", r"^(a)\1$", "^a", "a$", "^a|b$", "^a$b$", "^(?=a)a$", "^(?i)a$"),
        *("^(?P<x>a)$", "^.$", "^[[:alpha:]]$", "^[a&&b]$", "^[a--b]$", "^a++$", r"^a\$", "^[a$", r"^\S$"),
    ],
)
def test_patterns_that_engines_read_differently_are_refused(pattern: str) -> None:
    """
    Shorthands, look-around, class arithmetic and missing anchors are faults.
    """
    assert pattern_faults(pattern) != []
