"""
The SDK's front door: every name loads its module when it is first asked for, so importing this costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegis_sdk import errors, recommendation, registry, sms, user
    from aegis_sdk._runtime import (
        OMIT,
        AsyncMiddleware,
        AsyncPage,
        AsyncTransport,
        Circuit,
        CircuitState,
        Middleware,
        Omit,
        Page,
        RawResponse,
        RetryPolicy,
        Secret,
        Transport,
    )
    from aegis_sdk.business_number import BusinessNumber
    from aegis_sdk.clients import (
        AsyncBusinessRegistryClient,
        AsyncRecommendationClient,
        AsyncSmsClient,
        AsyncUserClient,
        BusinessRegistryClient,
        RecommendationClient,
        SmsClient,
        UserClient,
    )
    from aegis_sdk.clients._business import BusinessInfo
    from aegis_sdk.errors import AegisError, ApiError, CallError

__all__ = [
    "OMIT", "AegisError", "ApiError", "AsyncBusinessRegistryClient", "AsyncMiddleware", "AsyncPage",
    "AsyncRecommendationClient", "AsyncSmsClient", "AsyncTransport", "AsyncUserClient", "BusinessInfo",
    "BusinessNumber", "BusinessRegistryClient", "CallError", "Circuit", "CircuitState", "Middleware", "Omit", "Page",
    "RawResponse", "RecommendationClient", "RetryPolicy", "Secret", "SmsClient", "Transport", "UserClient", "errors",
    "recommendation", "registry", "sms", "user",
]  # fmt: skip

_MODULES = frozenset({"errors", "recommendation", "registry", "sms", "user"})
_HOMES = {
    "AegisError": "errors",
    "ApiError": "errors",
    "AsyncBusinessRegistryClient": "clients",
    "AsyncRecommendationClient": "clients",
    "AsyncSmsClient": "clients",
    "AsyncUserClient": "clients",
    "BusinessInfo": "clients._business",
    "BusinessNumber": "business_number",
    "BusinessRegistryClient": "clients",
    "CallError": "errors",
    "RecommendationClient": "clients",
    "SmsClient": "clients",
    "UserClient": "clients",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"aegis_sdk.{name}")
    value: object = getattr(import_module(f"aegis_sdk.{_HOMES.get(name, '_runtime')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
