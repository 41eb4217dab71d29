"""
The environment is read once, when a transport is made: one rule for all of them, and what cannot be used is named.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from aegis_runtime import AsyncFastTransport, AsyncHttpxTransport, FastTransport, HttpxTransport
from aegis_runtime.errors import CallError, ConfigurationError
from aegis_runtime.transports import _addresses
from aegis_runtime.transports._environment import surroundings
from aegis_runtime.transports._fast import _proxy as asked_proxy
from tests.unit.runtime.harness import Driver, Wire, replies
from tests.unit.runtime.library import AsyncLibrary, Library

TRANSPORTS = [HttpxTransport, AsyncHttpxTransport, FastTransport, AsyncFastTransport]
PROXIES = [
    "host:3128",
    "//host",
    "ftp://host",
    "http://",
    "http://host:port",
    "http://host:0",
    "http://ho st",
    "http://h\n",
]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("make", TRANSPORTS)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_named(make: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A proxy variable that is no URL is refused when the transport is made, by its name and without its value.
    """
    for value in PROXIES:
        monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError, match=name) as caught:
            make()
        assert "host:3128" not in str(caught.value)
        assert "ho st" not in str(caught.value)
        make(trust_env=False)


@pytest.mark.parametrize("name", ["httpx", "fast"])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT"])
@pytest.mark.parametrize("kind", [Library, AsyncLibrary])
def test_a_missing_file_is_named_at_construction(
    name: Any, variable: str, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A file that is not there is a ConfigurationError of the client's constructor, whichever transport it uses.
    """
    monkeypatch.setenv(variable, "/nowhere/at/all")
    with pytest.raises(ConfigurationError, match=f"{variable} must name a f"):
        kind("https://library.test", transport=name)


def test_files_that_hold_something_else_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file without certificates, a certificate without its key, and a key alone are refused.
    """
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(wrong))
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        Library("https://library.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    Library("https://library.test")
    monkeypatch.setenv("SSL_CLIENT_CERT", str(tmp_path / "ca.pem"))
    with pytest.raises(ConfigurationError, match="SSL_CLIENT_CERT"):
        Library("https://library.test")
    monkeypatch.delenv("SSL_CLIENT_CERT")
    monkeypatch.setenv("SSL_CLIENT_KEY", str(wrong))
    with pytest.raises(ConfigurationError, match="SSL_CLIENT_KEY"):
        Library("https://library.test")


@pytest.mark.parametrize(
    ("listed", "through"),
    [
        ("", True),
        ("*", False),
        ("library.test", False),
        (".library.test", False),
        ("LIBRARY.test", False),
        ("brary.test", True),
        ("test", False),
        ("*.test", False),
        ("library.test:80", False),
        ("library.test:8080", True),
        ("other.test, library.test", False),
        ("other.test library.test", False),
        ("library.test:8080, library.test:80", False),
        ("library.test:http", False),
        ("library.test:²", False),
        ("10.0.0.0/8", True),
    ],
)
def test_no_proxy_means_one_thing(listed: str, through: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    ``NO_PROXY`` lists names with all below them, with ports or not; small letters and blanks do not matter.
    """
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", listed)
    found = surroundings()
    assert (found.proxy("http", "library.test", 80) is not None) == through
    assert found.proxy("https", "library.test", 443) is None


def test_no_proxy_knows_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Addresses and networks of both families can be listed.
    """
    monkeypatch.setenv("all_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,::1,[2001:db8::1]:8443")
    found = surroundings()
    assert found.proxy("http", "10.1.2.3", 80) is None
    assert found.proxy("http", "11.1.2.3", 80)
    assert found.proxy("http", "::1", 80) is None
    assert found.proxy("https", "2001:db8::1", 8443) is None
    assert found.proxy("https", "2001:db8::1", 443)


@pytest.mark.parametrize("transport", ["httpx", "fast"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_transport_obeys(
    wire: Callable[..., Wire], transport: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each transport asks the proxy for what is not exempt, and the provider itself for what is; without a port it is 80.
    """
    proxy, server = wire(replies()), wire(replies())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "library.test:79,library.test:81,127.0.0.1:" + server.url.rpartition(":")[2])
    driver = Driver(kind, transport)
    assert driver.run(driver.client("http://library.test").books.get("b1")).id == "b1"
    assert driver.run(driver.client(server.url).books.get("b1")).id == "b1"
    driver.close()
    assert [seen.target for seen in proxy.seen] == ["http://library.test/books/b1"]
    assert [seen.target for seen in server.seen] == ["/books/b1"]


@pytest.mark.parametrize(
    "value",
    ["http://x.test\n", "x.test", "http://", "http://x.test:99999", "ftp://x.test", "http://x.test/a b", "http://[::1"],
)
def test_a_wrong_base_url_names_its_variable(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A base URL from the environment that cannot be used is refused by the variable's name.
    """
    monkeypatch.setenv("LIBRARY_URL", value)
    with pytest.raises(ConfigurationError, match="LIBRARY_URL"):
        Library()
    with pytest.raises(ConfigurationError, match="base_url"):
        Library(value)


def test_a_dead_address_does_not_cost_the_call(monkeypatch: pytest.MonkeyPatch, wire: Callable[..., Wire]) -> None:
    """
    With several addresses the next is tried beside one that does not answer (RFC 8305), well within the timeout.
    """
    server = wire(replies())
    port = int(server.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda *_, **__: [(*kind, full.getsockname()), (*kind, ("127.0.0.1", port))]
        )
        began = time.monotonic()
        with Library(f"http://library.test:{port}", circuit_breaker=False, connect_timeout=60) as client:
            assert client.books.get("b1", timeout=60).id == "b1"
        for filler in fillers:
            filler.close()
    assert time.monotonic() - began < 25


def test_who_answers_at_once_is_the_only_one_asked(monkeypatch: pytest.MonkeyPatch, wire: Callable[..., Wire]) -> None:
    """
    Another address is tried when the one before took too long, and not beside one that answers.
    """
    first, second = wire(replies()), wire(replies())
    ports = [int(server.url.rpartition(":")[2]) for server in (first, second)]
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*kind, ("127.0.0.1", port)) for port in ports])
    monkeypatch.setattr(_addresses, "DELAY", 60.0)
    with Library("http://library.test", circuit_breaker=False) as client:
        assert client.books.get("b1").id == "b1"
    assert (first.connections, second.connections) == (1, 0)


def test_who_answers_too_late_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, wire: Callable[..., Wire]) -> None:
    """
    Of several addresses one is taken, and what was begun with the others is closed.
    """
    made: list[socket.socket] = []

    class Noted(socket.socket):
        def __init__(self, *rest: Any, **more: Any) -> None:
            super().__init__(*rest, **more)
            if threading.current_thread() is threading.main_thread():  # the server makes some, too
                made.append(self)

    server = wire(replies())
    port = int(server.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        places = [full.getsockname(), ("127.0.0.1", port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*kind, place) for place in places])
        monkeypatch.setattr(_addresses, "DELAY", 0.0)
        monkeypatch.setattr(socket, "socket", Noted)
        taken = _addresses.connect("library.test", port, time.monotonic() + 20)
        monkeypatch.undo()
        assert [each.fileno() >= 0 for each in made] == [each is taken for each in made]
        for each in (taken, *fillers):
            each.close()


def test_families_take_turns() -> None:
    """
    The resolver's order is kept within a family, and families alternate.
    """
    found = [(6, "a"), (6, "b"), (6, "a"), (4, "c"), (4, "d"), (4, "e")]
    assert _addresses.interleaved(found) == [(6, "a"), (4, "c"), (6, "b"), (4, "d"), (4, "e")]


@pytest.mark.parametrize(
    ("listed", "host", "port", "through"),
    [
        ("*:8080", "x.test", 8080, False),
        ("*:8080", "x.test", 80, True),
        ("4", "1.2.3.4", 80, True),
        ("3.4", "1.2.3.4", 80, True),
        ("1.2.3.4", "1.2.3.4", 80, False),
        ("[fe80::]/10", "fe80::1", 80, False),
        ("한국.kr", "xn--3e0b707e.kr", 80, False),
        ("한국.kr", "a.xn--3e0b707e.kr", 80, False),
    ],
)
def test_no_proxy_knows_ports_networks_and_names_of_all_scripts(
    listed: str, host: str, port: int, through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A star may have a port, an address has no names below it, a network may stand in brackets, a name in its own script.
    """
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", listed)
    assert (surroundings().proxy("http", host, port) is not None) is through


@pytest.mark.parametrize("transport", ["httpx", "fast"])
def test_another_event_loop_than_asyncios_is_refused_clearly(transport: Any) -> None:
    """
    Under trio, or with no event loop at all, a call says what it needs.
    """
    client = AsyncLibrary("http://x.test", circuit_breaker=False, max_retries=0, transport=transport)
    call: Any = client.books.get("b1")
    with pytest.raises(CallError, match="need an event loop of asyncio"):
        call.send(None)


@pytest.mark.parametrize(
    ("url", "through"),
    [
        ("http://a.test/x", False),
        ("https://a.test/x", True),
        ("http://a.test:443/x", True),
        ("https://b.test/x", False),
        ("http://b.test:443/x", False),
        ("http://b.test/x", True),
        ("http://[::1]:80/x", False),
    ],
)
def test_a_url_without_a_port_has_the_usual_one(url: str, through: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is exempt at port 80 or 443 is exempt where a URL of that scheme names none, for pyreqwest too.
    """
    monkeypatch.setenv("all_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "a.test:80,b.test:443,[::1]:80")
    assert (asked_proxy(url, surroundings()) is not None) is through
