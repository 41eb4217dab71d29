"""
From an address to the database there.
"""

from __future__ import annotations

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider.database._database import Database


def database_at(address: str) -> Database:
    """
    The database at ``sqlite:service.db`` or ``postgresql://user@host/name``; it is not opened yet.
    """
    kind, mark, place = address.partition(":")
    if mark and kind == "sqlite" and place.strip("/"):
        from aegis_sdk.provider.database._sqlite import SqliteDatabase

        return SqliteDatabase(place.removeprefix("//"))
    if mark and kind in {"postgresql", "postgres"}:
        from aegis_sdk.provider.database._postgres import PostgresDatabase

        return PostgresDatabase(address)
    raise ConfigurationError("a database address begins with sqlite: or postgresql: (value hidden)")
