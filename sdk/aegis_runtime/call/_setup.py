"""
How a client finds its provider, its credential, its circuit and its transport.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
from typing import Literal
from urllib.parse import urlsplit

from aegis_runtime._secret import Secret
from aegis_runtime._version import VERSION
from aegis_runtime.call._operation import ApiSpec
from aegis_runtime.call._settings import Settings
from aegis_runtime.call._styles import header_value
from aegis_runtime.errors import ConfigurationError
from aegis_runtime.resilience._circuit import Circuit, shared_circuit
from aegis_runtime.resilience._clock import Clock
from aegis_runtime.resilience._retry import RetryPolicy
from aegis_runtime.transports._seam import AsyncTransport, Transport

__all__ = ["MAX_RESPONSE_BYTES", "TransportName", "async_transport", "settings_of", "transport_named"]

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
TransportName = Literal["httpx", "fast"]


def settings_of(
    api: ApiSpec,
    base_url: str | None,
    token: str | Secret | None,
    circuit_breaker: Circuit | Literal[False] | None,
    retry: RetryPolicy | None,
    auth: str | None,
    max_response_bytes: int,
    clock: Clock,
) -> Settings:
    """
    Put together what a client needs to know, from arguments, then the environment, then the contract.

    Raises:
        ConfigurationError: something is missing or cannot work.
    """
    logger = logging.getLogger(api.package)
    url = base_url or os.environ.get(f"{api.env}_URL") or api.server
    if not url:
        raise ConfigurationError(f"{api.client} needs base_url=… or the environment variable {api.env}_URL")
    host = _host(api, url)
    secret = Secret(token if token is not None else os.environ.get(f"{api.env}_TOKEN", ""))
    if not header_value(secret.reveal()):
        raise ConfigurationError(f"{api.client}: the token must be printable text on one line (is there a line end?)")
    if circuit_breaker is None:
        circuit_breaker = shared_circuit(api.name, host, api.circuit.failures, api.circuit.recovery, logger)
    elif circuit_breaker is False:
        circuit_breaker = Circuit(f"{api.name}@{host}", failures=sys.maxsize, logger=logger)
    return Settings(
        base_url=url.rstrip("/"),
        token=secret or None,
        auth=auth,
        circuit=circuit_breaker,
        retry=retry or RetryPolicy(),
        clock=clock,
        user_agent=f"aegis-integration/{VERSION} ({api.client}; Python {platform.python_version()})",
        logger=logger,
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


def _chosen(api: ApiSpec, transport: object) -> object:
    """
    *transport*, or what the environment names: for this API, or for all whose prefix begins with the same word.
    """
    if transport is not None:
        return transport
    for prefix in (api.env, api.env.partition("_")[0]):
        if named := os.environ.get(f"{prefix}_TRANSPORT"):
            return named
    return "httpx"


def transport_named(api: ApiSpec, transport: Transport | TransportName | None) -> Transport:
    """
    The transport that a synchronous client was given, by name or itself.
    """
    chosen = _chosen(api, transport)
    if chosen == "httpx":
        from aegis_runtime.transports._httpx import HttpxTransport

        return HttpxTransport()
    if chosen == "fast":
        from aegis_runtime.transports._fast import FastTransport

        return FastTransport()
    if isinstance(chosen, Transport) and not isinstance(chosen, AsyncTransport):
        return chosen
    raise ConfigurationError('transport must be "httpx", "fast", or an object with send() and close()')


def async_transport(api: ApiSpec, transport: AsyncTransport | TransportName | None) -> AsyncTransport:
    """
    The transport that an asynchronous client was given, by name or itself.
    """
    chosen = _chosen(api, transport)
    if chosen == "httpx":
        from aegis_runtime.transports._httpx_async import AsyncHttpxTransport

        return AsyncHttpxTransport()
    if chosen == "fast":
        from aegis_runtime.transports._fast import AsyncFastTransport

        return AsyncFastTransport()
    if isinstance(chosen, AsyncTransport):
        return chosen
    raise ConfigurationError('transport must be "httpx", "fast", or an object with async send() and aclose()')
