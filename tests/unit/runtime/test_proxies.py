"""
What a proxy does on the way to a provider is the proxy's: no circuit of the provider counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aegis_runtime import Circuit, RetryPolicy
from aegis_sdk.errors import CallError
from tests.unit.runtime.harness import Driver, Wire, drips, ends, hangs, replies, resets, sends

WAYS: dict[str, Any] = {
    "refuses": replies(502, b"no"),
    "wants a password": replies(407, b"", headers=[("proxy-authenticate", "Basic")]),
    "speaks something else": sends(b"220 mail.example.com ESMTP\r\n\r\n"),
    "speaks something else and stays": lambda wire, connection: (
        connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n") or hangs(wire, connection)
    ),
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
