"""
What was generated from the contracts, as data: the table of event types, the schemas, and where their rules stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from pkgutil import get_data
from typing import TYPE_CHECKING, Any, cast

from aegis_contracts._verdict import Verdict
from aegis_contracts.events import EventVerdict, quick

if TYPE_CHECKING:
    from aegis_sdk._generated.events import EventInfo

__all__ = ["Generated"]


class Generated:
    """
    One generated package; its schemas are read when they are first asked for.
    """

    def __init__(self, package: str) -> None:
        module = import_module(package)
        self._package = package
        self._verdicts: dict[str, EventVerdict] = {}
        self.event_types: tuple[EventInfo, ...] = module.EVENT_TYPES
        self.discriminator: str = module.DISCRIMINATOR
        self.version: str = module.VERSION

    def schema(self, event_id: str) -> dict[str, Any]:
        """
        The schema of ``UserRegistered.v1`` as it is judged: flattened, without prose.
        """
        return cast("dict[str, Any]", self._schemas[event_id])

    def quick(self, event_id: str) -> Callable[[Any], bool]:
        """
        A faster ``is_valid`` that admits nothing more; what it refuses may still be valid.
        """
        return Verdict(quick(self.schema(event_id))).is_valid

    def verdict(self, event_id: str) -> EventVerdict:
        """
        The compiled schema.
        """
        if event_id not in self._verdicts:
            self._verdicts[event_id] = EventVerdict(self.schema(event_id), lambda: self._sources[event_id])
        return self._verdicts[event_id]

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        return self._read("schemas.json")

    @cached_property
    def _sources(self) -> dict[str, Any]:
        return self._read("sources.json")

    def _read(self, name: str) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(get_data(self._package, name) or b"{}"))
