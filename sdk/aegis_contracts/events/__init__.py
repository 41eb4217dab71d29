"""
Event contracts: the event types of a folder of JSON Schemas and the channels of its AsyncAPI document.

Knows no event type by name: what the envelope is, what tells events apart and what is the record key is read from the
documents. Publishes and consumes nothing.
"""

from __future__ import annotations

from aegis_contracts.events._catalog import Channel, EventCatalog, EventType, nearest, unidentified
from aegis_contracts.events._examples import Example
from aegis_contracts.events._flatten import Flat, flatten
from aegis_contracts.events._lint import lint_events
from aegis_contracts.events._load import load_events
from aegis_contracts.events._quick import quick
from aegis_contracts.events._verdict import EventVerdict, look

__all__ = [
    "Channel",
    "EventCatalog",
    "EventType",
    "EventVerdict",
    "Example",
    "Flat",
    "flatten",
    "lint_events",
    "load_events",
    "look",
    "nearest",
    "quick",
    "unidentified",
]
