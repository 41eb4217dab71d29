"""
The parts of messages, one by one: what is accepted, preferred, encoded, told in a stream or in a header.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver.core.contents import _headers
from aegis_mockserver.core.contents._accept import choose, quality, ranges
from aegis_mockserver.core.contents._content import sent_type
from aegis_mockserver.core.contents._encodings import LIMIT, CodingError, decode
from aegis_mockserver.core.contents._fields import split
from aegis_mockserver.core.contents._frames import write_sequence
from aegis_mockserver.core.contents._prefer import Preference, preference

JSON, XML = "application/json", "application/xml"


@pytest.mark.parametrize(
    ("accept", "media_type", "expected"),
    [
        ("", JSON, 1.0),
        ("application/json", JSON, 1.0),
        ("APPLICATION/JSON;Q=0.5", JSON, 0.5),
        ("text/html", JSON, 0.0),
        ("text/json", JSON, 0.0),
        ("nonsense, application/json", JSON, 1.0),
        ("*/json, /json, application/, application/json;q=0.3", JSON, 0.3),
        ("*/json, text/html", JSON, 0.0),
        ("/json, text/html", JSON, 0.0),
        ("application/, text/html", JSON, 0.0),
        ("application/*;q=0.4, */*;q=0.9", JSON, 0.4),
        ("*/*;q=0.9, application/*;q=0.4, application/json;q=0.1", JSON, 0.1),
        ("application/json;q=2", JSON, 1.0),
        ("application/json;q=-1", JSON, 0.0),
        ("application/json;q=high", JSON, 0.0),
        ("application/json;q=0.5;ext=1", "application/json;ext=2", 0.5),
        ("application/json;version=1", "application/json;version=2", 0.0),
        ("application/json;version=1, */*;q=0.2", "application/json;version=2", 0.2),
        ("application/json;version=1", "application/json;version=1", 1.0),
        ('application/json;version="1"', "application/json;version=1", 1.0),
        ("application/json;version=1", JSON, 0.9),
        ("application/json;charset=utf-8", JSON, 1.0),
        ("application/json;version=1;q=0.1, */*;q=0.8", "application/json;version=1", 0.1),
        ("*/*;version=1;q=0.1, */*;q=0.8", "application/json;version=1", 0.1),
        ("application/json;a=1;b=2;q=0.1, application/json;a=1;q=0.8", "application/json;a=1;b=2", 0.1),
        ("application/json;version=1;q=0.1, application/*;q=0.8", JSON, 0.09),
        ("application/json;q=0.3, application/json;version=1;q=0.1", JSON, 0.3),
        ("application/json;q=0.3, application/json;q=0.5", JSON, 0.5),
        ("application/json", "application/*", 1.0),
        ("text/html", "*/*", 1.0),
        ("application/, text/html", "application/*", 0.0),
        ("/json, text/html;q=0.2", "*/*", 0.2),
        ("text/html", "application/*", 0.0),
        ("application/json", "application/*+json", 1.0),
        ("application/vnd.a+json;q=0.5", "application/*+json", 0.5),
        ("application/xml", "application/*+json", 0.0),
        ("application/vnd.a+xml", "application/*+json", 0.0),
    ],
)
def test_the_most_specific_range_says_how_much_a_type_is_accepted(
    accept: str, media_type: str, expected: float
) -> None:
    """
    Weights are held to 0 and 1, extensions after ``q`` are no parameters, what cannot be read says nothing.
    """
    assert quality(media_type, accept) == pytest.approx(expected)


def test_the_first_of_the_types_that_are_accepted_best_is_chosen() -> None:
    """
    Order of the contract decides between equals, weight before order; none is none.
    """
    assert choose([JSON, XML], "*/*") == JSON
    assert choose([JSON, XML], "application/xml, application/json;q=0.9") == XML
    assert choose([JSON, XML], "application/xml;q=0.9, application/json") == JSON
    assert choose([JSON, XML], "") == JSON
    assert choose([JSON, XML], "text/html") is None
    assert choose([JSON], "application/json;q=0") is None
    assert [kind for kind, *_ in ranges("a/b, c/d;q=0.1")] == ["a", "c"]


def test_no_more_than_4096_characters_say_what_is_wanted() -> None:
    """
    A header of any length costs no more than one of 4096 characters: what begins there is still read, and no further.
    """
    for length, read in ((4096, True), (4097, False)):
        assert (quality(JSON, JSON.rjust(length)) > 0) is read
        assert (preference("code=404".rjust(length), "") == Preference(404)) is read


def test_lists_are_split_where_nothing_is_quoted() -> None:
    """
    A comma inside of quotes, or one that is escaped there, separates nothing.
    """
    assert list(split('a, "b,c" ,d')) == ["a", ' "b,c" ', "d"]
    assert list(split(r'"a\",b",c')) == [r'"a\",b"', "c"]
    assert list(split("a;b,c")) == ["a;b", "c"]
    assert list(split("a;b,c", ",;")) == ["a", "b", "c"]
    assert list(split("")) == [""]


@pytest.mark.parametrize(
    ("header", "query", "expected"),
    [
        ("", "", None),
        ("respond-async", "", None),
        ("code=404", "", Preference(404)),
        ("CODE = 404", "", Preference(404)),
        ("code=404; example=gone", "", Preference(404, "gone")),
        (r'example="a \"b\", c"', "", Preference(None, 'a "b", c')),
        ("code=404, code=500", "", Preference(404)),
        ("code=600", "", None),
        ("code=99", "", None),
        ("code=4040", "", None),
        ("code=100", "", Preference(100)),
        ("dynamic=TRUE", "", Preference(dynamic=True)),
        ("dynamic=1", "", Preference(dynamic=True)),
        ("dynamic=false", "", None),
        ("dynamic=false, code=201", "", Preference(201)),
        ("", "__code=404", Preference(404, by_header=False)),
        ("", "a=1&__example=gone&__dynamic=true", Preference(None, "gone", True, False)),
        ("", "__example=", Preference(None, "", by_header=False)),
        ("respond-async", "__code=404", Preference(404, by_header=False)),
        ("", "code=404&_x__=1", None),
        ("code=404", "__code=500", Preference(404)),
    ],
)
def test_what_is_preferred_is_read_from_the_header_and_then_from_the_query(
    header: str, query: str, expected: Preference | None
) -> None:
    """
    The header goes before the query, the first mention before the second; what the mock does not know asks nothing.
    """
    assert preference(header, query) == expected


def test_what_was_preferred_is_confirmed_as_a_header_can_say_it() -> None:
    """
    ``Preference-Applied`` names what was done; a refusal is what begins at 400.
    """
    assert Preference(404, "gone").applied == "code=404, example=gone"
    assert Preference(None, 'a "b"\\', True).applied == r'example="a \"b\"\\", dynamic=true'
    assert [Preference(code).refuses for code in (399, 400, None)] == [False, True, False]


def test_content_codings_are_undone_from_the_outside_in() -> None:
    """
    gzip and deflate, one or several, in any case of letters; identity and nothing are the body itself.
    """
    body = b'{"a": 1}'
    assert decode(body, "") == decode(body, "identity") == decode(body, " , Identity") == body
    assert decode(gzip.compress(body), "GZIP") == decode(gzip.compress(body), "x-gzip") == body
    assert decode(zlib.compress(body), "deflate") == body
    assert decode(gzip.compress(zlib.compress(body)), "deflate, gzip") == body
    assert decode(gzip.compress(gzip.compress(gzip.compress(body))), "gzip, gzip, gzip") == body


@pytest.mark.parametrize(
    ("body", "codings", "code", "status", "accepted"),
    [
        (b"x", "br", "unsupported_media_type", 415, "gzip, deflate"),
        (b"x", "gzip, gzip, gzip, gzip", "unsupported_media_type", 415, "gzip, deflate"),
        (b"no gzip at all", "gzip", "invalid_request", 400, ""),
        (gzip.compress(b"x")[:-1], "gzip", "invalid_request", 400, ""),
        (gzip.compress(b"x" * (LIMIT + 1)), "gzip", "content_too_large", 413, ""),
        (gzip.compress(gzip.compress(b"x" * (LIMIT + 1))), "gzip, gzip", "content_too_large", 413, ""),
    ],
    ids=["unknown", "too many", "not that", "cut", "too large", "too large inside"],
)
def test_a_body_that_cannot_be_decoded_is_refused_as_what_it_is(
    body: bytes, codings: str, code: str, status: int, accepted: str
) -> None:
    """
    Another coding is 415 and says what could be undone, a broken body 400, one that would not end 413.
    """
    with pytest.raises(CodingError) as refused:
        decode(body, codings)
    assert (refused.value.code, refused.value.status, refused.value.accepted) == (code, status, accepted)
    assert str(refused.value).endswith(".")


def test_a_body_of_exactly_the_limit_is_read() -> None:
    """
    The bound, 10 MiB, is the last size that is taken.
    """
    assert LIMIT == 10_485_760
    assert len(decode(gzip.compress(b"x" * LIMIT), "gzip")) == LIMIT


SSE, LINES, SEQUENCE = "text/event-stream", "application/jsonl", "application/json-seq"


@pytest.mark.parametrize(
    ("value", "media_type", "expected"),
    [
        ([{"a": 1}, {"a": 2}], LINES, b'{"a":1}\n{"a":2}\n'),
        ([1, 2], SEQUENCE, b"\x1e1\n\x1e2\n"),
        ({"a": 1}, LINES, b'{"a":1}\n'),
        ('{"a":1}', LINES, b'{"a":1}'),
        ([1, "two"], SSE, b"data: 1\n\ndata: two\n\n"),
        ({"data": "a\r\nb\rc"}, SSE, b"data: a\ndata: b\ndata: c\n\n"),
        ({"event": "tick"}, SSE, b"event: tick\ndata: \n\n"),
        ({"id": "1"}, SSE, b'data: {"id":"1"}\n\n'),
        (
            {"retry": 5, "id": "7", "comment": "c", "event": "e", "data": {"x": 1}},
            SSE,
            b': c\nevent: e\nid: 7\nretry: 5\ndata: {"x":1}\n\n',
        ),
        ({"data": 1, "id": None}, SSE, b"data: 1\n\n"),
        ({"type": "done", "n": 1}, SSE, b'event: done\ndata: {"type":"done","n":1}\n\n'),
        ({"type": 5}, SSE, b'data: {"type":5}\n\n'),
        ("plain", SSE, b"data: plain\n\n"),
        ("event: a\ndata: 1", SSE, b"event: a\ndata: 1\n\n"),
        ("data: 1\n", SSE, b"data: 1\n\n"),
        (": hello", SSE, b": hello\n\n"),
        ("data: 1\n\n", SSE, b"data: 1\n\n"),
    ],
)
def test_a_sequence_is_written_as_its_media_type_frames_it(value: Any, media_type: str, expected: bytes) -> None:
    """
    A line, a record or an event for each item; a text that is the sequence already stays as it is.
    """
    assert write_sequence(value, media_type) == expected


@pytest.mark.parametrize(
    ("value", "explode", "expected"),
    [
        (" a ", False, "a"),
        ("가", False, "%EA%B0%80"),
        ("a\r\nb", False, "a%0D%0Ab"),
        (5, False, "5"),
        (True, False, "true"),
        (None, False, ""),
        ([1, "b", None], False, "1,b,"),
        ({"a": 1, "b": "x"}, False, "a,1,b,x"),
        ({"a": 1, "b": "x"}, True, "a=1,b=x"),
    ],
)
def test_a_header_is_written_in_the_simple_style(value: Any, explode: bool, expected: str) -> None:
    """
    Lists and members as OpenAPI says, and never a character that would end the line.
    """
    assert _headers.text(value, explode) == expected


@pytest.mark.parametrize(
    ("name", "declared", "expected"),
    [
        ("X-A", {"schema": {"type": "string", "example": "e", "default": "d"}}, "e"),
        ("X-A", {"schema": {"type": "string", "default": "d"}}, "d"),
        ("X-A", {"schema": {"const": 7}}, "7"),
        ("X-A", {"schema": {"type": "string", "examples": ["one", "two"]}}, "one"),
        ("X-A", {"example": "e"}, "e"),
        ("X-A", {}, "value"),
        ("X-A", {"schema": {"type": "integer", "example": "7", "default": 8}}, "7"),
        ("X-A", {"schema": {"type": "integer", "example": "x", "default": "8"}}, "8"),
        ("X-A", {"schema": {"type": "integer", "examples": ["x", "9"]}}, "9"),
        ("X-A", {"example": "x", "schema": {"const": 5}}, "5"),
        ("X-A", {"example": [1, 2], "schema": {"type": "array"}}, "1,2"),
        ("X-A", {"example": {"a": 1}, "explode": True, "schema": {"type": "object"}}, "a=1"),
        ("X-A", {"schema": {"type": "object", "default": {"a": 1}}, "explode": True}, "a=1"),
        ("X-A", {"content": {"application/json": {"schema": {"const": {"a": "가"}}}}}, '{"a":"%EA%B0%80"}'),
        ("X-A", {"content": {"application/json": {"example": ["a"]}}}, '["a"]'),
        ("X-A", {"content": {"text/plain": {"schema": {"const": "plain"}}}}, "plain"),
        ("Content-Length", {"schema": {"const": 7}}, None),
        ("date", {"schema": {"const": "x"}}, None),
    ],
)
def test_a_declared_header_has_the_value_that_its_contract_says(
    name: str, declared: dict[str, Any], expected: str | None
) -> None:
    """
    An example before a default, a constant or a made-up value; what the server decides itself is left to it.
    """
    response = {"description": "d", "headers": {name: declared}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "H", "version": "1"},
        "paths": {"/h": {"get": {"responses": {"200": response}}}},
    }
    (operation,) = load(document).all_operations()
    found = operation.response(200)
    assert found is not None
    header = next(iter(found.headers.values()), None)
    if header is None:  # OpenAPI ignores a header of that name
        assert expected is None
        return
    assert _headers.value_of(header, "seed") == expected


@pytest.mark.parametrize("value", ["가", "é", "a\x00b", "a\r\nb: c", " a", "a\t", "http://elsewhere.example/"])
def test_a_header_that_must_be_looked_at_is_not_written_as_it_is(value: str) -> None:
    """
    Only text that is a header's value as it stands, and leads nowhere, is written without another look.
    """
    written = _headers.Written({"content-type": JSON})
    assert not _headers.is_plain(value)
    assert written.beside({"X-A": "a", "X-B": value}) is None
    assert written.beside({"X-A": "a", "Content-Type": XML}) is None
    assert written.beside({"X-A": "a", "X-B": "b /c"}) == b"x-a: a\r\nx-b: b /c\r\n"


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/*+json", JSON),
        ("application/*+xml", XML),
        ("text/*", "text/plain"),
        ("image/*", "image/png"),
        ("audio/*", "application/octet-stream"),
    ],
)
def test_a_declared_range_is_sent_as_a_type(declared: str, sent: str) -> None:
    """
    An answer's Content-Type is a media type, never a range, and it is one that the range has.
    """
    assert sent_type(declared) == sent
