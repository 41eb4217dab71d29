"""
A record as it lies on a topic.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Record:
    """
    One record of a topic.
    """

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @cached_property
    def event(self) -> dict[str, Any]:
        """
        The value as JSON; empty where it is no object.
        """
        try:
            found = json.loads(self.value)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """
        The event type that it says it is.
        """
        return str(self.event.get("eventType", ""))

    @property
    def aggregate(self) -> str:
        """
        Whom it is about: ``aggregateId``, else ``data.userId``, else the key.
        """
        data = self.event.get("data")
        about = self.event.get("aggregateId") or (data.get("userId") if isinstance(data, dict) else None)
        return str(about or (self.key or b"").decode("utf-8", "replace"))
