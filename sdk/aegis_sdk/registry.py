"""
The Business Registry: its client, models, inputs, errors, and what ``verify`` answers.
"""

from __future__ import annotations

from aegis_sdk._generated import registry as _generated
from aegis_sdk._generated.registry import *  # noqa: F403 -- the contract decides which names there are
from aegis_sdk.clients import AsyncBusinessRegistryClient, BusinessRegistryClient  # type: ignore[assignment]  # in place of their bases
from aegis_sdk.clients._business import (
    BusinessInfo,
    BusinessNotConfirmedError,
    BusinessNotRegisteredError,
    BusinessVerdict,
)

__all__ = [
    "AsyncBusinessRegistryClient",
    "BusinessInfo",
    "BusinessNotConfirmedError",
    "BusinessNotRegisteredError",
    "BusinessRegistryClient",
    "BusinessVerdict",
]
__all__ += _generated.__all__
