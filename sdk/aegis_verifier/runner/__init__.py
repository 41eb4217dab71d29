"""
Plays cases: over a socket, or against an ASGI or WSGI application in this process. The only room that waits.
"""

from __future__ import annotations

from aegis_verifier.runner._asgi import AsgiTransport
from aegis_verifier.runner._play import Player, wait
from aegis_verifier.runner._run import Progress, Run, contracts_of, run
from aegis_verifier.runner._socket import SocketTransport, UnreachableError
from aegis_verifier.runner._transport import Transport
from aegis_verifier.runner._wsgi import WsgiTransport

__all__ = [
    "AsgiTransport",
    "Player",
    "Progress",
    "Run",
    "SocketTransport",
    "Transport",
    "UnreachableError",
    "WsgiTransport",
    "contracts_of",
    "run",
    "wait",
]
