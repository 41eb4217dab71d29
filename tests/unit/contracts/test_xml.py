"""
XML by the ``xml`` objects of a schema: names, attributes, wrapped arrays, namespaces, node types of OpenAPI 3.2.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts.exchange import write_xml
from aegis_contracts.exchange.xml._reading import read

TEXTS = {"type": "array", "items": {"type": "string"}}
NAMED = {"type": "array", "items": {"type": "string", "xml": {"name": "animal"}}}


def animals(schema: dict[str, Any]) -> dict[str, Any]:
    """
    A schema with one property.
    """
    return {"type": "object", "properties": {"animals": schema}}


VALUE = {"animals": ["cat", "dog"]}
# OpenAPI 3.1 §4.8.26.2: each schema, and what its instance is written as inside of the root.
CASES: dict[str, tuple[dict[str, Any], Any, str]] = {
    "plain": (animals(TEXTS), VALUE, "<animals>cat</animals><animals>dog</animals>"),
    "items with a name": (animals(NAMED), VALUE, "<animal>cat</animal><animal>dog</animal>"),
    "a name outside has no effect": (
        animals({**NAMED, "xml": {"name": "aliens"}}),
        VALUE,
        "<animal>cat</animal><animal>dog</animal>",
    ),
    "wrapped": (
        animals({**TEXTS, "xml": {"wrapped": True}}),
        VALUE,
        "<animals><animals>cat</animals><animals>dog</animals></animals>",
    ),
    "wrapped with a name outside": (
        animals({**TEXTS, "xml": {"name": "aliens", "wrapped": True}}),
        VALUE,
        "<aliens><aliens>cat</aliens><aliens>dog</aliens></aliens>",
    ),
    "wrapped with both names": (
        animals({**NAMED, "xml": {"name": "aliens", "wrapped": True}}),
        VALUE,
        "<aliens><animal>cat</animal><animal>dog</animal></aliens>",
    ),
    "an array as an element": (
        animals({**NAMED, "xml": {"nodeType": "element"}}),
        VALUE,
        "<animals><animal>cat</animal><animal>dog</animal></animals>",
    ),
    "a name": (
        {"type": "object", "properties": {"a": {"type": "string", "xml": {"name": "b"}}}},
        {"a": "x & y"},
        "<b>x &amp; y</b>",
    ),
    "a prefix and a namespace": (
        {"type": "object", "properties": {"a": {"type": "string", "xml": {"prefix": "p", "namespace": "urn:n"}}}},
        {"a": "x"},
        '<p:a xmlns:p="urn:n">x</p:a>',
    ),
    "a name behind a reference": (
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"type": "integer", "xml": {"name": "number"}}},
        },
        {"a": 1},
        "<number>1</number>",
    ),
    "character data": (
        {"type": "object", "properties": {"t": {"type": "string", "xml": {"nodeType": "cdata"}}}},
        {"t": "a ]]> <b>"},
        "<![CDATA[a ]]]]><![CDATA[> <b>]]>",
    ),
}


@pytest.mark.parametrize(("schema", "value", "written"), CASES.values(), ids=CASES)
def test_an_instance_goes_there_and_back(schema: dict[str, Any], value: Any, written: str) -> None:
    """
    What is written for a schema is what the specification shows, and is read as the same instance.
    """
    text = write_xml(value, schema).decode()
    assert text == f'<?xml version="1.0" encoding="UTF-8"?><root>{written}</root>'
    assert read(text.encode(), schema) == value


@pytest.mark.parametrize("node", [{"attribute": True}, {"nodeType": "attribute"}])
def test_attributes_and_text(node: dict[str, Any]) -> None:
    """
    Attributes stand in the tag, in both ways to say it, and text beside them.
    """
    schema = {
        "type": "object",
        "xml": {"name": "book"},
        "properties": {
            "id": {"type": "integer", "xml": node},
            "title": {"type": "string", "xml": {"nodeType": "text"}},
        },
    }
    text = write_xml({"id": 7, "title": 'a "b" <c>'}, schema).decode()
    assert text.partition("?>")[2] == '<book id="7">a "b" &lt;c&gt;</book>'
    assert read(text.encode(), schema) == {"id": 7, "title": 'a "b" <c>'}
