"""
Holds a provider to its contract: cases made from the contract, played over sockets or in process, and judged.

A verification is a list of claims about a provider, each with the exchange that shows it. Cases are made by pure
functions from contract, operation and seed; exchanges are judged by pure functions; one runner waits for sockets. It
knows the contracts and nothing of SDK or mock: whom it starts, it starts by command, as any user would.
"""

from __future__ import annotations

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
