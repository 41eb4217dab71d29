"""
Forms, parts, sequences and queries as OpenAPI's ``encoding``, ``itemSchema`` and ``querystring`` describe them.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.exchange import Reading, RequestReader

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def read(media_type: str, node: dict[str, Any], body: bytes, sent: str = "") -> Reading:
    """
    Read a body of one media type.
    """
    operation = {
        "requestBody": {"required": True, "content": {media_type: node}},
        "responses": {"204": {"description": "d"}},
    }
    return request(operation, body=body, content_type=sent or media_type)


def request(operation: dict[str, Any], *, query: str = "", body: bytes = b"", content_type: str = "") -> Reading:
    """
    Read a request to one operation.
    """
    document = {
        "openapi": "3.2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": operation}},
        "components": {"schemas": {"N": {"required": ["n"], "properties": {"n": {"type": "integer"}}}}},
    }
    (found,) = load(document).all_operations()
    headers = {"content-type": content_type} if content_type else {}
    return RequestReader(found).read({}, query, headers, body)


def pointers(reading: Reading) -> set[str]:
    """
    Where a request is wrong.
    """
    return {violation.pointer for violation in reading.violations}


ADDRESS = {
    "type": "object",
    "properties": {"zip": {"type": "integer"}, "city": {"type": "string"}},
    "additionalProperties": False,
}
CUSTOMER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "address": ADDRESS,
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"amount": {"type": "integer"}}}},
        "sizes": {"type": "array", "items": {"type": "integer"}},
    },
}
DEEP = {"style": "deepObject", "explode": True}
ENCODING = {
    "address": DEEP,
    "metadata": DEEP,
    "tags": DEEP,
    "lines": DEEP,
    "sizes": {"style": "pipeDelimited", "explode": False},
}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"name=a&address[zip]=5", {"name": "a", "address": {"zip": 5}}),
        (b"address%5Bzip%5D=5&address%5Bcity%5D=Se+oul", {"address": {"zip": 5, "city": "Se oul"}}),
        (b"metadata[k]=v&metadata[n]=1", {"metadata": {"k": "v", "n": "1"}}),
        (b"tags[0]=v&tags[1]=w", {"tags": ["v", "w"]}),
        (b"tags[]=v&tags[]=w", {"tags": ["v", "w"]}),
        (b"tags=v&tags=w", {"tags": ["v", "w"]}),
        (b"lines[0][amount]=1&lines[1][amount]=2", {"lines": [{"amount": 1}, {"amount": 2}]}),
        (b"sizes=1|2%7C3", {"sizes": [1, 2, 3]}),
        (b"name=%5Ba%5D", {"name": "[a]"}),
    ],
)
def test_fields_are_read_as_encoding_says(body: bytes, value: Any) -> None:
    """
    Brackets, indices and delimiters of a form mean the object or the array that the contract has.
    """
    reading = read(FORM, {"schema": CUSTOMER, "encoding": ENCODING}, body)
    assert reading.violations == []
    assert reading.body == value


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"address[zip]=x", {"/body/address/zip"}),
        (b"address[street]=x", {"/body/address"}),
        (b"sizes=1|x", {"/body/sizes/1"}),
        (b"lines[0][amount]=x", {"/body/lines/0/amount"}),
        (b"unknown[a]=x", {"/body"}),
    ],
)
def test_what_a_field_breaks_has_its_place(body: bytes, wrong: set[str]) -> None:
    """
    A violation inside of a field is told where it is in the instance.
    """
    assert pointers(read(FORM, {"schema": CUSTOMER, "encoding": ENCODING}, body)) == wrong


def test_brackets_are_understood_where_the_contract_is_silent() -> None:
    """
    Without ``encoding`` the brackets that most clients write are read all the same.
    """
    reading = read(FORM, {"schema": CUSTOMER}, b"metadata[k]=v&tags[0]=a")
    assert (reading.body, reading.violations) == ({"metadata": {"k": "v"}, "tags": ["a"]}, [])


def test_an_object_spread_over_fields() -> None:
    """
    With ``style: form`` and ``explode`` the members of an object are fields of their own.
    """
    node = {
        "schema": {"type": "object", "properties": {"name": {"type": "string"}, "address": ADDRESS}},
        "encoding": {"address": {"style": "form", "explode": True}},
    }
    assert read(FORM, node, b"name=a&zip=5").body == {"name": "a", "address": {"zip": 5}}
    node["encoding"] = {"address": {"style": "form", "explode": False}}
    assert read(FORM, node, b"address=zip,5,city,Seoul").body == {"address": {"zip": 5, "city": "Seoul"}}


def multipart(*parts: tuple[str, bytes], end: bytes = b"--\r\n") -> bytes:
    """
    Write parts: headers and content.
    """
    return (
        b"".join(b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + b"--b" + end
    )


PARTS = {
    "schema": {
        "type": "object",
        "required": ["f"],
        "properties": {
            "f": {"type": "string", "format": "binary"},
            "meta": {"type": "object", "properties": {"n": {"type": "integer"}}},
        },
    },
    "encoding": {
        "f": {
            "contentType": "image/png, image/*",
            "headers": {"X-Size": {"required": True, "schema": {"type": "integer"}}},
        },
        "meta": {"contentType": "application/json"},
    },
}
NAMED = 'Content-Disposition: form-data; name="f"; filename="a.png"'


@pytest.mark.parametrize(
    ("head", "wrong"),
    [
        (f"{NAMED}\r\nContent-Type: image/png\r\nX-Size: 3", set[str]()),
        (f"{NAMED}\r\nContent-Type: image/gif\r\nX-Size: 3", set[str]()),
        (f"{NAMED}\r\nContent-Type: application/x-msdownload\r\nX-Size: 3", {"/body/f"}),
        (f"{NAMED}\r\nContent-Type: image/png", {"/body/f/header/X-Size"}),
        (f"{NAMED}\r\nContent-Type: image/png\r\nX-Size: big", {"/body/f/header/X-Size"}),
    ],
)
def test_a_part_has_its_type_and_headers(head: str, wrong: set[str]) -> None:
    """
    A part is of one of the media types that ``encoding`` has for it, and carries the headers.
    """
    body = multipart((head, b"\x89PNG"), ('Content-Disposition: form-data; name="meta"', b'{"n": 1}'))
    reading = read(MULTIPART, PARTS, body, f"{MULTIPART}; boundary=b")
    assert pointers(reading) == wrong
    assert reading.body["meta"] == {"n": 1}


@pytest.mark.parametrize(
    "body",
    [
        multipart((NAMED, b"x"), end=b""),
        multipart((NAMED, b"x"), end=b"\r\n"),
        multipart((NAMED, b"x")).replace(b"--b", b"--c"),
        multipart(*[(NAMED, b"x")] * 1001),
    ],
    ids=["no end", "an open part", "another boundary", "too many parts"],
)
def test_broken_parts_are_a_violation(body: bytes) -> None:
    """
    A body without its closing boundary, or with thousands of parts is refused.
    """
    reading = read(MULTIPART, PARTS, body, f"{MULTIPART}; boundary=b")
    assert [violation.rule for violation in reading.violations] == ["syntax"]


def test_parts_without_names_are_items() -> None:
    """
    Parts of ``multipart/mixed`` are the items of an array, in their order.
    """
    node = {"schema": {"type": "array", "items": {"type": "object", "required": ["n"]}}}
    body = multipart(("Content-Type: application/json", b'{"n": 1}'), ("Content-Type: application/json", b"{}"))
    reading = read("multipart/mixed", node, body, "multipart/mixed; boundary=b")
    assert reading.body == [{"n": 1}, {}]
    assert pointers(reading) == {"/body/1/n"}


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/jsonl", b'{"n": 1}\n{"n": "x"}\n'),
        ("application/x-ndjson", b'{"n": 1}\r\n{"n": "x"}'),
        ("application/json-seq", b'\x1e{"n": 1}\n\x1e{"n": "x"}\n'),
    ],
)
def test_each_item_of_a_sequence_is_held_to_its_schema(media_type: str, body: bytes) -> None:
    """
    Lines of JSON are items, and ``itemSchema`` is each item's.
    """
    reading = read(media_type, {"itemSchema": {"properties": {"n": {"type": "integer"}}}}, body)
    assert reading.body == [{"n": 1}, {"n": "x"}]
    assert pointers(reading) == {"/body/1/n"}


def test_server_sent_events_are_objects() -> None:
    """
    Events are objects of data, event, id and retry; comments are none.
    """
    body = b": hi\ndata: a\ndata: b\nid: 1\nretry: 5\n\nevent: x\ndata: c\n\ndata: cut off"
    reading = read("text/event-stream", {"itemSchema": {"required": ["event"]}}, body)
    assert reading.body == [{"data": "a\nb", "id": "1", "retry": 5}, {"event": "x", "data": "c"}]
    assert pointers(reading) == {"/body/0/event"}


@pytest.mark.parametrize(
    ("items", "body", "told", "broken"),
    [
        (
            {"required": ["n"], "properties": {"n": {"type": "integer"}}},
            b'data: {"n":1}\n\ndata: {}\n\n',
            [{"n": 1}, {}],
            "n",
        ),
        ({"allOf": [{"$ref": "#/components/schemas/N"}]}, b'data: {"n":1}\n\ndata: {}\n\n', [{"n": 1}, {}], "n"),
        (
            {"required": ["event"]},
            b"event: x\ndata: 1\n\ndata: 2\n\n",
            [{"event": "x", "data": "1"}, {"data": "2"}],
            "event",
        ),
    ],
    ids=["what they tell", "by reference", "themselves"],
)
def test_a_list_of_events_is_of_what_they_tell_or_of_themselves(
    items: dict[str, Any], body: bytes, told: list[Any], broken: str
) -> None:
    """
    Where the whole stream has one schema, a list, its items are what the data says, or events where those are named.
    """
    reading = read("text/event-stream", {"schema": {"type": "array", "items": items}}, body)
    assert reading.body == told
    assert pointers(reading) == {f"/body/1/{broken}"}


def parameters(*nodes: dict[str, Any]) -> dict[str, Any]:
    """
    An operation with parameters.
    """
    return {"parameters": list(nodes), "responses": {"204": {"description": "d"}}}


def test_an_empty_value_is_allowed_where_it_is() -> None:
    """
    ``allowEmptyValue`` takes a parameter without a value; without it the schema judges the empty text.
    """
    empty = {"name": "e", "in": "query", "allowEmptyValue": True, "schema": {"type": "integer"}}
    for query in ("e=", "e", "x=1&e="):
        assert request(parameters(empty), query=query).violations == []
    assert pointers(request(parameters(empty), query="e=x")) == {"/query/e"}
    assert pointers(request(parameters({**empty, "allowEmptyValue": False}), query="e=")) == {"/query/e"}


@pytest.mark.parametrize(
    ("media_type", "query", "wrong"),
    [
        (FORM, "a=1", set[str]()),
        (FORM, "a=x", {"/query/a"}),
        (FORM, "b=1", {"/query/a"}),
        (FORM, "", {"/query/a"}),
        (FORM, "a=%zz", {"/query"}),
        ("application/json", "%7B%22a%22%3A1%7D", set[str]()),
        ("application/json", "%7B%22a%22%3A%22x%22%7D", {"/query/a"}),
        ("application/json", "nonsense", {"/query"}),
    ],
)
def test_a_whole_query_is_one_value(media_type: str, query: str, wrong: set[str]) -> None:
    """
    ``in: querystring`` reads the query by its media type and holds it to its schema (OpenAPI 3.2).
    """
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    whole = {"name": "q", "in": "querystring", "required": True, "content": {media_type: {"schema": schema}}}
    assert pointers(request(parameters(whole), query=query)) == wrong


def test_a_charset_is_one_of_text() -> None:
    """
    A charset that decompresses or transforms is none.
    """
    for charset in ("bz2", "zip", "rot13", "hex", "base64", "idna", "punycode", "unicode_escape"):
        reading = read("text/plain", {"schema": {"type": "string"}}, b"abc", f"text/plain; charset={charset}")
        assert [violation.rule for violation in reading.violations] == ["syntax"], charset
    assert (
        read("text/plain", {"schema": {"type": "string"}}, "가".encode("cp949"), "text/plain; charset=cp949").body
        == "가"
    )
