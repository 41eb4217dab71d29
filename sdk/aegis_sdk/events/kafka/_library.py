"""
The aiokafka package, loaded when it is first needed.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from aegis_sdk.errors import ConfigurationError, MissingExtraError
from aegis_sdk.events.kafka._quiet import hold_back_secrets

__all__ = ["has_compression", "require_aiokafka", "require_aiokafka_module"]

_COMPRESSIONS = ("gzip", "snappy", "lz4", "zstd")


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


def has_compression(codec: str) -> bool:
    """
    Whether records can be compressed so.

    Raises:
        ConfigurationError: Kafka knows no such compression.
    """
    if codec not in _COMPRESSIONS:
        raise ConfigurationError(f"compression must be one of {', '.join(_COMPRESSIONS)}")
    return bool(getattr(require_aiokafka_module("codec"), f"has_{codec}")())


def _required(module: str, feature: str) -> ModuleType:
    hold_back_secrets()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name not in (None, "aiokafka"):
            raise
        raise MissingExtraError(feature, "kafka") from None
