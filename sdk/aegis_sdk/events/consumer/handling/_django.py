"""
Django's connections in a consumer: let go of around each call of a handler, as Django does around each request.

A consumer serves no requests, so nobody else does it: a connection that PostgreSQL has closed would fail one handler
after the other.
"""

from __future__ import annotations

import asyncio
import math
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final, TypeVar

__all__ = ["for_loop", "for_thread"]

_R = TypeVar("_R")
# A connection that stood for so many seconds is asked whether it still works; one in use is known to.
_STOOD: Final = 1.0
_thread = threading.local()


def for_thread(function: Callable[..., _R]) -> Callable[..., _R]:
    """
    A plain handler with connections that work, where the application uses Django.
    """
    if "django" not in sys.modules:
        return function

    def call(*args: Any) -> _R:
        _refresh(ask=time.monotonic() - getattr(_thread, "used", -math.inf) > _STOOD)
        try:
            return function(*args)
        finally:
            _refresh(ask=False)
            _thread.used = time.monotonic()

    return call


def for_loop(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """
    The same for a coroutine function, whose queries Django makes in a thread that all of them share.
    """
    if "django" not in sys.modules:
        return function
    refresh: Callable[..., Awaitable[None]] = import_module("asgiref.sync").sync_to_async(_refresh)
    used = -math.inf
    refreshing: asyncio.Future[None] | None = None

    def refreshed(done: asyncio.Future[None]) -> None:
        nonlocal used, refreshing
        refreshing = None
        used = -math.inf if done.cancelled() or done.exception() is not None else time.monotonic()

    async def call(*args: Any) -> Any:
        nonlocal used, refreshing
        if refreshing is not None and refreshing.get_loop() is not asyncio.get_running_loop():
            refreshing = None  # whoever began it has ended with its loop
        if refreshing is None and time.monotonic() - used > _STOOD:
            refreshing = asyncio.ensure_future(refresh(ask=True))
            refreshing.add_done_callback(refreshed)
        if refreshing is not None:
            # Whoever comes meanwhile waits too, and goes on behind those who came before.
            await asyncio.shield(refreshing)
        try:
            return await function(*args)
        except Exception:
            used = -math.inf
            raise

    return call


def _refresh(*, ask: bool) -> None:
    if not import_module("django.conf").settings.configured:
        return
    for connection in import_module("django.db").connections.all(initialized_only=True):
        # A test that wraps all in a transaction keeps its connection.
        if connection.in_atomic_block:
            continue
        connection.close_if_unusable_or_obsolete()
        if ask and connection.connection is not None and not connection.is_usable():
            connection.close()
