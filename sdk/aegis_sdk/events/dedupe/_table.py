"""
The table of handled events, in SQLite and in PostgreSQL.
"""

from __future__ import annotations

from aegis_sdk._databases._connections import Dialect

__all__ = ["TTL", "mark", "script", "tables"]

TTL = 30 * 86_400.0
_COLUMNS: dict[Dialect, str] = {
    "sqlite": "scope TEXT NOT NULL, event_id TEXT NOT NULL, handled_at REAL NOT NULL",
    "postgresql": "scope text NOT NULL, event_id text NOT NULL, handled_at timestamptz NOT NULL DEFAULT now()",
}
_INDEX = "CREATE INDEX IF NOT EXISTS aegis_handled_events_age ON aegis_handled_events (handled_at)"
_NOW: dict[Dialect, str] = {"sqlite": "{2}", "postgresql": "to_timestamp({2})"}


def tables(dialect: Dialect) -> tuple[str, str]:
    """
    The statements that create the table where it is missing.
    """
    end = " WITHOUT ROWID" if dialect == "sqlite" else ""
    columns = f"{_COLUMNS[dialect]}, PRIMARY KEY (scope, event_id)"
    return f"CREATE TABLE IF NOT EXISTS aegis_handled_events ({columns}){end}", _INDEX


def script(dialect: Dialect) -> str:
    """
    The same, in one text.
    """
    return ";\n".join(tables(dialect))


def mark(dialect: Dialect) -> str:
    """
    The statement that marks scope ``{0}`` and event ``{1}`` as handled at ``{2}``, unless they are marked already.
    """
    values = "{0}, {1}, " + _NOW[dialect]
    return f"INSERT INTO aegis_handled_events (scope, event_id, handled_at) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608 — values are bound
