"""
What the registry said last time, on disk: 10,000,000 businesses do not belong in memory.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from aegis_sdk.batch._cells import read_cell
from aegis_sdk.batch._errors import BatchInputError
from aegis_sdk.clients._business import BusinessVerdict

__all__ = ["FACTS", "Previous", "difference"]

FACTS = frozenset({"active", "inactive", "closed", "unregistered", "not_confirmed"})
"""What the registry says of a business; everything else says that it said nothing."""
NAMES = ("status", "tax_type", "closed_on", "confirmed")
Said = tuple[str, str, str, str]


class Previous:
    """
    The output of a batch before, by number.

    Raises:
        BatchInputError: it is no output of ours.
    """

    def __init__(self, path: Path) -> None:
        handle, name = tempfile.mkstemp(suffix=".sqlite", prefix="aegis-registry-")
        os.close(handle)
        self._file = Path(name)
        self._database = sqlite3.connect(name, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE last (number TEXT PRIMARY KEY, status TEXT, tax TEXT, closed TEXT, confirmed TEXT) "
            "WITHOUT ROWID"
        )
        try:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO last VALUES (?, ?, ?, ?, ?)", _read(path))
            self._database.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def said(self, numbers: Sequence[str]) -> dict[str, Said]:
        """
        What was said of *numbers*.
        """
        found: dict[str, Said] = {}
        for start in range(0, len(numbers), 500):
            part = numbers[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT number, status, tax, closed, confirmed FROM last WHERE number IN ({marks})"  # noqa: S608 -- question marks
            found.update({row[0]: row[1:] for row in self._database.execute(query, part)})
        return found

    def close(self) -> None:
        """
        Forget it.
        """
        self._database.close()
        self._file.unlink(missing_ok=True)


def said_now(verdict: BusinessVerdict) -> Said:
    """
    What a verdict says, as a file has it.
    """
    confirmed = "" if verdict.confirmed is None else "yes" if verdict.confirmed else "no"
    closed = verdict.closed_on.isoformat() if verdict.closed_on else ""
    return verdict.status, verdict.tax_type, closed, confirmed


def difference(before: Said, after: Said) -> dict[str, dict[str, Any]]:
    """
    What changed, by name.
    """
    pairs = zip(NAMES, before, after, strict=True)
    changed = [(name, old, new) for name, old, new in pairs if old != new]
    return {"before": {name: old for name, old, _ in changed}, "after": {name: new for name, _, new in changed}}


def _read(path: Path) -> Iterator[tuple[str, ...]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if not {"business_registration_number", "status"} <= set(reader.fieldnames or ()):
                raise BatchInputError(f"{path} is no output of this command: it has no number and status")
            for row in reader:
                if row["status"] in FACTS:
                    said = (row["business_registration_number"], *(row.get(name) or "" for name in NAMES))
                    yield tuple(map(read_cell, said))
    except (UnicodeDecodeError, csv.Error):
        raise BatchInputError(f"{path} is no output of this command") from None
    except OSError as error:
        raise BatchInputError(f"{path} cannot be read: {error.strerror}") from None
