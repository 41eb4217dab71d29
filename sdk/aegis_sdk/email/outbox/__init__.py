"""
The mail outbox: mails written in a service's own database transaction, handed to a mail server afterwards.

``SqliteMailOutbox`` and ``PostgresMailOutbox`` write; ``MailRelay`` hands over. What exactly is guaranteed stands with
the relay.
"""

from __future__ import annotations

from aegis_sdk.email.outbox._health import MailRelayHealth, MailRelayStats
from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail
from aegis_sdk.email.outbox._postgres import PostgresMailOutbox, PostgresMailStore
from aegis_sdk.email.outbox._relay import MailRelay
from aegis_sdk.email.outbox._sqlite import SqliteMailOutbox, SqliteMailStore
from aegis_sdk.email.outbox._store import MailStore

__all__ = [
    "MailBacklog",
    "MailRelay",
    "MailRelayHealth",
    "MailRelayStats",
    "MailStore",
    "PostgresMailOutbox",
    "PostgresMailStore",
    "QueuedMail",
    "SqliteMailOutbox",
    "SqliteMailStore",
]
