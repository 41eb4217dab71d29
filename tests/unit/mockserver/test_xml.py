"""
XML as the ``xml`` objects of schemas have it (OpenAPI 3.1 §4.8.26, 3.2 §4.26), asked of documents in both directions.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import httpx
import pytest

from .documents import gives, mock, status, takes


def xml(schema: dict[str, Any], version: str = "3.2.0") -> httpx.Client:
    """
    A client of a mock that speaks XML both ways.
    """
    media = {"application/xml": {"schema": schema}}
    return mock({"/a": {**takes(media), **gives(media)}}, version)


def with_xml(**said: Any) -> dict[str, Any]:
    """
    An object with one member that is 5, and what is said of its XML.
    """
    return {"type": "object", "required": ["id"], "properties": {"id": {"const": 5, "xml": said}}}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (with_xml(attribute=True, prefix="p", namespace="urn:p"), '<root xmlns:p="urn:p" p:id="5"></root>'),
        (with_xml(prefix="p"), "<root><id>5</id></root>"),
        (with_xml(attribute=True, prefix="p"), '<root id="5"></root>'),
        (
            {**with_xml(prefix="p"), "xml": {"name": "thing", "prefix": "p", "namespace": "urn:p"}},
            '<p:thing xmlns:p="urn:p"><p:id>5</p:id></p:thing>',
        ),
        (
            {**with_xml(prefix="p", namespace="urn:p"), "xml": {"name": "thing", "prefix": "p", "namespace": "urn:p"}},
            '<p:thing xmlns:p="urn:p"><p:id>5</p:id></p:thing>',
        ),
    ],
)
def test_every_prefix_is_bound(schema: dict[str, Any], written: str) -> None:
    """
    A document with namespaces can be read: each prefix is declared once, where it is first used, or left out.
    """
    with xml(schema) as client:
        answer = client.get("/a")
    ET.fromstring(answer.content)
    assert answer.text.partition("?>")[2] == written
    assert "x-mock-violation" not in answer.headers


def test_an_object_without_a_node_is_written_into_the_one_around_it() -> None:
    """
    ``nodeType: none`` puts the members of an object beside its own neighbours, attributes too, and reads them there.
    """
    inner = {
        "type": "object",
        "required": ["k", "at"],
        "properties": {"k": {"const": 1}, "at": {"const": 2, "xml": {"nodeType": "attribute"}}},
        "xml": {"nodeType": "none"},
    }
    schema = {
        "type": "object",
        "required": ["in", "z"],
        "properties": {"in": inner, "z": {"const": 3}},
        "additionalProperties": False,
    }
    with xml(schema) as client:
        answer = client.get("/a")
        assert answer.text.endswith('<root at="2"><k>1</k><z>3</z></root>')
        assert "x-mock-violation" not in answer.headers
        assert status(client, "/a", '<root at="2"><k>1</k><z>3</z></root>', "application/xml") == 204
        assert status(client, "/a", '<root at="2"><k>7</k><z>3</z></root>', "application/xml") == 422


@pytest.mark.parametrize(
    ("pointer", "element"),
    [("schemas/Pet", "Pet"), ("responses/Pet/content/application~1xml/schema", "root"), ("x-schemas/Pet", "root")],
)
def test_an_element_is_called_as_the_component_that_it_is_an_instance_of(pointer: str, element: str) -> None:
    """
    A schema of the components gives its element its name (OpenAPI 3.1 §4.8.26.2), one that stands elsewhere does not.
    """
    schema = with_xml()
    components = {"schemas": {"Pet": schema}, "x-schemas": {"Pet": schema}}
    components["responses"] = {"Pet": {"description": "d", "content": {"application/xml": {"schema": schema}}}}
    media = {"application/xml": {"schema": {"$ref": f"#/components/{pointer}"}}}
    with mock({"/a": gives(media)}, components=components) as client:
        assert client.get("/a").text.endswith(f"<{element}><id>5</id></{element}>")


def test_a_document_has_the_element_that_its_schema_names() -> None:
    """
    Another root than the one that ``xml.name`` says is another document.
    """
    with xml({**with_xml(), "xml": {"name": "pet"}}) as client:
        assert status(client, "/a", "<pet><id>5</id></pet>", "application/xml") == 204
        assert status(client, "/a", "<dog><id>5</id></dog>", "application/xml") in {400, 422}
