"""
What the standards say of parts, media types, parameters and servers, asked of documents in both directions.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .documents import gives, mock, status, takes

N = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
MIXED = "multipart/mixed; boundary=edge"


def body(*parts: tuple[str, bytes]) -> bytes:
    """
    A multipart body: the headers of each part, and its content.
    """
    return (
        b"".join(f"--edge\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts) + b"--edge--\r\n"
    )


VERSIONS = {
    "application/json;v=1": {"schema": {"type": "string"}},
    "application/json;v=2": {"schema": {"type": "integer"}},
}


@pytest.mark.parametrize(
    ("media_type", "content", "expected"),
    [
        ("application/json; v=2", "1", 204),
        ("application/json; v=2", '"x"', 422),
        ('application/json;V="1"', '"x"', 204),
        ("application/json;v=1", "1", 422),
    ],
)
def test_a_parameter_of_a_media_type_tells_it_from_another(media_type: str, content: str, expected: int) -> None:
    """
    Two media types that differ in a parameter have a schema each, however the parameter is written.
    """
    with mock({"/a": takes(VERSIONS)}) as client:
        assert status(client, "/a", content, media_type) == expected


def test_a_range_may_name_a_suffix() -> None:
    """
    ``application/*+json`` is every media type of that suffix, and of no other.
    """
    with mock({"/a": takes({"application/*+json": {"schema": N}})}) as client:
        assert status(client, "/a", '{"n":1}', "application/vnd.shop+json") == 204
        assert status(client, "/a", '{"n":"x"}', "application/vnd.shop+json") == 422
        assert status(client, "/a", "<n/>", "application/vnd.shop+xml") == 415


def test_a_quoted_parameter_holds_what_separates_others() -> None:
    """
    A boundary may have a semicolon in it, if it is quoted.
    """
    content = body(('Content-Disposition: form-data; name="n"', b"1")).replace(b"--edge", b"--ed;ge")
    with mock({"/a": takes({"multipart/form-data": {"schema": N}})}) as client:
        assert status(client, "/a", content, 'multipart/form-data; boundary="ed;ge"') == 204


PREFIX = {
    "multipart/mixed": {
        "schema": {"type": "array", "prefixItems": [N, {"type": "string"}], "minItems": 2},
        "prefixEncoding": [
            {"contentType": "application/json"},
            {"contentType": "image/*", "headers": {"X-Page": {"required": True, "schema": {"type": "integer"}}}},
        ],
        "itemEncoding": {"contentType": "text/plain"},
    }
}
FIRST = ("Content-Type: application/json", b'{"n":1}')
SECOND = ("Content-Type: image/png\r\nX-Page: 1", b"\x89PNG")


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        ((FIRST, SECOND), True),
        ((FIRST, SECOND, ("Content-Type: text/plain", b"more")), True),
        ((FIRST, SECOND, ("Content-Type: image/png", b"more")), False),
        ((("Content-Type: application/json", b'{"n":"x"}'), SECOND), False),
        ((FIRST, ("Content-Type: text/plain\r\nX-Page: 1", b"x")), False),
        ((FIRST, ("Content-Type: image/png\r\nX-Page: one", b"x")), False),
        ((FIRST, ("Content-Type: image/png", b"x")), False),
        ((FIRST,), False),
    ],
)
def test_parts_are_held_to_the_encoding_of_their_position(parts: tuple[tuple[str, bytes], ...], taken: bool) -> None:
    """
    ``prefixEncoding`` speaks of the first parts and ``itemEncoding`` of the others: their types and headers.
    """
    with mock({"/a": takes(PREFIX)}) as client:
        assert (status(client, "/a", body(*parts), MIXED) == 204) == taken


STREAMED = {"multipart/mixed": {"itemSchema": N, "itemEncoding": {"contentType": "application/json"}}}


def test_parts_one_after_another_are_items() -> None:
    """
    ``itemSchema`` holds for each part, whichever way it goes, and an answer has its closing boundary.
    """
    with mock({"/a": {**takes(STREAMED), **gives(STREAMED)}}) as client:
        assert status(client, "/a", body(FIRST, FIRST), MIXED) == 204
        assert status(client, "/a", body(FIRST, ("Content-Type: application/json", b"{}")), MIXED) == 422
        assert status(client, "/a", body(("Content-Type: text/plain", b'{"n":1}')), MIXED) == 422
        answer = client.get("/a")
    assert "x-mock-violation" not in answer.headers
    assert answer.content.count(b"Content-Type: application/json\r\n") > 1
    assert answer.content.endswith(b"--\r\n")


@pytest.mark.parametrize(
    "media",
    [
        {"schema": {"type": "array", "minItems": 2, "items": N}},
        {"itemSchema": N, "schema": {"type": "array", "minItems": 5}},
        PREFIX["multipart/mixed"],
    ],
)
def test_an_array_is_answered_part_by_part(media: dict[str, Any]) -> None:
    """
    An array as multipart content has a part for each item, and what is made keeps to its own contract.
    """
    with mock({"/a": gives({"multipart/mixed": media})}) as client:
        answer = client.get("/a")
    assert answer.status_code == 200
    assert "x-mock-violation" not in answer.headers
    assert answer.content.count(b"--aegis-mock-part\r\n") >= media.get("schema", {}).get("minItems", 1)


def test_a_part_of_an_answer_has_the_headers_that_its_encoding_declares() -> None:
    """
    A header of a part is made as a header of an answer is.
    """
    encoding = {"x": {"contentType": "text/csv", "headers": {"X-Row": {"required": True, "schema": {"const": 3}}}}}
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}
    with mock({"/a": gives({"multipart/form-data": {"schema": schema, "encoding": encoding}})}) as client:
        answer = client.get("/a")
    assert b"Content-Type: text/csv\r\nX-Row: 3\r\n" in answer.content
    assert "x-mock-violation" not in answer.headers


NAMED = "Content-Disposition: form-data; name="
IN_JSON, IN_XML = (f"Content-Type: application/{name}\r\n\r\n" for name in ("json", "xml"))


@pytest.mark.parametrize(
    ("example", "more", "parts"),
    [
        ({"a": "x"}, {}, ['Content-Disposition: form-data; name="a"\r\n\r\nx']),
        ({"a": 1}, {}, ['Content-Disposition: form-data; name="a"\r\n\r\n1']),
        (
            {"a": {"b": 1}},
            {},
            ['Content-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{"b":1}'],
        ),
        ({"a": ["x", "y"]}, {}, [f'Content-Disposition: form-data; name="a"\r\n\r\n{text}' for text in "xy"]),
        (
            {"a": "x"},
            {
                "encoding": {
                    "a": {
                        "contentType": "text/*, image/png",
                        "headers": {
                            "Content-Disposition": {"schema": {"const": "inline"}},
                            "Content-Length": {"schema": {"const": 9}},
                            "X-Row": {"schema": {"const": 3}},
                        },
                    }
                }
            },
            ['Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\nX-Row: 3\r\n\r\nx'],
        ),
        (
            {"a": {"b": 1}, "c": "<c/>"},
            {"encoding": {name: {"contentType": "application/xml"} for name in "ac"}},
            [
                f'{NAMED}"a"\r\n{IN_XML}<?xml version="1.0" encoding="UTF-8"?><root><b>1</b></root>',
                f'{NAMED}"c"\r\n{IN_XML}<c/>',
            ],
        ),
        (
            {'a"\\\r\n': "x"},
            {},
            ['Content-Disposition: form-data; name="a\\"\\\\%0D%0A"\r\n\r\nx'],
        ),
        (
            ["x", 1, {"b": 2}],
            {},
            ["Content-Type: text/plain\r\n\r\nx", f"{IN_JSON}1", f'{IN_JSON}{{"b":2}}'],
        ),
        ("x", {}, ["Content-Type: text/plain\r\n\r\nx"]),
    ],
    ids=["text", "number", "object", "several", "encoded", "xml", "name", "array", "one"],
)
def test_a_part_says_what_it_is_where_its_name_does_not(example: Any, more: dict[str, Any], parts: list[str]) -> None:
    """
    Parts have their names, the media types and headers that are said of them, and of their own what nothing explains.
    """
    media_type = "multipart/form-data" if isinstance(example, dict) else "multipart/mixed"
    with mock({"/a": gives({media_type: {"example": example, **more}})}) as client:
        answer = client.get("/a")
    edge = "--aegis-mock-part"
    assert answer.text == "".join(f"{edge}\r\n{part}\r\n" for part in parts) + f"{edge}--\r\n"


def test_the_parts_of_a_deep_object_are_one_object() -> None:
    """
    ``o[n]`` as the name of a part is the member ``n`` of ``o``, a number where the schema has one.
    """
    schema = {"type": "object", "required": ["o"], "properties": {"o": N}}
    media = {"multipart/form-data": {"schema": schema, "encoding": {"o": {"style": "deepObject", "explode": True}}}}
    with mock({"/a": takes(media)}) as client:
        for text, expected in ((b"5", 204), (b"x", 422)):
            content = body(('Content-Disposition: form-data; name="o[n]"', text))
            assert status(client, "/a", content, "multipart/form-data; boundary=edge") == expected


@pytest.mark.parametrize(
    ("style", "written"),
    [("pipeDelimited", "list=a%2C%26b%7Ca%2C%26b"), ("spaceDelimited", "list=a%2C%26b%20a%2C%26b")],
)
def test_what_separates_items_is_encoded_once(style: str, written: str) -> None:
    """
    A form that is answered can be read again: its items are data, and what stands between them is not.
    """
    items = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"const": "a,&b"}}
    schema = {"type": "object", "required": ["list"], "properties": {"list": items}}
    media = {"schema": schema, "encoding": {"list": {"style": style, "explode": False}}}
    with mock({"/a": gives({"application/x-www-form-urlencoded": media})}) as client:
        answer = client.get("/a")
    assert answer.text == written
    assert "x-mock-violation" not in answer.headers


@pytest.mark.parametrize(
    ("item", "encoding", "written"),
    [
        ([1, 2], {}, "it=1&it=2"),
        ([1, 2], {"style": "form"}, "it=1&it=2"),
        ([1, 2], {"explode": False}, "it=1,2"),
        ([1, 2], {"style": "pipeDelimited"}, "it=1%7C2"),
        ({"a": 1, "b": 2}, {}, "it=%7B%22a%22%3A1%2C%22b%22%3A2%7D"),
        ({"a": 1, "b": 2}, {"contentType": "application/json"}, "it=%7B%22a%22%3A1%2C%22b%22%3A2%7D"),
        ({"a": 1, "b": 2}, {"style": "form"}, "a=1&b=2"),
        ({"a": 1, "b": 2}, {"explode": True}, "a=1&b=2"),
        ({"a": 1, "b": 2}, {"style": "deepObject"}, "it[a]=1&it[b]=2"),
        ("a b&c", {}, "it=a%20b%26c"),
    ],
)
def test_a_field_of_a_form_is_written_in_its_style(item: Any, encoding: dict[str, Any], written: str) -> None:
    """
    An object is JSON where no style is said of it; a list has a field for each item unless its style says otherwise.
    """
    media = {"example": {"it": item, "last": "z"}, "encoding": {"it": encoding} if encoding else {}}
    with mock({"/a": gives({"application/x-www-form-urlencoded": media})}) as client:
        assert client.get("/a").text == f"{written}&last=z"


def test_a_file_of_json_is_a_text_where_a_text_is_wanted() -> None:
    """
    Who uploads a file that happens to be JSON sends a file.
    """
    schema = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    content = body(
        (
            'Content-Disposition: form-data; name="file"; filename="a.json"\r\nContent-Type: application/json',
            b'{"a": 1}',
        )
    )
    with mock({"/a": takes({"multipart/form-data": {"schema": schema}})}) as client:
        assert status(client, "/a", content, "multipart/form-data; boundary=edge") == 204


def test_a_suffix_says_that_it_is_a_sequence() -> None:
    """
    ``+json-seq`` frames its items as ``application/json-seq`` does (RFC 8091).
    """
    media = {"application/geo+json-seq": {"itemSchema": N}}
    with mock({"/a": {**takes(media), **gives(media)}}) as client:
        answer = client.get("/a")
        assert [json.loads(text).keys() for text in answer.text.split("\x1e")[1:]]
        assert status(client, "/a", '\x1e{"n":1}\n\x1e{"n":2}\n', "application/geo+json-seq") == 204
        assert status(client, "/a", '\x1e{"n":1}\n\x1e{"n":"x"}\n', "application/geo+json-seq") == 422


# -- parameters, methods, servers --------------------------------------------------------------------------------------


def asks(parameter: dict[str, Any]) -> dict[str, Any]:
    """
    An operation with one parameter.
    """
    return {"get": {"parameters": [parameter], "responses": {"204": {"description": "d"}}}}


@pytest.mark.parametrize(
    ("style", "explode", "schema", "good", "bad"),
    [
        ("matrix", False, {"type": "integer"}, ";p=5", "5"),
        ("matrix", False, {"type": "integer"}, ";p=5", ";q=5"),
        ("matrix", True, {"type": "array", "items": {"type": "integer"}}, ";p=1;p=2", "1;2"),
        ("matrix", True, N, ";n=1", "n=1"),
        ("label", False, {"type": "integer"}, ".5", "5"),
    ],
)
def test_a_style_is_told_by_its_beginning(style: str, explode: bool, schema: Any, good: str, bad: str) -> None:
    """
    A path value without the prefix of its style is not of that style.
    """
    parameter = {"name": "p", "in": "path", "required": True, "style": style, "explode": explode, "schema": schema}
    with mock({"/a/{p}": asks(parameter)}) as client:
        assert client.get(f"/a/{good}").status_code == 204
        assert client.get(f"/a/{bad}").status_code in {400, 422}


@pytest.mark.parametrize(
    ("schema", "cookie", "expected"),
    [
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, "c=1; other=x; c=2", 204),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, "c=1", 422),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, "c=1; c=x", 422),
        ({"type": "integer"}, "c=x; c=2", 204),
    ],
)
def test_a_cookie_that_is_sent_twice_is_a_list(schema: Any, cookie: str, expected: int) -> None:
    """
    An array in the style ``cookie`` is several cookies of one name (OpenAPI 3.2 §4.12.6); of one value the last counts.
    """
    parameter = {"name": "c", "in": "cookie", "required": True, "style": "cookie", "schema": schema}
    with mock({"/a": asks(parameter)}) as client:
        assert client.get("/a", headers={"cookie": cookie}).status_code == expected


def test_a_server_is_reached_with_every_value_of_its_variables() -> None:
    """
    The values of an ``enum`` are paths of the same server, the default first; others are not.
    """
    variables = {"tenant": {"default": "a"}, "stage": {"default": "live", "enum": ["live", "test"]}}
    servers = [{"url": "https://{tenant}.example.com/{stage}/v1", "variables": variables}]
    with mock({"/a": gives({"application/json": {"example": 1}})}, "3.1.0", servers=servers) as client:
        assert [client.get(path).status_code for path in ("/live/v1/a", "/test/v1/a", "/other/v1/a")] == [200, 200, 404]


def test_an_example_that_is_given_as_text_is_the_text() -> None:
    """
    ``serializedValue`` of JSON is the document that it says, and no string.
    """
    examples = {"one": {"serializedValue": '{"n" : 1}'}}
    with mock({"/a": gives({"application/json": {"schema": N, "examples": examples}})}) as client:
        assert client.get("/a").json() == {"n": 1}


# -- values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schema",
    [
        {"minProperties": 2, "patternProperties": {"^x_": {"type": "integer"}}, "additionalProperties": False},
        {"minProperties": 3, "patternProperties": {"_id$": {"type": "integer"}}, "additionalProperties": False},
        {"minProperties": 2, "propertyNames": {"pattern": "^x_"}},
    ],
)
def test_names_that_fit_a_pattern_without_an_end_are_many(schema: dict[str, Any]) -> None:
    """
    As many members as are wanted are made, though the shortest name of the pattern is only one.
    """
    with mock({"/a": gives({"application/json": {"schema": {"type": "object", **schema}}})}) as client:
        answer = client.get("/a")
    assert len(answer.json()) >= schema["minProperties"]
    assert "x-mock-violation" not in answer.headers
