"""
What the mock remembers: worlds with their stores, clocks, inboxes, events, journals and faults.
"""

from __future__ import annotations

from aegis_mockserver.world._backlog import Listener
from aegis_mockserver.world._clock import Clock
from aegis_mockserver.world._events import Event, Events, EventSink
from aegis_mockserver.world._exchange import Exchange
from aegis_mockserver.world._inbox import Inbox, Message
from aegis_mockserver.world._journal import Journal
from aegis_mockserver.world._stores import Store
from aegis_mockserver.world._world import World
from aegis_mockserver.world._worlds import Worlds
from aegis_mockserver.world.faults import Fault, Faults, read_fault

__all__ = [
    "Clock",
    "Event",
    "EventSink",
    "Events",
    "Exchange",
    "Fault",
    "Faults",
    "Inbox",
    "Journal",
    "Listener",
    "Message",
    "Store",
    "World",
    "Worlds",
    "read_fault",
]
