"""
How a call is made: everything that generated clients stand on, for any contract of anybody's.

``errors`` and ``models`` are modules of their own (``from aegis_runtime.models import ResponseModel``). Every name
loads its module when it is first asked for, so importing this costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aegis_runtime._version import VERSION

# fmt: off
if TYPE_CHECKING:
    from aegis_runtime import errors, models
    from aegis_runtime._discreet import discreet
    from aegis_runtime._omit import OMIT, Omit, given
    from aegis_runtime._secret import Secret, concealed
    from aegis_runtime.call._middleware import AsyncMiddleware, Attempt, DeadlineHeader, Middleware
    from aegis_runtime.call._operation import (
        ApiSpec,
        BodySpec,
        CircuitSpec,
        OperationSpec,
        PageSpec,
        ParameterSpec,
        ResponseSpec,
        SecurityScheme,
    )
    from aegis_runtime.call._paging import AsyncPage, AsyncPager, Page
    from aegis_runtime.call._raw import RawResponse, raw_response, raw_response_async
    from aegis_runtime.client._client import SyncClient
    from aegis_runtime.client._client_async import AsyncClient
    from aegis_runtime.client._resource import AsyncResource, SyncResource
    from aegis_runtime.content._check import Check
    from aegis_runtime.content._decode import BytesDecoder, JsonDecoder, TextDecoder
    from aegis_runtime.content._encode import BytesEncoder, JsonEncoder
    from aegis_runtime.resilience._circuit import Circuit, CircuitState
    from aegis_runtime.resilience._clock import Clock
    from aegis_runtime.resilience._retry import RetryPolicy
    from aegis_runtime.transports._adapter import AsyncHttpxAdapter, HttpxAdapter
    from aegis_runtime.transports._fast import AsyncFastTransport, FastTransport
    from aegis_runtime.transports._httpx import HttpxTransport
    from aegis_runtime.transports._httpx_async import AsyncHttpxTransport
    from aegis_runtime.transports._seam import (
        AsyncTransport,
        Headers,
        Request,
        Response,
        Transport,
        TransportFailure,
    )

__version__ = VERSION
__all__ = [
    "OMIT", "ApiSpec", "AsyncClient", "AsyncFastTransport", "AsyncHttpxAdapter", "AsyncHttpxTransport",
    "AsyncMiddleware", "AsyncPage", "AsyncPager", "AsyncResource", "AsyncTransport", "Attempt", "BodySpec",
    "BytesDecoder", "BytesEncoder", "Check", "Circuit", "CircuitSpec", "CircuitState", "Clock", "DeadlineHeader",
    "FastTransport", "Headers", "HttpxAdapter", "HttpxTransport", "JsonDecoder", "JsonEncoder", "Middleware", "Omit",
    "OperationSpec", "Page", "PageSpec", "ParameterSpec", "RawResponse", "Request", "Response", "ResponseSpec",
    "RetryPolicy", "Secret", "SecurityScheme", "SyncClient", "SyncResource", "TextDecoder", "Transport",
    "TransportFailure", "__version__", "concealed", "discreet", "errors", "given", "models", "raw_response",
    "raw_response_async",
]
_MODULES = {
    "errors": "", "models": "",
    "_discreet": "discreet", "_omit": "OMIT Omit given", "_secret": "Secret concealed",
    "client._client": "SyncClient", "client._client_async": "AsyncClient",
    "call._middleware": "AsyncMiddleware Attempt DeadlineHeader Middleware",
    "call._operation": "ApiSpec BodySpec CircuitSpec OperationSpec PageSpec ParameterSpec ResponseSpec SecurityScheme",
    "call._paging": "AsyncPage AsyncPager Page", "call._raw": "RawResponse raw_response raw_response_async",
    "client._resource": "AsyncResource SyncResource",
    "content._check": "Check", "content._decode": "BytesDecoder JsonDecoder TextDecoder",
    "content._encode": "BytesEncoder JsonEncoder",
    "resilience._circuit": "Circuit CircuitState", "resilience._clock": "Clock", "resilience._retry": "RetryPolicy",
    "transports._adapter": "AsyncHttpxAdapter HttpxAdapter", "transports._fast": "AsyncFastTransport FastTransport",
    "transports._httpx": "HttpxTransport", "transports._httpx_async": "AsyncHttpxTransport",
    "transports._seam": "AsyncTransport Headers Request Response Transport TransportFailure",
}
_HOMES = {name: home for home, names in _MODULES.items() for name in names.split()}
# fmt: on


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, name)}")
    value: object = getattr(home, name) if name in _HOMES else home
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
