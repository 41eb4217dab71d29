"""
References: base URIs inside of schemas and documents, anchors, and files that are none.
"""

# ruff: noqa: E501 (a table reads better in wide lines)

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import ContractError, load
from aegis_contracts.lint import lint

ORDER: dict[str, Any] = {
    "$id": "https://example.com/schemas/order",
    "type": "object",
    "properties": {
        "total": {"$ref": "#/$defs/Money"},
        "next": {"$ref": "#"},
        "tax": {"$ref": "money"},
        "paid": {"$ref": "https://example.com/schemas/money"},
        "unit": {"$ref": "#unit"},
        "currency": {"$ref": "#/components/schemas/Currency"},
    },
    "additionalProperties": False,
    "$defs": {"Money": {"type": "number"}, "Unit": {"$anchor": "unit", "type": "boolean"}},
}


def document(**schemas: Any) -> dict[str, Any]:
    """
    A document of these schemas.
    """
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": schemas}}


CONTRACT = document(
    Order=ORDER,
    Money={"$id": "https://example.com/schemas/money", "type": "integer"},
    Unit={"$anchor": "unit", "type": "array"},
    Currency={"const": "KRW"},
)


@pytest.mark.parametrize(
    ("instance", "valid"),
    [
        ({"total": 1.5}, True),
        ({"total": "x"}, False),
        ({"next": {"next": {"total": 1}}}, True),
        ({"next": {"next": {"total": "x"}}}, False),
        ({"next": {"unknown": 1}}, False),
        ({"tax": 1}, True),
        ({"tax": 1.5}, False),
        ({"paid": 1.5}, False),
        ({"unit": True}, True),
        ({"unit": []}, False),
        ({"currency": "KRW"}, True),
        ({"currency": "EUR"}, False),
    ],
)
def test_an_identifier_is_a_base(instance: Any, valid: bool) -> None:
    """
    References inside a schema with ``$id`` are relative to it, other schemas are found by theirs, and what only makes
    sense from the document's root still does.
    """
    contract = load(CONTRACT)
    assert lint(contract) == []
    assert contract.schema("#/components/schemas/Order").is_valid(instance) is valid


def test_a_property_called_id_is_none() -> None:
    """
    A property may be called ``$id``, and an example may have one.
    """
    schema = {
        "type": "object",
        "properties": {"$id": {"$ref": "#/components/schemas/Text"}},
        "example": {"$id": "https://example.com/x"},
    }
    contract = load(document(Named=schema, Text={"type": "string"}))
    assert [finding.rule for finding in lint(contract)] == []
    assert not contract.schema("#/components/schemas/Named").is_valid({"$id": 1})


def test_a_document_has_a_uri_of_its_own() -> None:
    """
    With ``$self``, references by that URI lead into the document itself (OpenAPI 3.2).
    """
    schemas = {"A": {"$ref": "https://example.com/api#/components/schemas/B"}, "B": {"type": "string"}}
    contract = load({**document(**schemas), "openapi": "3.2.0", "$self": "https://example.com/api"})
    assert lint(contract) == []
    assert not contract.schema("#/components/schemas/A").is_valid(1)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    """
    A reference to a device or a pipe, and a document that is one, is refused at once: reading it might never end.
    """
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ContractError, match="no regular file"):
        load(tmp_path / "pipe.yaml")
    for target in ("/dev/zero", "pipe.yaml"):
        path = tmp_path / "api.json"
        path.write_text(json.dumps(document(A={"$ref": target})))
        (finding,) = lint(load(path))
        assert (finding.rule, "no regular file" in finding.message) == ("dangling-ref", True)


READ_ONLY: dict[str, Any] = {"type": "integer", "readOnly": True}
COMPOSED: dict[str, dict[str, Any]] = {
    "required beside a reference": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id", "name"]}]},
    "required around": {"allOf": [{"$ref": "#/components/schemas/Base"}], "required": ["id", "name"]},
    "required in a reference": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"$ref": "#/components/schemas/Both"}]},
    "required two references deep": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"allOf": [{"$ref": "#/components/schemas/Both"}]}]},
    "properties around": {"properties": {"id": READ_ONLY}, "allOf": [{"$ref": "#/components/schemas/Both"}]},
}  # fmt: skip


@pytest.mark.parametrize("full", COMPOSED.values(), ids=COMPOSED)
def test_what_does_not_travel_is_not_required(full: dict[str, Any]) -> None:
    """
    A property that is for answers only is asked for in no request, wherever in a composition it is required; what
    travels still is, and so is everything in the answer.
    """
    contract = load(
        document(
            Full=full,
            Base={"type": "object", "properties": {"id": READ_ONLY, "name": {"type": "string"}}},
            Both={"required": ["id", "name"]},
        )
    )
    schema = contract.schema("#/components/schemas/Full")
    assert schema.is_valid({"name": "x"}, "request")
    assert not schema.is_valid({}, "request")
    assert not schema.is_valid({"name": "x"}, "response")
    assert not contract.schema("#/components/schemas/Both").is_valid({"name": "x"}, "request")
