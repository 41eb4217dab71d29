"""
How tables are created in PostgreSQL by several processes that start at the same moment.
"""

from __future__ import annotations

__all__ = ["together"]

_LOCK = 0x61656769735F6462  # aegis_db


def together(*statements: str) -> str:
    """
    One statement that runs these, which create what is missing, while nobody else does.

    ``IF NOT EXISTS`` looks first and creates then: of two that do so at once, one fails.
    """
    said = ";\n".join(statement.strip().rstrip(";") for statement in statements)
    return f"DO $together$ BEGIN PERFORM pg_advisory_xact_lock({_LOCK});\n{said};\nEND $together$"
