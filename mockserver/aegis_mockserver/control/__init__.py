"""
The control API under ``/__mock__/``: read and steer what the mock remembers.

A module with control operations is named in ``MODULES``; it is imported when the first of them is called.
"""

from __future__ import annotations

import importlib

from aegis_mockserver.control._registry import PREFIX, Call, ControlRoutes, control

MODULES = [
    "_page",
    "_description",
    "_overview",
    "_attempts",
    "_journal",
    "_live",
    "_state",
    "_history",
    "_steering",
    "_scenarios",
    "_webhooks",
]

__all__ = ["MODULES", "PREFIX", "Call", "ControlRoutes", "control", "routes"]


def routes() -> ControlRoutes:
    """
    Return all control operations.
    """
    for name in MODULES:
        importlib.import_module(f"aegis_mockserver.control.{name}")
    return control
