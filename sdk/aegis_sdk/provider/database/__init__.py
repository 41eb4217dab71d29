"""
A service's database, in whose transactions rows, events, mails, tokens and codes are one.

It writes no SQL for the service and maps no objects; an ORM may stand beside it, on the same tables.
"""

from __future__ import annotations

from aegis_sdk.provider.database._address import database_at
from aegis_sdk.provider.database._database import Database, DatabaseRow, Transaction
from aegis_sdk.provider.database._postgres import PostgresDatabase
from aegis_sdk.provider.database._sqlite import SqliteDatabase

__all__ = ["Database", "DatabaseRow", "PostgresDatabase", "SqliteDatabase", "Transaction", "database_at"]
