"""
What happened in a test: exchanges, events and messages, to be found and verified.

A verification that fails says what was near.
"""

from __future__ import annotations

from aegis_testing.books._events import EventBook, SeenEvent
from aegis_testing.books._inbox import Inbox, SeenMessage
from aegis_testing.books._journal import Journal, SeenExchange

__all__ = ["EventBook", "Inbox", "Journal", "SeenEvent", "SeenExchange", "SeenMessage"]
