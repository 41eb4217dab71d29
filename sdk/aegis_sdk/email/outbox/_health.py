"""
What is seen of a mail relay: what is on its way, what was done, and whether it moves on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aegis_sdk._part_health import PartHealth

__all__ = ["MailRelayHealth", "MailRelayStats", "OnTheWay"]


@dataclass(slots=True)
class MailRelayStats:
    """
    Counts since the relay was made.

    Attributes:
        sent: mails that a server took.
        failures: attempts that did not succeed and are made again.
        parked: mails that were refused for good, or that nobody took in time.
    """

    sent: int = 0
    failures: int = 0
    parked: int = 0


@dataclass(slots=True)
class OnTheWay:
    """
    A mail that this relay hands over.

    Attributes:
        taken: the server has it, and the database is to know.
    """

    task: asyncio.Task[None]
    since: float
    taken: bool = False


@dataclass(frozen=True, slots=True)
class MailRelayHealth(PartHealth):
    """
    What a health check shows of a mail relay.

    Attributes:
        healthy: whether what waits moves on.
        reasons: why not, for people; free of values.
    """

    healthy: bool
    reasons: tuple[str, ...]
