"""
What every answer of a provider is decided by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis_contracts import Routes
from aegis_mockserver.core._scenarios import Scenarios
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.core.ports._callbacks import CallbackSender
from aegis_mockserver.core.ports._events import EventTypes
from aegis_mockserver.core.ports._machine import Machine
from aegis_mockserver.world import EventSink

Validate = Literal["strict", "report", "off"]


@dataclass(frozen=True, slots=True)
class Rules:
    """
    The operations by their places, and how requests to them are treated.
    """

    routes: Routes[CompiledOperation]
    validate: Validate
    scenarios: Scenarios
    events: EventTypes | None
    sinks: tuple[EventSink, ...]
    callbacks: CallbackSender
    cors: bool
    machine: Machine
    absent: frozenset[str] = frozenset()  # what stands for "not sent" where the contract does not allow it
    scheme: str = "http"  # by which clients reach the mock
