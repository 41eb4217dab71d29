"""
The SDK's front door: every name loads its module when it is first asked for, so importing this costs next to nothing.

Which clients and APIs there are is for the contracts to say: each document in ``openapi/`` has its clients here, and a
module of its package's name with its models, inputs and errors (``aegis_sdk.user``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aegis_runtime import __version__
from aegis_sdk import _generated, clients

# fmt: off
if TYPE_CHECKING:
    from aegis_runtime import (  # noqa: I001 -- a line for each home
        OMIT, AsyncFastTransport, AsyncHttpxAdapter, AsyncHttpxTransport, AsyncMiddleware, AsyncPage, AsyncPager,
        AsyncTransport, Attempt, Circuit, CircuitState, DeadlineHeader, FastTransport, Headers, HttpxAdapter,
        HttpxTransport, Middleware, Omit, Page, RawResponse, Request, Response, RetryPolicy, Secret, Transport,
        TransportFailure,
    )
    from aegis_sdk import errors
    # <generated modules>
    from aegis_sdk import recommendation as recommendation
    from aegis_sdk import registry as registry
    from aegis_sdk import sens as sens
    from aegis_sdk import sms as sms
    from aegis_sdk import solapi as solapi
    from aegis_sdk import user as user
    # </generated modules>
    from aegis_sdk.business_number import BusinessNumber
    # <generated clients>
    from aegis_sdk.clients import (
        AsyncBusinessRegistryClient,
        AsyncRecommendationClient,
        AsyncSensClient,
        AsyncSmsClient,
        AsyncSolapiClient,
        AsyncUserClient,
        BusinessRegistryClient,
        RecommendationClient,
        SensClient,
        SmsClient,
        SolapiClient,
        UserClient,
    )
    # </generated clients>
    from aegis_sdk.clients._business import BusinessInfo
    from aegis_sdk.errors import AegisError, ApiError, CallError

__all__ = [
    "OMIT", "AegisError", "ApiError", "AsyncFastTransport", "AsyncHttpxAdapter", "AsyncHttpxTransport",
    "AsyncMiddleware", "AsyncPage", "AsyncPager", "AsyncTransport", "Attempt", "BusinessInfo", "BusinessNumber",
    "CallError", "Circuit", "CircuitState", "DeadlineHeader", "FastTransport", "Headers", "HttpxAdapter",
    "HttpxTransport", "Middleware", "Omit", "Page", "RawResponse", "Request", "Response", "RetryPolicy", "Secret",
    "Transport", "TransportFailure", "__version__", "errors",
]
__all__ += [
    # <generated client-names>
    "AsyncBusinessRegistryClient",
    "AsyncRecommendationClient",
    "AsyncSensClient",
    "AsyncSmsClient",
    "AsyncSolapiClient",
    "AsyncUserClient",
    "BusinessRegistryClient",
    "RecommendationClient",
    "SensClient",
    "SmsClient",
    "SolapiClient",
    "UserClient",
    # </generated client-names>
]
_HOMES = {
    "AegisError": "errors", "ApiError": "errors", "CallError": "errors",
    "BusinessInfo": "clients._business", "BusinessNumber": "business_number",
    **dict.fromkeys(clients.__all__, "clients"),
}
# fmt: on


if not TYPE_CHECKING:  # it would hide the modules of this package from type checkers

    def __getattr__(name: str) -> object:
        if name == "errors" or name in _generated.APIS:
            value: object = import_module(f"{__name__}.{name}")
        elif name in __all__:
            value = getattr(import_module(f"{__name__}.{_HOMES[name]}" if name in _HOMES else "aegis_runtime"), name)
        else:
            if not name.startswith("_"):
                import_module(f"{__name__}._seed").say_where(name)
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value
