"""
The neighbours in a box: mock APIs, Kafka and a mail server for a provider that is started beside them.
"""

from __future__ import annotations

from aegis_verifier.box._box import Box, BoxError
from aegis_verifier.box._inbox import Inboxes, MockInbox

__all__ = ["Box", "BoxError", "Inboxes", "MockInbox"]
