"""
How a client finds its provider, its credential, its circuit and its transport.
"""

from __future__ import annotations

import os
import platform
import sys
from typing import Literal
from urllib.parse import urlsplit

from aegis_sdk._runtime._build import header_value
from aegis_sdk._runtime._circuit import Circuit, shared_circuit
from aegis_sdk._runtime._clock import Clock
from aegis_sdk._runtime._link import Link
from aegis_sdk._runtime._operation import ApiSpec
from aegis_sdk._runtime._retry import RetryPolicy
from aegis_sdk._runtime._secret import Secret
from aegis_sdk._runtime._transport import AsyncTransport, Transport
from aegis_sdk._version import VERSION
from aegis_sdk.errors import ConfigurationError

__all__ = ["MAX_RESPONSE_BYTES", "TransportName", "async_transport", "link", "transport_named"]

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
TransportName = Literal["httpx", "fast"]


def link(
    api: ApiSpec,
    base_url: str | None,
    token: str | Secret | None,
    circuit_breaker: Circuit | Literal[False] | None,
    retry: RetryPolicy | None,
    auth: str | None,
    max_response_bytes: int,
    clock: Clock,
) -> Link:
    """
    Put together what a client needs to know, from arguments, then the environment, then the contract.

    Raises:
        ConfigurationError: something is missing or cannot work.
    """
    url = base_url or os.environ.get(f"{api.env}_URL") or api.server
    if not url:
        raise ConfigurationError(f"{api.client} needs base_url=… or the environment variable {api.env}_URL")
    host = _host(api, url)
    secret = Secret(token if token is not None else os.environ.get(f"{api.env}_TOKEN", ""))
    if not header_value(secret.reveal()):
        raise ConfigurationError(f"{api.client}: the token must be printable text on one line (is there a line end?)")
    if circuit_breaker is None:
        circuit_breaker = shared_circuit(api.name, host, api.circuit.failures, api.circuit.recovery)
    elif circuit_breaker is False:
        circuit_breaker = Circuit(f"{api.name}@{host}", failures=sys.maxsize)
    return Link(
        base_url=url.rstrip("/"),
        token=secret or None,
        auth=auth,
        circuit=circuit_breaker,
        retry=retry or RetryPolicy(),
        clock=clock,
        user_agent=f"aegis-integration/{VERSION} ({api.client}; Python {platform.python_version()})",
        max_response_bytes=max_response_bytes,
    )


def _host(api: ApiSpec, url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ConfigurationError(f"{api.client}: base_url must be like https://api.example.com, without ? or #")
    if parts.username is not None:
        raise ConfigurationError(f"{api.client}: base_url must not hold a credential; give it as token=…")
    return f"{host}:{port or (443 if parts.scheme == 'https' else 80)}"


def _chosen(transport: object) -> object:
    return os.environ.get("AEGIS_TRANSPORT", "httpx") if transport is None else transport


def transport_named(transport: Transport | TransportName | None) -> Transport:
    """
    The transport that a synchronous client was given, by name or itself.
    """
    chosen = _chosen(transport)
    if chosen == "httpx":
        from aegis_sdk._runtime._httpx import HttpxTransport

        return HttpxTransport()
    if chosen == "fast":
        from aegis_sdk._runtime._fast import FastTransport

        return FastTransport()
    if isinstance(chosen, Transport) and not isinstance(chosen, AsyncTransport):
        return chosen
    raise ConfigurationError('transport must be "httpx", "fast", or an object with send() and close()')


def async_transport(transport: AsyncTransport | TransportName | None) -> AsyncTransport:
    """
    The transport that an asynchronous client was given, by name or itself.
    """
    chosen = _chosen(transport)
    if chosen == "httpx":
        from aegis_sdk._runtime._httpx_async import AsyncHttpxTransport

        return AsyncHttpxTransport()
    if chosen == "fast":
        from aegis_sdk._runtime._fast import AsyncFastTransport

        return AsyncFastTransport()
    if isinstance(chosen, AsyncTransport):
        return chosen
    raise ConfigurationError('transport must be "httpx", "fast", or an object with async send() and aclose()')
