"""
Ports for programs that must be told one before they listen.
"""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """
    A port that nobody listens on, below those that a system hands out: no connection of another test takes it first.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as asking, suppress(OSError):
            asking.bind(("127.0.0.1", port))
            return port
