"""
The mock server: answers for any OpenAPI contract, remembers what it was told, and never breaks the contract.

Reads contracts live; knows nothing of the SDK that it is tested with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aegis_mockserver._front import open_site, transport
    from aegis_mockserver._site import Site
    from aegis_mockserver.adapters.asgi import asgi_app
    from aegis_mockserver.behaviours import Behave, Behaviours
    from aegis_mockserver.core._messages import NO_BODY, Answer, ItemChange, Problem
    from aegis_mockserver.core.operations._mounts import SiteClashError
    from aegis_mockserver.world import Event, EventSink, Fault, World, Worlds
    from aegis_mockserver.world._messages import Reply, Request

_PLACES = {
    "open_site": "_front",
    "transport": "_front",
    "asgi_app": "adapters.asgi",
    "Behave": "behaviours",
    "Behaviours": "behaviours",
    "NO_BODY": "core._messages",
    "Answer": "core._messages",
    "ItemChange": "core._messages",
    "Problem": "core._messages",
    "Reply": "world._messages",
    "Request": "world._messages",
    "SiteClashError": "core.operations._mounts",
    "Site": "_site",
    "Event": "world",
    "EventSink": "world",
    "Fault": "world",
    "World": "world",
    "Worlds": "world",
}

__all__ = [
    "NO_BODY",
    "Answer",
    "Behave",
    "Behaviours",
    "Event",
    "EventSink",
    "Fault",
    "ItemChange",
    "Problem",
    "Reply",
    "Request",
    "Site",
    "SiteClashError",
    "World",
    "Worlds",
    "asgi_app",
    "open_site",
    "transport",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
