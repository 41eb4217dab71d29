"""
The SDK's front door: every name loads its module when it is first asked for, so importing this costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aegis_runtime import __version__

# fmt: off
if TYPE_CHECKING:
    from aegis_runtime import (  # noqa: I001 -- a line for each home
        OMIT, AsyncFastTransport, AsyncHttpxAdapter, AsyncHttpxTransport, AsyncMiddleware, AsyncPage, AsyncPager,
        AsyncTransport, Attempt, Circuit, CircuitState, DeadlineHeader, FastTransport, Headers, HttpxAdapter,
        HttpxTransport, Middleware, Omit, Page, RawResponse, Request, Response, RetryPolicy, Secret, Transport,
        TransportFailure,
    )
    from aegis_sdk import errors, recommendation, registry, sms, user
    from aegis_sdk.business_number import BusinessNumber
    from aegis_sdk.clients import (
        AsyncBusinessRegistryClient, AsyncRecommendationClient, AsyncSmsClient, AsyncUserClient,
        BusinessRegistryClient, RecommendationClient, SmsClient, UserClient,
    )
    from aegis_sdk.clients._business import BusinessInfo
    from aegis_sdk.errors import AegisError, ApiError, CallError

__all__ = [
    "OMIT", "AegisError", "ApiError", "AsyncBusinessRegistryClient", "AsyncFastTransport", "AsyncHttpxAdapter",
    "AsyncHttpxTransport", "AsyncMiddleware", "AsyncPage", "AsyncPager", "AsyncRecommendationClient",
    "AsyncSmsClient", "AsyncTransport", "AsyncUserClient", "Attempt", "BusinessInfo", "BusinessNumber",
    "BusinessRegistryClient", "CallError", "Circuit", "CircuitState", "DeadlineHeader", "FastTransport", "Headers",
    "HttpxAdapter", "HttpxTransport", "Middleware", "Omit", "Page", "RawResponse", "RecommendationClient", "Request",
    "Response", "RetryPolicy", "Secret", "SmsClient", "Transport", "TransportFailure", "UserClient", "__version__",
    "errors", "recommendation", "registry", "sms", "user",
]
_MODULES = {
    "errors": "AegisError ApiError CallError", "recommendation": "", "registry": "", "sms": "", "user": "",
    "clients": "AsyncBusinessRegistryClient AsyncRecommendationClient AsyncSmsClient AsyncUserClient"
               " BusinessRegistryClient RecommendationClient SmsClient UserClient",
    "business_number": "BusinessNumber", "clients._business": "BusinessInfo",
}
_HOMES = {name: home for home, names in _MODULES.items() for name in names.split()}
# fmt: on


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    inside = name if name in _MODULES else _HOMES.get(name)
    home = import_module(f"{__name__}.{inside}" if inside else "aegis_runtime")
    value: object = home if name in _MODULES else getattr(home, name)
    globals()[name] = value
    return value
