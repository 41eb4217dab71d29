"""
The clients of all APIs, each loaded when first asked for. Two add what only Aegis knows: the registry's manners, and
the texts of the SMS gateway; they stand in place of the generated ones that they derive from.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # <generated client-types>
    from aegis_sdk._generated.recommendation.client import AsyncRecommendationClient as AsyncRecommendationClient
    from aegis_sdk._generated.recommendation.client import RecommendationClient as RecommendationClient
    from aegis_sdk._generated.sens.client import AsyncSensClient as AsyncSensClient
    from aegis_sdk._generated.sens.client import SensClient as SensClient
    from aegis_sdk._generated.solapi.client import AsyncSolapiClient as AsyncSolapiClient
    from aegis_sdk._generated.solapi.client import SolapiClient as SolapiClient
    from aegis_sdk._generated.user.client import AsyncUserClient as AsyncUserClient
    from aegis_sdk._generated.user.client import UserClient as UserClient

    # </generated client-types>
    from aegis_sdk.clients._registry import (
        AsyncBusinessRegistryClient as AsyncBusinessRegistryClient,
    )
    from aegis_sdk.clients._registry import BusinessRegistryClient as BusinessRegistryClient
    from aegis_sdk.clients._sms import AsyncSmsClient as AsyncSmsClient
    from aegis_sdk.clients._sms import SmsClient as SmsClient

_HOMES = {
    "AsyncBusinessRegistryClient": "aegis_sdk.clients._registry",
    "AsyncSmsClient": "aegis_sdk.clients._sms",
    "BusinessRegistryClient": "aegis_sdk.clients._registry",
    "SmsClient": "aegis_sdk.clients._sms",
    # <generated client-homes>
    "AsyncRecommendationClient": "aegis_sdk._generated.recommendation.client",
    "AsyncSensClient": "aegis_sdk._generated.sens.client",
    "AsyncSolapiClient": "aegis_sdk._generated.solapi.client",
    "AsyncUserClient": "aegis_sdk._generated.user.client",
    "RecommendationClient": "aegis_sdk._generated.recommendation.client",
    "SensClient": "aegis_sdk._generated.sens.client",
    "SolapiClient": "aegis_sdk._generated.solapi.client",
    "UserClient": "aegis_sdk._generated.user.client",
    # </generated client-homes>
}
__all__ = [
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


if not TYPE_CHECKING:  # it would hide the modules of this package from type checkers

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
