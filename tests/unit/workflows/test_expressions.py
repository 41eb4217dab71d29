"""
Runtime expressions: what is one, what is none, and what each gives.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.arazzo import ExpressionError, load_arazzo, parse, pieces
from aegis_verifier import Exchange, Request, Response
from aegis_verifier._values import NOTHING
from aegis_verifier.workflows import Finished, Message, Scope, evaluate, resolve

DESCRIPTION = load_arazzo(
    {
        "arazzo": "1.1.0",
        "$self": "https://teams.example.com/a.yaml",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "pets", "url": "pets.yaml", "type": "openapi"}],
        "workflows": [],
        "components": {"parameters": {"page.size": {"name": "size", "in": "query", "value": 10}}},
    }
)
OPERATION = load(
    {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/pets/{id}": {"post": {"operationId": "p", "responses": {}}}},
    }
).operations["p"]
EXCHANGE = Exchange(
    Request(
        OPERATION,
        "POST",
        "/pets/a%20b?tag=x&tag=y",
        (("X-Key", "k"), ("content-type", "application/json")),
        b'{"pet":{"name":"Rex"}}',
        {"id": "a%20b"},
        {"pet": {"name": "Rex"}},
    ),
    Response(
        201,
        {"location": "/pets/7", "content-type": "application/json"},
        '{"items":[{"id":7,"a/b":1,"이름":"렉스"}],"none":null,"yes":true}'.encode(),
    ),
)
CONTEXT = Scope(
    DESCRIPTION,
    inputs={"name": "Rex", "with.dot": 1, "deep": {"list": [1, 2]}},
    steps={"find-pet": {"pet": {"id": 7}, "page.total": 3}},
    outputs={"order": 5},
    workflows={"other": Finished({"a": 1}, {"b": [4]}, {"s": {"c": 6}})},
    exchange=EXCHANGE,
    message=Message({"traceparent": "00-1"}, {"orderId": 9, "list": ["z"]}),
    address="https://pets.example.com",
)

VALUES: dict[str, Any] = {
    "$url": "https://pets.example.com/pets/a%20b?tag=x&tag=y",
    "$method": "POST",
    "$statusCode": 201,
    "$self": "https://teams.example.com/a.yaml",
    "$request.header.x-key": "k",
    "$request.query.tag": "x",
    "$request.path.id": "a b",
    "$request.body": {"pet": {"name": "Rex"}},
    "$request.body#/pet/name": "Rex",
    "$response.header.Location": "/pets/7",
    "$response.body#/items/0/id": 7,
    "$response.body#/items/0/a~1b": 1,
    "$response.body#/items/0/이름": "렉스",
    "$response.body.items[0].id": 7,
    "$response.body#/none": None,
    "$response.body#/yes": True,
    "$response.body#/nowhere": NOTHING,
    "$response.body#/items/9": NOTHING,
    "$response.header.X-None": NOTHING,
    "$message.header.TraceParent": "00-1",
    "$message.payload#/orderId": 9,
    "$message.payload.orderId": 9,
    "$inputs.name": "Rex",
    "$inputs.with.dot": 1,
    "$inputs.deep.list": [1, 2],
    "$inputs.deep#/list/1": 2,
    "$inputs.nothing": NOTHING,
    "$outputs.order": 5,
    "$steps.find-pet.outputs.pet": {"id": 7},
    "$steps.find-pet.outputs.pet#/id": 7,
    "$steps.find-pet.outputs.pet.id": 7,
    "$steps.find-pet.outputs.page.total": 3,
    "$steps.nobody.outputs.pet": NOTHING,
    "$workflows.other.inputs.a": 1,
    "$workflows.other.outputs.b#/0": 4,
    "$workflows.other.steps.s.outputs.c": 6,
    "$workflows.nobody.outputs.b": NOTHING,
    "$sourceDescriptions.pets.url": "pets.yaml",
    "$sourceDescriptions.pets.type": "openapi",
    "$components.parameters.page.size": {"name": "size", "in": "query", "value": 10},
}

NONE = [
    "$inputs",
    "$inputs.",
    "$steps.a",
    "$steps.a.b",
    "$steps.a.b.outputs.c",
    "$steps..outputs.c",
    "$workflows.a.b.c",
    "$components.inputs.a",
    "$components.parameters",
    "$request",
    "$request.cookie.a",
    "$request.header.",
    "$request.header.a b",
    "$response.body#a",
    "$response.body#/a~2",
    "$response.bodyx",
    "$statusCode.x",
    "$url#/a",
    "$sourceDescriptions.a",
    "$inputs.a}b",
    "$nothing.a",
    "inputs.a",
    "$inputs." + "a" * 5_000,
]


@pytest.mark.parametrize("text", VALUES)
def test_expression_gives_its_value(text: str) -> None:
    """
    Each form of the grammar names what the specification says, with its type.
    """
    found = evaluate(parse(text), CONTEXT)
    assert found == VALUES[text]
    assert type(found) is type(VALUES[text])


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_expression_is_refused(text: str) -> None:
    """
    Text beyond the grammar is refused with a reason, and never guessed at.
    """
    with pytest.raises(ExpressionError) as told:
        parse(text)
    assert str(told.value)


TEXTS: list[tuple[Any, Any]] = [
    ("https://{$inputs.name}/{$steps.find-pet.outputs.pet#/id}", "https://Rex/7"),
    ("{$response.body#/yes} {$response.body#/none}", "true null"),
    ("{$inputs.deep}", '{"list": [1, 2]}'),
    ("[{$inputs.nothing}]", "[]"),
    ("$100 and {braces}", "$100 and {braces}"),
    ("$.store", "$.store"),
    ({"a": "$inputs.name", "b": "$inputs.nothing", "c": ["$inputs.nothing", 1]}, {"a": "Rex", "c": [1]}),
    ({"context": "$response.body", "selector": "$.items[0].id", "type": "jsonpath"}, 7),
    ({"context": "$response.body", "selector": "/items/0/id", "type": "jsonpointer"}, 7),
    ({"context": "$inputs.deep", "selector": "$.list[*]", "type": "jsonpath"}, [1, 2]),
    ({"context": "$inputs.deep", "selector": "$.none", "type": "jsonpath"}, NOTHING),
]


@pytest.mark.parametrize(("value", "wanted"), TEXTS)
def test_values_hold_expressions(value: Any, wanted: Any) -> None:
    """
    Expressions keep their type alone, become text inside of text, and a member without value is left out.
    """
    assert resolve(value, CONTEXT) == wanted


def test_an_embedded_expression_that_is_none_is_refused() -> None:
    """
    A misspelt expression in braces is told; it does not travel as text.
    """
    with pytest.raises(ExpressionError):
        pieces("a {$steps.x} b")
