"""
Clients in Python: they run in this process, and no socket of it leads away from this machine.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from tests.clients.calls import Client, RefusedError

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # a wildcard address is this machine's own
_watched: list[list[str]] = []


def _hold(event: str, arguments: tuple[Any, ...]) -> None:
    """
    Refuse to look up or reach what is not this machine (an audit hook: nothing in this process gets past it).
    """
    if not _watched or event not in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        return
    wanted = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = wanted[0] if isinstance(wanted, tuple) else wanted
    text = host.decode() if isinstance(host, bytes) else str(host)
    if event != "socket.getaddrinfo" and not isinstance(wanted, tuple):
        return  # the path of a socket in the file system
    if host is not None and not text.startswith(LOOPBACK):
        _watched[-1].append(text)
        raise ConnectionRefusedError(f"{text} is not this machine")


sys.addaudithook(_hold)


class PythonCaller:
    """
    A client in this process.
    """

    def __init__(self, client: Client, url: str) -> None:
        self._left: list[str] = []
        _watched.append(self._left)
        try:
            self._calls = importlib.import_module(f"tests.clients.python.{client.module}").Calls(url)
        except BaseException:
            self.close()
            raise

    def call(self, name: str, *arguments: Any) -> Any:
        """
        Make a call.
        """
        try:
            return getattr(self._calls, name)(*arguments)
        except Exception as error:  # whatever a client raises is what its users see
            raise RefusedError(type(error).__name__, _text(error)) from error

    def left(self) -> list[str]:
        """
        Return where it wanted to go.
        """
        return list(self._left)

    def close(self) -> None:
        """
        Let this process connect as it likes again.
        """
        if self._left in _watched:
            _watched.pop()


def _text(error: Exception) -> str:
    """
    Return what a user can read of an error: its message and, where a client keeps it beside, the provider's answer.
    """
    beside = getattr(error, "body", None)
    return f"{error} {beside.decode() if isinstance(beside, bytes) else beside or ''}"
