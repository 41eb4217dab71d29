"""
The control API under ``/__mock__/``: read and steer what the mock remembers.

A module with control operations is named in ``MODULES``; it is imported when the first of them is called.
"""

from __future__ import annotations

import importlib

from aegis_mockserver.control._guard import Guard
from aegis_mockserver.control._routes import Call, ControlRoutes, control

MODULES = [
    "_page",
    "_description",
    "_overview",
    "requests._attempts",
    "journal._exchanges",
    "journal._live",
    "state._stores",
    "state._inbox",
    "state._events",
    "steering._steering",
    "steering._scenarios",
    "steering._webhooks",
]

__all__ = ["MODULES", "Call", "ControlRoutes", "Guard", "control", "routes"]


def routes() -> ControlRoutes:
    """
    Return all control operations.
    """
    for name in MODULES:
        importlib.import_module(f"aegis_mockserver.control.{name}")
    return control
