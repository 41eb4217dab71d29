"""
The SDK's front door: every name loads its module when it is first asked for, so importing this costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegis_sdk import errors
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
    from aegis_sdk.errors import AegisError, ApiError, CallError

__all__ = [
    "OMIT", "AegisError", "ApiError", "AsyncMiddleware", "AsyncPage", "AsyncTransport", "BusinessNumber", "CallError",
    "Circuit", "CircuitState", "Middleware", "Omit", "Page", "RawResponse", "RetryPolicy", "Secret", "Transport",
    "errors",
]  # fmt: skip

_HOMES = {
    "AegisError": "errors",
    "ApiError": "errors",
    "BusinessNumber": "business_number",
    "CallError": "errors",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "errors":
        return import_module("aegis_sdk.errors")
    value: object = getattr(import_module(f"aegis_sdk.{_HOMES.get(name, '_runtime')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
