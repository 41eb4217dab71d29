"""
HTTP messages against their contract: whatever arrives is a value or a violation, never an accident.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import Operation, load
from aegis_contracts.exchange import Challenge, RequestReader, ResponseChecker, SecurityReader, _media

ARRAY = {"type": "array", "items": {"type": "integer"}}
OBJECT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "boolean"}}}


def operation(parameters: list[dict[str, Any]] | None = None, path: str = "/a", **members: Any) -> Operation:
    document = {
        "openapi": "3.1.1",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {"post": {"parameters": parameters or [], "responses": {}, **members}}},
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
                "key": {"type": "apiKey", "in": "query", "name": "serviceKey"},
                "infuser": {"type": "apiKey", "in": "header", "name": "Authorization"},
            }
        },
    }
    return next(load(document).all_operations())


def parameter(location: str, schema: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"name": "p", "in": location, "schema": schema, "required": location == "path", **members}


@pytest.mark.parametrize(
    ("given", "query", "value"),
    [
        (parameter("query", ARRAY), "p=1&p=2", [1, 2]),
        (parameter("query", ARRAY), "p=1", [1]),
        (parameter("query", ARRAY, explode=False), "p=1,2", [1, 2]),
        (parameter("query", ARRAY, style="spaceDelimited", explode=False), "p=1%202", [1, 2]),
        (parameter("query", ARRAY, style="pipeDelimited", explode=False), "p=1|2", [1, 2]),
        (parameter("query", {"type": "array", "items": {"type": "string"}}, explode=False), "p=a,b%2Cc", ["a", "b,c"]),
        (parameter("query", OBJECT), "x=1&y=true", {"x": 1, "y": True}),
        (parameter("query", OBJECT, explode=False), "p=x,1,y,true", {"x": 1, "y": True}),
        (parameter("query", OBJECT, style="deepObject"), "p[x]=1&p%5By%5D=false", {"x": 1, "y": False}),
        (parameter("query", {"type": ["integer", "string"], "maximum": 9}), "p=5", 5),
        (parameter("query", {"type": "string"}), "p=5", "5"),
        (parameter("query", {"type": "number"}), "p=1e3", 1000.0),
        (parameter("query", {"type": ["string", "null"], "minLength": 1}), "p=", None),
        (parameter("query", {"type": "string"}), "p=a+b%2B", "a b+"),
        (parameter("query", {"type": "string"}), "p=%ED%95%9C", "한"),
        (
            {"name": "p", "in": "query", "content": {"application/json": {"schema": OBJECT}}},
            "p=%7B%22x%22:1%7D",
            {"x": 1},
        ),
    ],
)
def test_query_parameters_follow_style_and_explode(given: dict[str, Any], query: str, value: object):
    """
    A query parameter is read the way its style and explode say (OpenAPI 3.1 §4.8.12.2).
    """
    reading = RequestReader(operation([given])).read({}, query, {}, b"")
    assert (reading.query.get("p"), reading.violations) == (value, [])


@pytest.mark.parametrize(
    ("schema", "members", "raw", "value"),
    [
        ({"type": "integer"}, {}, "5", 5),
        (ARRAY, {}, "1,2", [1, 2]),
        (ARRAY, {"style": "label"}, ".1,2", [1, 2]),
        (ARRAY, {"style": "label", "explode": True}, ".1.2", [1, 2]),
        (ARRAY, {"style": "matrix"}, ";p=1,2", [1, 2]),
        (ARRAY, {"style": "matrix", "explode": True}, ";p=1;p=2", [1, 2]),
        (OBJECT, {}, "x,1,y,true", {"x": 1, "y": True}),
        (OBJECT, {"explode": True}, "x=1,y=true", {"x": 1, "y": True}),
        (OBJECT, {"style": "matrix", "explode": True}, ";x=1;y=true", {"x": 1, "y": True}),
        ({"type": "string"}, {}, "a%2Fb", "a/b"),
    ],
)
def test_path_parameters_follow_style_and_explode(
    schema: dict[str, Any], members: dict[str, Any], raw: str, value: object
):
    """
    A path parameter is read the way its style and explode say.
    """
    reader = RequestReader(operation([parameter("path", schema, **members)], "/a/{p}"))
    reading = reader.read({"p": raw}, "", {}, b"")
    assert (reading.path["p"], reading.violations) == (value, [])


def test_everything_wrong_is_reported_at_once():
    """
    A request with several faults is told all of them, each with location, rule and schema place, and no value.
    """
    parameters = [
        {**parameter("query", {"type": "integer"}), "required": True},
        {**parameter("query", {"type": "string", "maxLength": 3}), "name": "q"},
        {**parameter("header", {"type": "integer"}), "name": "X-Count"},
        {**parameter("cookie", {"enum": ["a"]}), "name": "c"},
    ]
    body = {"content": {"application/json": {"schema": {"type": "object", "required": ["n"]}}}}
    reader = RequestReader(operation(parameters, requestBody=body))
    headers = {"x-count": "canary", "cookie": "c=canary", "content-type": "application/json"}
    found = reader.read({}, "q=canary", headers, b'{"secret": "canary"}').violations
    assert [(v.pointer, v.rule) for v in found] == [
        ("/query/p", "required"),
        ("/query/q", "maxLength"),
        ("/header/X-Count", "type"),
        ("/cookie/c", "enum"),
        ("/body/n", "required"),
    ]
    assert all(v.schema for v in found)
    assert "canary" not in repr(found)


JSON_BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"nonsense",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        '{"이름": 1,}'.encode(),
        b"1" * 10_000,
        b'{"a": 1} trailing',
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
def test_bodies_that_are_no_json_object_are_violations(body: bytes):
    """
    Broken syntax, encodings, nesting and numbers beyond a float are violations of /body, not exceptions.
    """
    reading = RequestReader(operation(requestBody=JSON_BODY)).read({}, "", {"content-type": "application/json"}, body)
    assert {violation.pointer for violation in reading.violations} == {"/body"}


@pytest.mark.parametrize("digits", ["0.07", "0.1", "1.15", "99999.99", "-4.35"])
def test_multiple_of_is_exact_decimal(digits: str):
    """
    0.07 is a multiple of 0.01, whatever binary floating point says.
    """
    schema = {"type": "object", "properties": {"n": {"type": "number", "multipleOf": 0.01}}}
    reader = RequestReader(operation(requestBody={"content": {"application/json": {"schema": schema}}}))
    headers = {"content-type": "application/json"}
    assert reader.read({}, "", headers, f'{{"n": {digits}}}'.encode()).violations == []
    assert reader.read({}, "", headers, f'{{"n": {digits}001}}'.encode()).violations


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=B", b"nonsense"),
        ("multipart/form-data; boundary=B", b"--B--\r\n"),
        ("multipart/form-data; boundary=B", b"--B"),
        ("multipart/form-data; boundary=B", b"--B\r\n\r\n\r\n--B\r\n"),
        ("multipart/form-data; boundary=\xff", b"--B\r\n"),
        ("application/x-www-form-urlencoded", b"n=%ZZ"),
        ("application/x-www-form-urlencoded", b"\xff=1"),
        ("application/xml", b"<a><b></a>"),
        ("application/xml", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"),
        ("application/xml", b"<a>" * 5000),
        ("application/xml", b""),
        ("text/csv", b"n"),
    ],
)
def test_hostile_forms_multiparts_and_xml_are_violations(content_type: str, body: bytes):
    """
    A form, a multipart or an XML document that is broken, empty or hostile ends in violations.
    """
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    kinds = ("multipart/form-data", "application/x-www-form-urlencoded", "application/xml")
    declared = {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
    reading = RequestReader(operation(requestBody=declared)).read({}, "", {"content-type": content_type}, body)
    assert reading.violations
    assert reading.unsupported == (content_type == "text/csv")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"n=3&tags=1&tags=2"),
        ("application/xml", b"<a><n>3</n><tags>1</tags><tags>2</tags></a>"),
        (
            "multipart/form-data; boundary=B",
            (
                b'--B\r\nContent-Disposition: form-data; name="n"\r\n\r\n3\r\n--B\r\nContent-Type: application/json\r\n'
                b'Content-Disposition: form-data; name="tags"\r\n\r\n[1, 2]\r\n--B--\r\n'
            ),
        ),
        ("application/json; charset=utf-8", b'{"n": 3, "tags": [1, 2]}'),
    ],
)
def test_one_schema_reads_every_media_type(content_type: str, body: bytes):
    """
    The same object arrives the same, as JSON, form, multipart or XML.
    """
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "tags": ARRAY}}
    declared = {"content": {content_type.split(";")[0]: {"schema": schema}}}
    reading = RequestReader(operation(requestBody=declared)).read({}, "", {"content-type": content_type}, body)
    assert reading.violations == []
    assert reading.body["n"] == 3
    assert reading.body["tags"] == [1, 2]


@pytest.mark.parametrize(
    ("status", "headers", "body", "pointers"),
    [
        (200, {"content-type": "application/json", "x-rate": "5"}, b'{"n": 1}', []),
        (200, {"content-type": "application/json"}, b'{"n": "x"}', ["/header/X-Rate", "/body/n"]),
        (200, {"content-type": "text/html", "x-rate": "5"}, b"<p>", ["/header/Content-Type"]),
        (204, {}, b"", []),
        (204, {}, b"x", ["/body"]),
        (404, {"content-type": "application/problem+json"}, b'{"code": "x"}', []),
        (500, {}, b"", ["/status"]),
    ],
)
def test_responses_are_held_to_the_contract(status: int, headers: dict[str, str], body: bytes, pointers: list[str]):
    """
    Status, headers, media type and body of a response are each checked.
    """
    content = {"application/json": {"schema": {"properties": {"n": {"type": "integer"}}}}}
    responses = {
        "200": {
            "description": "",
            "headers": {"X-Rate": {"required": True, "schema": {"type": "integer"}}},
            "content": content,
        },
        "204": {"description": ""},
        "4XX": {"description": "", "content": {"application/problem+json": {"schema": {"required": ["code"]}}}},
    }
    found = ResponseChecker(operation(responses=responses)).violations(status, headers, body)
    assert [violation.pointer for violation in found] == pointers


@pytest.mark.parametrize(
    ("security", "query", "headers", "schemes"),
    [
        ([], "", {}, ()),
        ([{"bearer": []}], "", {"authorization": "Bearer abc"}, ("bearer",)),
        ([{"bearer": []}], "", {"authorization": "Basic abc"}, None),
        ([{"bearer": []}], "", {"authorization": "Bearer "}, None),
        ([{"bearer": []}, {}], "", {}, ()),
        ([{"bearer": []}, {"key": []}], "serviceKey=a%2Bb", {}, ("key",)),
        ([{"bearer": [], "key": []}], "", {"authorization": "Bearer abc"}, None),
        ([{"infuser": []}], "", {"authorization": "Infuser abc"}, ("infuser",)),
    ],
)
def test_security_requirements_are_alternatives_of_all(
    security: list[dict[str, Any]], query: str, headers: dict[str, str], schemes: tuple[str, ...] | None
):
    """
    One complete alternative is enough, half of one is not, and `{}` makes credentials optional.
    """
    found = SecurityReader(operation(security=security)).read(query, headers)
    if schemes is None:
        assert isinstance(found, Challenge)
        assert found.header
    else:
        assert not isinstance(found, Challenge)
        assert tuple(credential.scheme for credential in found) == schemes
        assert "abc" not in repr(found)


def test_headers_are_read_as_they_are():
    """
    A percent sign in a header or a cookie is a percent sign, not an escape.
    """
    schema = {"type": "string"}
    reader = RequestReader(operation([{**parameter("header", schema), "name": "Key"}, parameter("cookie", schema)]))
    reading = reader.read({}, "", {"key": "50%+%41", "cookie": "p=%ZZ"}, b"")
    assert (reading.header, reading.cookie, reading.violations) == ({"Key": "50%+%41"}, {"p": "%ZZ"}, [])


@pytest.mark.parametrize(
    ("actual", "declared"),
    [
        ("application/json", "application/*+json"),
        ("application/merge-patch+json", "application/*+json"),
        ("application/atom+xml", "application/*"),
        ("application/problem+json", "application/problem+json"),
        ("text/csv", "*/*"),
    ],
)
def test_a_media_type_is_what_the_narrowest_range_says(actual: str, declared: str) -> None:
    """
    Of the ranges that a media type falls into, the suffix is narrower than the type, and the type than everything.
    """
    written = ("*/*", "application/*", "application/*+json", "application/problem+json")
    assert _media.best({name: name for name in written}, actual) == declared
