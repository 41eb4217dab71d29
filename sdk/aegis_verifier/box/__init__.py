"""
The neighbours in a box: mock APIs, Kafka and an SMTP sink for a provider that is started beside them.
"""

from __future__ import annotations

from aegis_verifier.box._box import Box, BoxError
from aegis_verifier.box._inbox import Inboxes, MockInbox
from aegis_verifier.box._sink import MailSink

__all__ = ["Box", "BoxError", "Inboxes", "MailSink", "MockInbox"]
