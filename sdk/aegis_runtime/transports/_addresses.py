"""
Connecting to a host that has several addresses (RFC 8305): families by turns, the next one a moment after the last, and
the first that answers is taken. asyncio does so by itself; this is for those who wait.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import Any

from aegis_runtime.transports._aside import Shared
from aegis_runtime.transports._failures import LOCAL

__all__ = ["connect", "interleaved"]

DELAY = 0.25
"""Seconds before the next address is tried beside the last (RFC 8305 §5)."""
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, getattr(errno, "WSAEWOULDBLOCK", 0)})
Address = tuple[int, Any]
_lookups: Shared[list[Any]] = Shared()


def interleaved(found: Iterable[Address]) -> list[Address]:
    """
    Addresses with their families by turns (RFC 8305 §4), in the resolver's order otherwise, and each once.
    """
    families: dict[int, list[Address]] = {}
    for family, address in dict.fromkeys(found):
        families.setdefault(family, []).append((family, address))
    return [each for each in chain.from_iterable(zip_longest(*families.values())) if each is not None]


def connect(host: str, port: int, until: float) -> socket.socket:
    """
    A blocking socket to *host*, connected before the monotonic time *until*.

    Raises:
        TimeoutError: no address answered in time.
        OSError: every address refused, or there is none.
    """
    waiting = interleaved((entry[0], entry[4]) for entry in _resolved(host, port, until))
    failure: OSError | None = None
    opened: list[socket.socket] = []
    with selectors.DefaultSelector() as selector:
        try:
            following = time.monotonic()
            while waiting or opened:
                now = time.monotonic()
                if now >= until:
                    raise TimeoutError("no address answered in time")
                if waiting and (now >= following or not opened):
                    made, error = _begin(waiting.pop(0))
                    failure = _telling(failure, error)
                    if made is not None:
                        opened.append(made)
                        selector.register(made, selectors.EVENT_WRITE)
                        following = now + DELAY
                    continue
                left = until - now
                for key, _ in selector.select(min(left, following - now) if waiting else left):
                    ready: socket.socket = key.fileobj  # type: ignore[assignment]  # we registered sockets
                    selector.unregister(ready)
                    opened.remove(ready)
                    code = ready.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not code:
                        ready.setblocking(True)
                        return ready
                    ready.close()
                    failure = _telling(failure, OSError(code, errno.errorcode.get(code, "connect")))
        finally:
            for other in opened:
                other.close()
    raise failure or OSError("the host has no address")


def _resolved(host: str, port: int, until: float) -> list[Any]:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # The system's resolver knows no deadline, so it is waited for from outside.
    return _lookups.wait((host, port), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), until)


def _telling(before: OSError | None, now: OSError | None) -> OSError | None:
    # What one address answered tells more than that another cannot be reached from here.
    if now is None or (before is not None and now.errno in LOCAL):
        return before
    return now


def _begin(address: Address) -> tuple[socket.socket | None, OSError | None]:
    family, place = address
    made: socket.socket | None = None
    try:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        code = made.connect_ex(place)
        if code not in _UNDER_WAY:
            raise OSError(code, errno.errorcode.get(code, "connect"))
    except OSError as error:
        if made is not None:
            with contextlib.suppress(OSError):
                made.close()
        return None, error
    return made, None
