"""
What a proxy does on the way to a provider is the proxy's: no circuit of the provider counts it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from aegis_runtime import Circuit, RetryPolicy
from aegis_sdk.errors import CallError, ClientError, ConnectionFailed, ServerError, ServiceUnavailableError
from tests.unit.runtime.harness import Driver, Wire, drips, ends, hangs, replies, resets, sends


def _greets_and_stays(wire: Wire, connection: socket.socket) -> bool:
    connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")
    return hangs(wire, connection)


WAYS: dict[str, Any] = {
    "refuses": replies(502, b"no"),
    "wants a password": replies(407, b"", headers=[("proxy-authenticate", "Basic")]),
    "speaks something else": sends(b"220 mail.example.com ESMTP\r\n\r\n"),
    "speaks something else and stays": _greets_and_stays,
    "ends": ends,
    "resets": resets,
    "says nothing": hangs,
    "drips": drips(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000),
}


@pytest.mark.parametrize("behaviour", WAYS.values(), ids=WAYS.keys())
def test_a_proxy_is_not_the_provider(
    wired: Driver, wire: Callable[..., Wire], behaviour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A proxy that lets nobody through, whatever it says instead, is no failure of the provider's, and what is not safe to
    repeat is repeated, since nothing of it was sent.
    """
    proxy = wire(behaviour)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    circuit = Circuit("library@x", failures=1)
    client = wired.client(
        "https://library.test",
        timeout=2,
        connect_timeout=0.5,
        max_retries=1,
        retry=RetryPolicy(base=0.0),
        circuit_breaker=circuit,
    )
    for _ in range(2):
        with pytest.raises(CallError) as caught:
            wired.run(client.books.lend("b1"))
        assert "proxy" in str(caught.value)
    assert (circuit.state, circuit.failures) == ("closed", 0)
    assert proxy.connections >= 2


def _forwarding(wired: Driver, proxy: Wire, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[Any, Circuit]:
    monkeypatch.setenv("http_proxy", proxy.url)
    circuit = Circuit("library@x", failures=1)
    client = wired.client(
        "http://library.test",
        timeout=20,
        max_retries=1,
        retry=RetryPolicy(base=0.0),
        circuit_breaker=circuit,
        **options,
    )
    return client, circuit


NOT_HTTP = sends(b"220 mail.example.com ESMTP\r\n\r\n")
FORWARDERS: dict[str, tuple[Any, type[CallError], str]] = {
    "wants credentials": (WAYS["wants a password"], ConnectionFailed, "the proxy asks for credentials"),
    "speaks something else": (NOT_HTTP, ConnectionFailed, "through the proxy is not HTTP"),
    "has a page of its own": (replies(502, b"<p>no", "text/html"), ServerError, "came through the proxy"),
    "says nothing more": (replies(504, b"", None), ServerError, "came through the proxy"),
    "names its error": (
        replies(503, b"{}", headers=[("proxy-status", "fwd; error=destination_unavailable")]),
        ServiceUnavailableError,
        "came through the proxy",
    ),
}


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize(("behaviour", "kind", "words"), FORWARDERS.values(), ids=FORWARDERS.keys())
def test_a_proxy_that_forwards_is_not_the_provider_either(
    wired: Driver,
    wire: Callable[..., Wire],
    behaviour: Any,
    kind: type[CallError],
    words: str,
    strict: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    What a proxy on plain HTTP says in place of an answer is told as its own, counts against nobody, and lets nothing be
    repeated that is not safe to: the provider may have the request.
    """
    proxy = wire(behaviour)
    client, circuit = _forwarding(wired, proxy, monkeypatch, strict=strict)
    for attempts in (1, 2):
        with pytest.raises(kind, match=words):
            wired.run(client.books.lend("b1"))
        assert (len(proxy.seen), circuit.state, circuit.failures) == (attempts, "closed", 0)


@pytest.mark.parametrize(
    "headers", [[], [("proxy-status", "fwd; received-status=503")]], ids=["as it is", "with its way told"]
)
def test_what_a_provider_says_through_a_proxy_counts(
    wired: Driver, wire: Callable[..., Wire], headers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A provider's own trouble, forwarded by a proxy, opens its circuit as it does without one.
    """
    proxy = wire(replies(503, b'{"title": "no"}', "application/problem+json", headers))
    client, circuit = _forwarding(wired, proxy, monkeypatch)
    with pytest.raises(ServiceUnavailableError) as caught:
        wired.run(client.books.lend("b1"))
    assert "proxy" not in str(caught.value)
    assert circuit.state == "open"


def test_signs_of_a_proxy_without_one_of_ours_are_the_providers(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A provider stands behind proxies of its own: where we asked none, what they say is what the provider says.
    """
    circuit = Circuit("library@x", failures=2)
    signs = [("proxy-status", "edge; error=connection_refused"), ("proxy-authenticate", "Basic")]
    server = wire(replies(407, b"", None, signs), replies(502, b"<p>no", "text/html", signs))
    client = wired.client(server.url, max_retries=0, circuit_breaker=circuit)
    with pytest.raises(ClientError, match="407"):
        wired.run(client.books.get("b1"))
    with pytest.raises(ServerError):
        wired.run(client.books.get("b1"))
    assert circuit.failures == 1
