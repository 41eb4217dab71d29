"""
The clients of the four APIs, each loaded when first asked for. Two add what only Aegis knows: the registry's manners,
and the texts of the SMS gateway.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegis_sdk._generated.recommendation.client import (
        AsyncRecommendationClient as AsyncRecommendationClient,
    )
    from aegis_sdk._generated.recommendation.client import RecommendationClient as RecommendationClient
    from aegis_sdk._generated.user.client import AsyncUserClient as AsyncUserClient
    from aegis_sdk._generated.user.client import UserClient as UserClient
    from aegis_sdk.clients._registry import AsyncBusinessRegistryClient as AsyncBusinessRegistryClient
    from aegis_sdk.clients._registry import BusinessRegistryClient as BusinessRegistryClient
    from aegis_sdk.clients._sms import AsyncSmsClient as AsyncSmsClient
    from aegis_sdk.clients._sms import SmsClient as SmsClient

_HOMES = {
    "AsyncBusinessRegistryClient": "aegis_sdk.clients._registry",
    "AsyncRecommendationClient": "aegis_sdk._generated.recommendation.client",
    "AsyncSmsClient": "aegis_sdk.clients._sms",
    "AsyncUserClient": "aegis_sdk._generated.user.client",
    "BusinessRegistryClient": "aegis_sdk.clients._registry",
    "RecommendationClient": "aegis_sdk._generated.recommendation.client",
    "SmsClient": "aegis_sdk.clients._sms",
    "UserClient": "aegis_sdk._generated.user.client",
}
__all__ = [
    "AsyncBusinessRegistryClient",
    "AsyncRecommendationClient",
    "AsyncSmsClient",
    "AsyncUserClient",
    "BusinessRegistryClient",
    "RecommendationClient",
    "SmsClient",
    "UserClient",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
