"""
A database that does not answer now, said as what it is: 503 ``service_unavailable``, and when to try again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from aegis_sdk._generated.user.problems import INTERNAL_ERROR, SERVICE_UNAVAILABLE
from aegis_sdk.provider._problem import ProblemError

__all__ = ["DatabaseUnavailableError", "answering", "committing"]

_log = logging.getLogger("aegis_sdk.provider")

# Connection, transaction rollback (deadlock, serialisation), resources, operator intervention (restart, cancel),
# system; a replica that only reads, and a lock that is held too long. Appendix A of PostgreSQL's manual.
_CLASSES: Final = frozenset({"08", "40", "53", "57", "58"})
_STATES: Final = frozenset({"25006", "25P03", "55P03"})
_GONE: Final = ("closed", "closing", "released back to the pool")
_CRASHED: Final = "57P02"
# Primary result codes: busy, locked, read-only, I/O error, full, cannot be opened.
_SQLITE: Final = frozenset({5, 6, 8, 10, 13, 14})


class DatabaseUnavailableError(ProblemError):
    """
    The database does not answer now. Nothing was done, so the request may be made again.
    """

    def __init__(self) -> None:
        super().__init__(SERVICE_UNAVAILABLE, "Try again in a moment.", retry_after=1)


@contextmanager
def answering() -> Generator[None]:
    """
    Say of a database's failure that it is unavailable, if that is what it says; what it says of a statement stays.

    Raises:
        DatabaseUnavailableError: it did not answer, or not now.
    """
    try:
        yield
    except Exception as error:
        if not _unavailable(error):
            raise
        # Its own text may hold the address, or the values of a row.
        _log.error("the database does not answer: %s", _named(error))
        raise DatabaseUnavailableError from None


@contextmanager
def committing() -> Generator[None]:
    """
    The same at a COMMIT, where a connection that breaks leaves open whether it was done.

    Raises:
        DatabaseUnavailableError: it was not done.
        ProblemError: 500 ``internal_error``: nobody knows.
    """
    try:
        yield
    except Exception as error:
        if not _unavailable(error):
            raise
        _log.error("a transaction could not be committed: %s", _named(error))
        state = getattr(error, "sqlstate", None) or "08"
        if isinstance(error, sqlite3.Error) or not (state == _CRASHED or state[:2] == "08"):
            raise DatabaseUnavailableError from None
        raise INTERNAL_ERROR.error("It is not known whether this was done; look before you try again.") from None


def _unavailable(error: Exception) -> bool:
    if isinstance(error, (OSError, TimeoutError)):
        return True
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in _SQLITE
    if type(error).__module__.partition(".")[0] != "asyncpg":
        return False
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state[:2] in _CLASSES or state in _STATES
    # What asyncpg says by itself of a connection that is gone has no state, and no class of its own.
    return type(error).__name__ == "InterfaceError" and any(one in str(error) for one in _GONE)


def _named(error: Exception) -> str:
    state = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return f"{type(error).__name__}, {state}" if state else type(error).__name__
