"""
What consumers need of a contract, and who would break when it changes.

Needs are recorded by consumers' tests and judged here; nothing is asked of a server.
"""

from __future__ import annotations

from aegis_verifier.needs._hits import with_consumers
from aegis_verifier.needs._judge import Unmet, unmet
from aegis_verifier.needs._needs import SCHEMA_FILE, EventNeed, Needs, OperationNeed, needs_of, read_needs

__all__ = [
    "SCHEMA_FILE",
    "EventNeed",
    "Needs",
    "OperationNeed",
    "Unmet",
    "needs_of",
    "read_needs",
    "unmet",
    "with_consumers",
]
