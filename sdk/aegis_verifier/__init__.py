"""
Holds a provider to its contract: cases made from the contract, played over sockets or in process, and judged.

A verification is a list of claims about a provider, each with the exchange that shows it. Cases are made by pure
functions from contract, operation and seed; exchanges are judged by pure functions; one runner waits for sockets. It
knows the contracts and nothing of SDK or mock: whom it starts, it starts by command, as any user would.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegis_verifier._settings import Credentials, Fixtures, Settings
    from aegis_verifier._values import Case, Exchange, Failure, Outcome, Request, Response
    from aegis_verifier.runner import (
        AsgiTransport,
        Progress,
        Run,
        SocketTransport,
        UnreachableError,
        WsgiTransport,
        contracts_of,
        run,
    )

# Its plugin is imported by every run of pytest, with or without the extra: what is behind it loads when it is used.
_HOMES = {
    "_settings": "Credentials Fixtures Settings",
    "_values": "Case Exchange Failure Outcome Request Response",
    "runner": "AsgiTransport Progress Run SocketTransport UnreachableError WsgiTransport contracts_of run",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "AsgiTransport",
    "Case",
    "Credentials",
    "Exchange",
    "Failure",
    "Fixtures",
    "Outcome",
    "Progress",
    "Request",
    "Response",
    "Run",
    "Settings",
    "SocketTransport",
    "UnreachableError",
    "WsgiTransport",
    "contracts_of",
    "run",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
