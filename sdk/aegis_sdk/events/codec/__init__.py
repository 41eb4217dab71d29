"""
From bytes to typed events and back, decided by the contract's schemas. It knows no Kafka.
"""

from __future__ import annotations

from aegis_sdk.events.codec._codec import EventCodec, Route, encode, new, parse, route, upcaster, validate
from aegis_sdk.events.codec._errors import LaterVersionError, UnknownEventTypeError, UpcastError
from aegis_sdk.events.codec._json import Limits

__all__ = [
    "EventCodec",
    "LaterVersionError",
    "Limits",
    "Route",
    "UnknownEventTypeError",
    "UpcastError",
    "encode",
    "new",
    "parse",
    "route",
    "upcaster",
    "validate",
]
