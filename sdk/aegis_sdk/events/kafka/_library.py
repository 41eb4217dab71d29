"""
The aiokafka package, loaded when it is first needed.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from aegis_sdk.errors import MissingExtraError
from aegis_sdk.events.kafka._quiet import hold_back_secrets

__all__ = ["require_aiokafka", "require_aiokafka_module"]


def require_aiokafka(feature: str = "Kafka") -> Any:
    """
    The aiokafka package, which carries no types.

    Raises:
        MissingExtraError: It is not installed.
    """
    return _required("aiokafka", feature)


def require_aiokafka_module(name: str, feature: str = "Kafka") -> Any:
    """
    A module of the aiokafka package, such as `errors` or `admin`.
    """
    return _required(f"aiokafka.{name}", feature)


def _required(module: str, feature: str) -> ModuleType:
    hold_back_secrets()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name not in (None, "aiokafka"):
            raise
        raise MissingExtraError(feature, "kafka") from None
