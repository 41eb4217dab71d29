"""
How a client finds its transport: by name, one of ours, or any of httpx's, which is made one of ours.
"""

from __future__ import annotations

import os
from typing import Any, Literal, TypeAlias

from aegis_runtime.call._operation import ApiSpec
from aegis_runtime.errors import ConfigurationError
from aegis_runtime.transports._seam import AsyncTransport, HandlesAsyncRequests, HandlesRequests, Transport

__all__ = ["AsyncTransportChoice", "TransportChoice", "TransportName", "async_transport", "transport_named"]

TransportName = Literal["httpx", "fast"]
TransportChoice: TypeAlias = Transport | HandlesRequests | TransportName
AsyncTransportChoice: TypeAlias = AsyncTransport | HandlesAsyncRequests | TransportName


def transport_named(api: ApiSpec, transport: TransportChoice | None) -> Transport:
    """
    The transport that a synchronous client was given, by name or itself.

    Raises:
        ConfigurationError: it is none; how to make it one is said.
    """
    chosen = _chosen(api, transport)
    if chosen == "httpx":
        from aegis_runtime.transports._httpx import HttpxTransport

        return HttpxTransport()
    if chosen == "fast":
        from aegis_runtime.transports._fast import FastTransport

        return FastTransport()
    if not isinstance(chosen, type) and not hasattr(chosen, "build_request"):  # httpx's clients have a send() too
        if isinstance(chosen, Transport) and not isinstance(chosen, AsyncTransport):
            return chosen
        if isinstance(chosen, HandlesRequests):
            from aegis_runtime.transports._adapter import HttpxAdapter

            return HttpxAdapter(chosen)
    raise _refusal(api, transport, chosen, awaited=False)


def async_transport(api: ApiSpec, transport: AsyncTransportChoice | None) -> AsyncTransport:
    """
    The transport that an asynchronous client was given, by name or itself.

    Raises:
        ConfigurationError: it is none; how to make it one is said.
    """
    chosen = _chosen(api, transport)
    if chosen == "httpx":
        from aegis_runtime.transports._httpx_async import AsyncHttpxTransport

        return AsyncHttpxTransport()
    if chosen == "fast":
        from aegis_runtime.transports._fast import AsyncFastTransport

        return AsyncFastTransport()
    if not isinstance(chosen, type) and not hasattr(chosen, "build_request"):  # httpx's clients have a send() too
        if isinstance(chosen, AsyncTransport):
            return chosen
        if isinstance(chosen, HandlesAsyncRequests):
            from aegis_runtime.transports._adapter import AsyncHttpxAdapter

            return AsyncHttpxAdapter(chosen)
    raise _refusal(api, transport, chosen, awaited=True)


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


def _refusal(api: ApiSpec, transport: object, chosen: object, *, awaited: bool) -> ConfigurationError:
    said = "transport"
    if transport is None:
        names = [f"{prefix}_TRANSPORT" for prefix in (api.env, api.env.partition("_")[0])]
        said = next(name for name in names if os.environ.get(name))
    methods = "async send() and aclose()" if awaited else "send() and close()"
    text = f'{said} must be "httpx", "fast", an httpx transport, or an object with {methods}'
    mend = "" if isinstance(chosen, str) else _mend(chosen, awaited=awaited)
    return ConfigurationError(f"{text}{mend}")


def _mend(chosen: Any, *, awaited: bool) -> str:
    """
    Say how what was given becomes a transport, by what it looks like.
    """
    kind = "AsyncClient" if awaited else "Client"
    if isinstance(chosen, type):
        return f"; this is the class {chosen.__name__}: give an instance of it"
    if isinstance(chosen, (HandlesRequests, Transport)) and awaited:
        return "; this one does not wait: give it to the synchronous client, or take its asynchronous twin"
    if isinstance(chosen, (HandlesAsyncRequests, AsyncTransport)) and not awaited:
        return "; this one is asynchronous: give it to the asynchronous client, or take its synchronous twin"
    if hasattr(chosen, "build_request"):
        return f"; an httpx.{kind} is none: give what it was made of, such as httpx.MockTransport(handler)"
    if callable(chosen):
        framework = "httpx.ASGITransport" if awaited else "httpx.WSGITransport"
        return (
            f"; this can be called: an application becomes one by {framework}(app=…), "
            "a function of a request by httpx.MockTransport(…)"
        )
    return ""
