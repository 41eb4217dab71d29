"""
What is sent: paths, queries, headers, cookies, bodies and credentials.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from aegis_runtime import OMIT, BodySpec, BytesEncoder, JsonEncoder, OperationSpec, ParameterSpec
from aegis_sdk.errors import InvalidRequestError, NotFoundError, UserApiError
from tests.unit.runtime.harness import Driver, answer
from tests.unit.runtime.library import ANY, API, BEARER, GET, KEY_IN_QUERY, LEND, Book


@pytest.mark.parametrize(
    "value", [b"x", bytearray(b"x"), object(), 1j, range(2), int, math.nan, Decimal("NaN"), math.inf]
)
def test_what_cannot_be_written_is_refused_and_not_guessed(driver: Driver, value: Any) -> None:
    """
    Bytes, functions and numbers that are none have no text that a provider could read: nothing is sent.
    """
    client, script = driver.scripted(answer())
    for given in (value, [value]):
        with pytest.raises(InvalidRequestError):
            driver.run(client.books.get("b1", fields=given))
    assert script.requests == []


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"idempotency_key": "order-7"}, "/idempotency_key"),
        ({"headers": ["X-A"]}, "/header"),
        ({"headers": {"X-A": 7}}, "/header/X-A"),
        ({"headers": {"X A": "7"}}, "/header"),
    ],
)
def test_an_option_that_cannot_hold_is_refused(driver: Driver, options: dict[str, Any], pointer: str) -> None:
    """
    A key for an operation that takes none, and headers that are none, are told before anything is sent.
    """
    client, script = driver.scripted(answer(204, b""))
    with pytest.raises(InvalidRequestError) as caught:
        driver.run(client.call(LEND, ("b1",), **options))
    assert [found.pointer for found in caught.value.violations] == [pointer]
    assert script.requests == []


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_cannot_be_left(driver: Driver, value: str) -> None:
    """
    A path parameter that would name another path is refused before anything is sent.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(InvalidRequestError, match="/path/id must not be empty") as caught:
        driver.run(client.books.get(value))
    assert isinstance(caught.value, UserApiError)
    assert isinstance(caught.value, ValueError)
    assert script.requests == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a/b", "a%2Fb"),
        ("../x", "..%2Fx"),
        ("a b?#", "a%20b%3F%23"),
        ("진", "%EC%A7%84"),
        ("%2e", "%252e"),
        ("~a-b_c.d", "~a-b_c.d"),
    ],
)
def test_path_values_are_escaped(driver: Driver, value: str, expected: str) -> None:
    """
    Whatever is in a path parameter stays within its segment.
    """
    client, script = driver.scripted(answer())
    driver.run(client.books.get(value))
    assert script.requests[0].url == f"http://library.test/books/{expected}"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "진달래"])
def test_headers_cannot_be_smuggled(driver: Driver, value: str) -> None:
    """
    A value with a line end, or that no header can carry, is refused before anything is sent.
    """
    client, script = driver.scripted(answer())
    for made in ({"reader": value}, {"headers": {"X-Mine": value}}):
        with pytest.raises(InvalidRequestError, match="printable text on one line") as caught:
            driver.run(client.books.get("b1", **made))
        assert value not in str(caught.value)
    with pytest.raises(InvalidRequestError, match="must be a token"):
        driver.run(client.books.get("b1", headers={"X Mine\n": "1"}))
    with pytest.raises(InvalidRequestError, match="/header/Idempotency-Key"):
        driver.run(client.books.add(title="x", idempotency_key=value))
    assert script.requests == []


def test_bodies_are_held_against_the_contract(driver: Driver) -> None:
    """
    A body that breaks the contract is refused before anything is sent; every fault is told, no value is.
    """
    client, script = driver.scripted(answer(201))
    with pytest.raises(InvalidRequestError) as caught:
        driver.run(client.books.add(title="a title that is far too long", secret_note=7))
    pointers = [(fault.pointer, fault.rule) for fault in caught.value.violations]
    assert pointers == [("/body/title", "string_too_long"), ("/body/secret_note", "string_type")]
    assert "/body/title string should have at most 20 characters" in str(caught.value)
    assert "far too long" not in str(caught.value)
    assert script.requests == []


def test_what_cannot_be_encoded_is_refused(driver: Driver) -> None:
    """
    A lone surrogate is no text; it is refused like any other breach, wherever it stands.
    """
    client, script = driver.scripted(answer(201))
    with pytest.raises(InvalidRequestError):
        driver.run(client.books.add(title="\ud800"))
    with pytest.raises(InvalidRequestError):
        driver.run(client.books.get("\ud800"))
    assert script.requests == []


def test_bytes_go_as_they_are(driver: Driver) -> None:
    """
    A body that is no JSON is sent as bytes, and a body that must be there is asked for.
    """
    spec: OperationSpec[None] = OperationSpec(
        api=API,
        operation_id="put",
        method="PUT",
        path="/x",
        body=BodySpec(media_type="application/octet-stream", encode=BytesEncoder(), required=True),
        responses=ANY,
    )
    client, script = driver.scripted(answer(204, b"", None))
    for body in (b"\x00\xff", bytearray(b"ab"), "진"):
        driver.run(client.call(spec, (), body))
    assert [request.body for request in script.requests] == [b"\x00\xff", b"ab", "진".encode()]
    assert dict(script.requests[0].headers)["Content-Type"] == "application/octet-stream"
    for wrong in (OMIT, 7):
        with pytest.raises(InvalidRequestError, match="/body"):
            driver.run(client.call(spec, (), wrong))


def test_a_body_that_may_be_left_out_is(driver: Driver) -> None:
    """
    An operation whose contract does not require its body is called without one, and then names no media type.
    """
    spec: OperationSpec[None] = OperationSpec(
        api=API, operation_id="put", method="PUT", path="/x", body=BodySpec(encode=BytesEncoder()), responses=ANY
    )
    client, script = driver.scripted(answer(204, b"", None))
    driver.run(client.call(spec))
    (request,) = script.requests
    assert request.body is None
    assert "Content-Type" not in dict(request.headers)


def test_an_instance_is_written_as_it_was_made() -> None:
    """
    What was never said of a model is not sent, what was said is: null is a value.
    """
    encode = JsonEncoder(f"{Book.__module__}:Book")
    assert encode(Book(id="b1", title="t")) == b'{"id":"b1","title":"t"}'
    assert encode(Book(id="b1", title="t", genre=None)) == b'{"id":"b1","title":"t","genre":null}'


def test_every_parameter_that_is_wrong_is_told(driver: Driver) -> None:
    """
    A path parameter that is left out does not hide what is wrong with those behind it.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(InvalidRequestError) as refused:
        driver.run(client.books.get(OMIT, fields=object()))
    found = [(violation.pointer, violation.rule) for violation in refused.value.violations]
    assert found == [("/path/id", "required"), ("/query/fields", "type")]
    assert script.requests == []


def test_headers_are_layered(driver: Driver) -> None:
    """
    A call's headers beat the client's, which beat our own; names are case-insensitive.
    """
    client, script = driver.scripted(answer(), headers={"X-A": "client", "x-b": "client"})
    client = client.with_options(headers={"X-B": "options", "user-agent": "mine"})
    driver.run(client.books.get("b1", headers={"x-a": "call", "ACCEPT": "application/json"}))
    headers = {name.lower(): value for name, value in script.requests[0].headers}
    assert len(headers) == len(script.requests[0].headers)
    assert (headers["x-a"], headers["x-b"], headers["user-agent"]) == ("call", "options", "mine")
    assert headers["accept"] == "application/json"


def test_the_user_agent_names_us(driver: Driver) -> None:
    """
    Providers can see which client and version calls.
    """
    client, script = driver.scripted(answer())
    driver.run(client.books.get("b1"))
    agent = dict(script.requests[0].headers)["User-Agent"]
    assert agent.startswith("aegis-integration/")
    assert "Library; Python 3." in agent


@pytest.mark.parametrize(
    ("options", "in_query"), [({}, True), ({"auth": "queryKey"}, True), ({"auth": "bearerAuth"}, False)]
)
def test_the_caller_chooses_among_credentials(driver: Driver, options: dict[str, Any], in_query: bool) -> None:
    """
    Of the contract's security schemes the first is used unless the caller names another; keys are escaped.
    """
    client, script = driver.scripted(answer(204, b"", None), token="k+/=", **options)
    driver.run(client.books.lend("b1"))
    request = script.requests[0]
    assert request.url.endswith("?serviceKey=k%2B%2F%3D") is in_query
    assert dict(request.headers).get("Authorization") == (None if in_query else "Bearer k+/=")


def test_a_scheme_that_an_operation_lacks_falls_back(driver: Driver) -> None:
    """
    Where an operation does not know the chosen scheme, its own first one is used.
    """
    client, script = driver.scripted(answer(), auth="queryKey")
    driver.run(client.books.get("b1"))
    assert dict(script.requests[0].headers)["Authorization"] == "Bearer t0ken"
    assert (BEARER.location, KEY_IN_QUERY.location) == ("header", "query")


def test_no_token_no_credential(driver: Driver) -> None:
    """
    Without a token nothing is made up.
    """
    client, script = driver.scripted(answer(), token=None)
    driver.run(client.books.get("b1"))
    assert "Authorization" not in dict(script.requests[0].headers)


def test_specs_are_split_once() -> None:
    """
    An operation knows its path's pieces, what it accepts, and whether it can be repeated.
    """
    assert GET.segments == ("/books/", 0)
    assert GET.others == (1, 2)
    assert GET.accept == "application/json, application/problem+json"
    assert GET.idempotent is True
    post: OperationSpec[None] = OperationSpec(
        api=API,
        operation_id="p",
        method="POST",
        path="/a/{b}/c",
        parameters=(ParameterSpec(name="b", location="path"),),
        responses=ANY,
    )
    assert post.segments == ("/a/", 0, "/c")
    assert (post.idempotent, post.accept) == (False, "")


@pytest.mark.parametrize(("given", "taken"), [("order-7.b_c", True), ("a" * 64, True), ("a" * 65, False), ("", False)])
def test_the_callers_request_id_is_the_calls(driver: Driver, given: str, taken: bool) -> None:
    """
    Who gives a request id finds it in the error, too; what is no such id is sent, and the call has one of its own.
    """
    client, script = driver.scripted(answer(404, b"", None))
    with pytest.raises(NotFoundError) as caught:
        driver.run(client.books.get("b1", headers={"X-A": "1", "x-request-ID": given}))
    assert dict(script.requests[0].headers)["x-request-ID"] == given
    assert (caught.value.request_id == given) is taken
    assert caught.value.request_id
