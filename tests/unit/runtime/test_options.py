"""
How clients are set up, copied and closed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from aegis_runtime import CircuitState, Secret
from aegis_sdk.errors import ConfigurationError, ContractViolationError, MissingExtraError, NotFoundError
from tests.unit.runtime.harness import PROBLEM, AsyncScripted, Driver, ManualClock, Script, Scripted, answer
from tests.unit.runtime.library import AsyncLibrary, Library

URL = "http://library.test"


@pytest.mark.parametrize("kind", [Library, AsyncLibrary])
def test_the_environment_sets_clients_up(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Base URL and token come from ``LIBRARY_URL`` and ``LIBRARY_TOKEN`` when they are not given; what is given wins.
    """
    monkeypatch.setenv("LIBRARY_URL", "https://env.test/base/")
    monkeypatch.setenv("LIBRARY_TOKEN", "from-env")
    client = kind()
    assert client.base_url == "https://env.test/base"
    assert client._settings.token == Secret("from-env")
    client = kind(URL, "given")
    assert (client.base_url, client._settings.token) == (URL, Secret("given"))


@pytest.mark.parametrize("kind", [Library, AsyncLibrary])
def test_a_client_needs_to_know_where(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a base URL the error says what to give or to set.
    """
    monkeypatch.delenv("LIBRARY_URL", raising=False)
    with pytest.raises(ConfigurationError, match=r"Library needs base_url=… or the environment variable LIBRARY_URL"):
        kind()


@pytest.mark.parametrize(
    "url",
    [
        "library.test",
        "ftp://library.test",
        "http://",
        "http://x.test?a=1",
        "http://x.test#a",
        "http://x:y/",
        "//x",
        "http://x:0",
        "http://x\x7f",
        "http://x/ y",
        "http://x/\x7f",
    ],
)
def test_a_base_url_that_cannot_work_is_refused(url: str) -> None:
    """
    A base URL is http or https with a host, without query or fragment.
    """
    with pytest.raises(ConfigurationError, match="base_url must be like"):
        Library(url)


@pytest.mark.parametrize(("base", "expected"), [(URL, URL), (URL + "/", URL), (URL + "/api/", URL + "/api")])
def test_base_paths_are_kept(driver: Driver, base: str, expected: str) -> None:
    """
    A base URL may have a path, with or without a slash at its end.
    """
    script = Script([answer()], ManualClock())
    transport = AsyncScripted(script) if driver.kind == "async" else Scripted(script)
    driver.run(driver.client(base, transport=transport).books.get("b1"))
    assert script.requests[0].url == f"{expected}/books/b1"


def test_with_options_makes_a_copy(driver: Driver) -> None:
    """
    Options change on the copy only; transport and circuit are shared, and several calls add up.
    """
    client, script = driver.scripted(answer(404, PROBLEM, "application/problem+json"), circuit_breaker=None)
    other = client.with_options(timeout=3, headers={"X-A": "1"}).with_options(headers={"X-B": "2"})
    assert other.circuit is client.circuit
    assert other.circuit.state is CircuitState.CLOSED
    assert type(other) is type(client)
    assert other.books is not client.books
    for each in (client, other, client):
        with pytest.raises(NotFoundError):
            driver.run(each.books.get("b1"))
    assert [request.timeout for request in script.requests] == [30, 3, 30]
    assert [{"X-A", "X-B"} <= dict(request.headers).keys() for request in script.requests] == [False, True, False]


def test_resources_are_made_once(driver: Driver) -> None:
    """
    A client's resource is the same each time.
    """
    client, _ = driver.scripted(answer())
    assert client.books is client.books


async def test_clients_close_their_transport() -> None:
    """
    Leaving the ``with`` block closes the connections.
    """
    script = Script([answer()], ManualClock())
    transport = Scripted(script)
    with Library(URL, transport=transport) as client:
        assert not transport.closed
        assert repr(client) == "<Library http://library.test>"
    assert transport.closed
    awaited = AsyncScripted(script)
    async with AsyncLibrary(URL, transport=awaited):
        assert not awaited.closed
    assert awaited.closed


@pytest.mark.parametrize("kind", [Library, AsyncLibrary])
@pytest.mark.parametrize("wrong", ["carrier-pigeon", object(), 7])
def test_a_transport_that_is_none_is_refused(kind: type[Any], wrong: object) -> None:
    """
    What is neither a known name nor a transport is refused when the client is made.
    """
    with pytest.raises(ConfigurationError, match="transport must be"):
        kind(URL, transport=wrong)


def test_transports_are_not_mixed_up() -> None:
    """
    A synchronous client refuses an asynchronous transport and the other way round.
    """
    script = Script([answer()], ManualClock())
    with pytest.raises(ConfigurationError, match=r"send\(\) and close\(\); this one is asynchronous: give it to"):
        Library(URL, transport=AsyncScripted(script))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"async send\(\) and aclose\(\); this one does not wait: give it to"):
        AsyncLibrary(URL, transport=Scripted(script))  # type: ignore[arg-type]


def test_the_environment_may_choose_the_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    ``LIBRARY_TRANSPORT`` decides where the code says nothing; for ``SHOP_ORDERS`` also ``SHOP_TRANSPORT`` does.
    """
    from aegis_runtime.transports._fast import FastTransport
    from aegis_runtime.transports._httpx import HttpxTransport

    assert isinstance(Library(URL)._transport, HttpxTransport)
    monkeypatch.setenv("LIBRARY_TRANSPORT", "fast")
    assert isinstance(Library(URL)._transport, FastTransport)
    assert isinstance(Library(URL, transport="httpx")._transport, HttpxTransport)
    monkeypatch.setenv("LIBRARY_TRANSPORT", "slow")
    with pytest.raises(ConfigurationError):
        Library(URL)

    class Orders(Library):
        _api = replace(Library._api, env="SHOP_ORDERS")

    monkeypatch.setenv("SHOP_TRANSPORT", "fast")
    assert isinstance(Orders(URL)._transport, FastTransport)
    monkeypatch.setenv("SHOP_ORDERS_TRANSPORT", "httpx")
    assert isinstance(Orders(URL)._transport, HttpxTransport)


def test_a_missing_extra_says_which() -> None:
    """
    The error names the feature, the extra, and the command that installs it.
    """
    error = MissingExtraError('transport="fast"', "fast")
    assert str(error) == "transport=\"fast\" needs the extra 'fast': pip install 'aegis-integration[fast]'"


def test_options_of_a_copy_go_both_ways(driver: Driver) -> None:
    """
    A copy may be less strict than its client, and more; what it does not say stays.
    """
    odd = answer(200, b'{"id": "b1", "title": "Azaleas", "surplus": 1}')
    client, _ = driver.scripted(odd, strict=True)
    lenient = client.with_options(strict=False)
    assert driver.run(lenient.with_options(timeout=3).books.get("b1")).title == "Azaleas"
    for strict in (client, client.with_options(timeout=3), lenient.with_options(strict=True)):
        with pytest.raises(ContractViolationError):
            driver.run(strict.books.get("b1"))


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-Key": "a\n"}, "headers/X-Key: must be printable text"),
        ({"a-key": " a"}, "headers/a-key: must be printable text"),
        ({"Host": "a.test"}, "headers/Host: is for the transport"),
        ({"X Key": "a"}, "headers: a header's name must be a token"),
    ],
)
def test_a_header_that_cannot_be_sent_is_named(driver: Driver, headers: dict[str, str], said: str) -> None:
    """
    A refused header line is told by its name, its value is not.
    """
    client, _ = driver.scripted(answer())
    with pytest.raises(ConfigurationError, match=f"^{said}"):
        client.with_options(headers=headers)


def test_an_answer_may_have_32_mib(driver: Driver) -> None:
    """
    Without another word an answer is read up to 32 MiB, and its transport is told so.
    """
    for options, most in ({}, 32 * 1024 * 1024), ({"max_response_bytes": 5_000}, 5_000):
        client, script = driver.scripted(answer(), **options)
        driver.run(client.books.get("b1"))
        assert script.requests[0].max_response_bytes == most


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        (Library, httpx.AsyncHTTPTransport(), "this one is asynchronous: give it to the asynchronous client"),
        (AsyncLibrary, httpx.HTTPTransport(), "this one does not wait: give it to the synchronous client"),
        (Library, httpx.Client(), "an httpx.Client is none: give what it was made of"),
        (AsyncLibrary, httpx.AsyncClient(), "an httpx.AsyncClient is none: give what it was made of"),
        (Library, Scripted, "this is the class Scripted: give an instance of it"),
        (AsyncLibrary, AsyncScripted, "this is the class AsyncScripted: give an instance of it"),
        (Library, lambda request: None, r"httpx.WSGITransport\(app=…\)"),
        (AsyncLibrary, lambda request: None, r"httpx.ASGITransport\(app=…\)"),
        (Library, object(), r"send\(\) and close\(\)$"),
        (AsyncLibrary, object(), r"send\(\) and aclose\(\)$"),
    ],
)
def test_what_is_no_transport_is_told_how_it_becomes_one(kind: type[Any], wrong: object, said: str) -> None:
    """
    Whoever gives the other kind's transport, a client, a class or an application is told what to give in its place.
    """
    with pytest.raises(ConfigurationError, match=said):
        kind(URL, transport=wrong)


@pytest.mark.parametrize(
    ("base_url", "base", "named"),
    [
        ("http://one.test", "http://one.test", "one.test:80"),
        ("https://one.test/v1/", "https://one.test/v1", "one.test:443"),
        ("https://one.test:8443", "https://one.test:8443", "one.test:8443"),
        ("http://[::1]:81", "http://[::1]:81", "::1:81"),
        ("https://가.kr/v1", "https://xn--o39a.kr/v1", "xn--o39a.kr:443"),
    ],
)
def test_a_circuit_is_named_by_host_and_port(base_url: str, base: str, named: str) -> None:
    """
    A provider is a host and its port: over TLS that is another one than without, and names of all scripts are ASCII.
    """
    client = Library(base_url)
    assert (client.base_url, client.circuit.name) == (base, f"library@{named}")
