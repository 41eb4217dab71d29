"""
Lint holds the standards: what OpenAPI 3.0, 3.1 or 3.2 forbids is an error there, and what it allows is none.
"""

# ruff: noqa: E501 (a table reads better in wide lines)

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.lint import lint

OK: dict[str, Any] = {"200": {"description": "d"}}
ANY: dict[str, Any] = {"schema": {"type": "string"}}


def component(kind: str, **node: Any) -> dict[str, Any]:
    """
    A document with one component.
    """
    return {"components": {kind: {"One": node}}}


def parameter(where: str, name: str = "p", **node: Any) -> dict[str, Any]:
    """
    A document with one parameter.
    """
    required = {"required": True} if where == "path" else {}
    return component(
        "parameters", **{"in": where, "name": name, **required, **({} if "content" in node else ANY), **node}
    )


def operation(**node: Any) -> dict[str, Any]:
    """
    A document with one operation.
    """
    return {"paths": {"/a": {"get": {"responses": OK, **node}}}}


JSON_CONTENT: dict[str, Any] = {"application/json": {"schema": {}}}
QUERYSTRING: dict[str, Any] = {"in": "querystring", "name": "q", "content": JSON_CONTENT}
# What is written, the versions that refuse it, the versions that take it.
RULES: dict[str, tuple[dict[str, Any], str, str]] = {
    "example beside examples": (parameter("query", example="a", examples={"a": {"value": "a"}}), "012", ""),
    "examples alone": (parameter("query", examples={"a": {"value": "a"}}), "", "012"),
    "value beside externalValue": (component("examples", value=1, externalValue="a.json"), "12", "0"),
    "value beside dataValue": (component("examples", value=1, dataValue=1), "012", ""),
    "dataValue and serializedValue": (component("examples", dataValue=1, serializedValue="1"), "01", "2"),
    "value beside serializedValue": (component("examples", value=1, serializedValue="1"), "012", ""),
    "serializedValue beside externalValue": (component("examples", serializedValue="1", externalValue="a"), "012", ""),
    "allowReserved of a header": (component("headers", **ANY, allowReserved=True), "12", "0"),
    "allowReserved of a header parameter": (parameter("header", allowReserved=False), "12", "0"),
    "allowReserved in a path": (parameter("path", allowReserved=True), "1", "02"),
    "allowReserved in a cookie of style cookie": (parameter("cookie", style="cookie", allowReserved=True), "012", ""),
    "style cookie": (parameter("cookie", style="cookie"), "01", "2"),
    "a style of another location": (parameter("path", style="form"), "012", ""),
    "deepObject": (parameter("query", style="deepObject", explode=True), "", "012"),
    "allowEmptyValue outside the query": (parameter("header", allowEmptyValue=True), "12", "0"),
    "style beside content": (parameter("query", content=JSON_CONTENT, style="form"), "012", ""),
    "schema beside content": (parameter("query", content=JSON_CONTENT, schema={}), "012", ""),
    "neither schema nor content": (component("parameters", **{"in": "query", "name": "p"}), "012", ""),
    "a path parameter that is optional": (parameter("path", required=False), "012", ""),
    "braces in the name of a path parameter": (parameter("path", name="a{b}"), "12", "0"),
    "a header's name that is no token": (parameter("header", name="a[b]"), "2", "01"),
    "a response header's name that is no token": (component("responses", description="d", headers={"a=b": ANY}), "2", "01"),
    "a querystring parameter": (component("parameters", **QUERYSTRING), "01", "2"),
    "a querystring parameter with a schema": (component("parameters", **{**QUERYSTRING, **ANY}), "012", ""),
    "two querystrings": (operation(parameters=[QUERYSTRING, {**QUERYSTRING, "name": "r"}]), "012", ""),
    "querystring beside query": (operation(parameters=[QUERYSTRING, {"in": "query", "name": "r", **ANY}]), "012", ""),
    "a link with a body": (component("links", operationId="x", body={}), "012", ""),
    "a link to nothing": (component("links", description="d"), "12", "0"),
    "a link to two operations": (component("links", operationId="x", operationRef="#/x"), "012", ""),
    "a server variable with an empty enum": (
        {"servers": [{"url": "/{v}", "variables": {"v": {"enum": [], "default": "a"}}}], "components": {}}, "12", "",
    ),
    "servers that are no list": ({"servers": {"url": "/"}, "paths": {}}, "012", ""),
    "no container": ({}, "012", ""),
    "an unknown container": ({"overlays": {}, "paths": {}}, "012", ""),
    "webhooks": ({"webhooks": {"w": {"post": {"responses": OK}}}, "paths": {}}, "0", "12"),
    "a schema that is a number": ({"paths": {}, "components": {"schemas": {"a": 0}}}, "012", ""),
    "a schema that is a boolean": ({"paths": {}, "components": {"schemas": {"a": True}}}, "0", "12"),
    "a component's name with a space": ({"paths": {}, "components": {"schemas": {"a b": {}}}}, "012", ""),
    "a list of types": ({"paths": {}, "components": {"schemas": {"a": {"type": ["string", "null"]}}}}, "0", "12"),
    "nullable": ({"paths": {}, "components": {"schemas": {"a": {"type": "string", "nullable": True}}}}, "", "012"),
    "const": ({"paths": {}, "components": {"schemas": {"a": {"const": 1}}}}, "0", "12"),
    "xml with attribute beside nodeType": (
        {"paths": {}, "components": {"schemas": {"a": {"properties": {"b": {"xml": {"attribute": True, "nodeType": "attribute"}}}}}}},
        "012", "",
    ),
    "xml with nodeType": ({"paths": {}, "components": {"schemas": {"a": {"xml": {"nodeType": "none"}}}}}, "01", "2"),
    "a discriminator without a name": ({"paths": {}, "components": {"schemas": {"a": {"discriminator": {}}}}}, "012", ""),
    "encoding beside itemEncoding": (
        component("requestBodies", content={"multipart/mixed": {"encoding": {}, "itemEncoding": {}}}), "012", "",
    ),
    "itemSchema": (component("requestBodies", content={"text/event-stream": {"itemSchema": {}}}), "01", "2"),
    "an additional operation": ({"paths": {"/a": {"additionalOperations": {"COPY": {"responses": OK}}}}}, "01", "2"),
    "an additional operation called POST": ({"paths": {"/a": {"additionalOperations": {"POST": {"responses": OK}}}}}, "012", ""),
    "a response without description": ({"paths": {"/a": {"get": {"responses": {"200": {}}}}}}, "01", "2"),
    "an operation without responses": ({"paths": {"/a": {"get": {}}}}, "0", "12"),
    "responses with extensions only": ({"paths": {"/a": {"get": {"responses": {"x-a": 1}}}}}, "012", ""),
    "a status that is none": ({"paths": {"/a": {"get": {"responses": {"600": {"description": "d"}}}}}}, "012", ""),
    "a licence with identifier and url": ({"paths": {}, "info": {"title": "t", "version": "1", "license": {"name": "n", "identifier": "MIT", "url": "u"}}}, "012", ""),
    "mutualTLS": (component("securitySchemes", type="mutualTLS"), "0", "12"),
    "an API key without a name": (component("securitySchemes", type="apiKey", **{"in": "header"}), "012", ""),
    "an OAuth flow without scopes": (
        component("securitySchemes", type="oauth2", flows={"clientCredentials": {"tokenUrl": "u"}}), "012", "",
    ),
    "the device flow": (
        component("securitySchemes", type="oauth2", flows={"deviceAuthorization": {"deviceAuthorizationUrl": "u", "tokenUrl": "u", "scopes": {}}}),
        "01", "2",
    ),
    "$self with a fragment": ({"$self": "a#b", "paths": {}}, "012", ""),
    "a contact's address that is none": ({"paths": {}, "info": {"title": "t", "version": "1", "contact": {"email": "x"}}}, "012", ""),
}  # fmt: skip
CASES = [
    pytest.param(node, f"3.{minor}.0", refused, id=f"{name}, 3.{minor}")
    for name, (node, against, takes) in RULES.items()
    for minors, refused in ((against, True), (takes, False))
    for minor in minors
]


@pytest.mark.parametrize(("node", "version", "refused"), CASES)
def test_each_version_is_held_to_its_own_rules(node: dict[str, Any], version: str, refused: bool) -> None:
    """
    A rule is an error in the versions that have it, and nothing in those that do not.
    """
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, **node}
    if version == "3.0.0" and "paths" not in document and node:
        document["paths"] = {}
    errors = [finding for finding in lint(load(document)) if finding.severity == "error"]
    assert bool(errors) == refused, errors
    assert all(finding.mend for finding in errors)


def test_a_reference_into_the_web_is_no_error() -> None:
    """
    What stands in the web is not read from a file; nobody can say that it is not there.
    """
    node = component("schemas", **{"$ref": "https://example.com/schema.json"})
    (finding,) = lint(load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, **node}))
    assert (finding.rule, finding.severity) == ("dangling-ref", "warning")


def test_another_dialect_is_left_alone() -> None:
    """
    Schemas of a dialect that the document names are held to that dialect, not to ours.
    """
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "jsonSchemaDialect": "https://example.com/dialect",
        "components": {"schemas": {"a": {"type": "uint8"}}},
    }
    assert lint(load(document)) == []


def test_a_keyword_that_means_nothing_is_overlooked_where_nobody_can_mend_it() -> None:
    """
    A schema with an unknown type or an unreadable pattern is served by what is right in it, once lint has told of it.
    """
    node = {
        "type": "object",
        "properties": {
            "a": {"type": "strng", "minLength": 2},
            "b": {"type": "string", "pattern": "("},
            "c": {"type": ["string", "strng"], "maxLength": 3},
        },
    }
    contract = load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, **component("schemas", **node)})
    assert {finding.rule for finding in lint(contract)} >= {"unknown-type", "bad-regex"}
    with pytest.raises(ValueError, match="must"):
        contract.schema("#/components/schemas/One").verdict()
    contract.documents.tolerant = True
    schema = contract.schema("#/components/schemas/One")
    assert {violation.pointer for violation in schema.violations({"a": "x", "b": 1, "c": "long"})} == {"/a", "/b", "/c"}
    assert schema.is_valid(schema.generator("none").generate("seed"))
