"""
The checkpoint of a batch: what is answered is written down at once, so that a run that is killed asks nothing twice.

One line of JSON for each chunk that was answered, whatever its turn, and one for each that was written out. A line that
is torn was never written. It holds places and states, no number of a business.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast

from aegis_sdk.batch._chunks import Chunk
from aegis_sdk.batch._errors import BatchInputError
from aegis_sdk.business_number import BusinessNumber
from aegis_sdk.clients._business import BusinessVerdict

__all__ = ["Journal", "Position"]

ROTATE = 8 << 20


@dataclass(slots=True)
class Position:
    """
    How far the output is.

    Attributes:
        chunks: written out.
        output, feed: bytes of the two files.
        summary, day, asked: what was counted so far.
    """

    chunks: int = 0
    output: int = 0
    feed: int = 0
    summary: dict[str, Any] = field(default_factory=dict[str, Any])
    day: str = ""
    asked: int = 0

    def line(self) -> dict[str, Any]:
        """
        As the journal has it.
        """
        return {"at": [self.chunks, self.output, self.feed], "sum": self.summary, "day": [self.day, self.asked]}


class Journal:
    """
    Args:
        about: what input and settings the batch has; another batch cannot go on with this one's file.

    Raises:
        BatchInputError: the file belongs to another batch, or another process writes it.
    """

    def __init__(self, path: Path, about: dict[str, Any], *, restart: bool = False) -> None:
        self._path = path
        self._about = about
        self.position = Position()
        self._known: dict[int, list[list[Any]]] = {}
        self._stream = self._opened(restart)

    def restore(self, chunk: Chunk) -> None:
        """
        Give *chunk* the verdicts that are known already.
        """
        told = self._known.get(chunk.number)
        if told is None:
            return
        for asked in (chunk.states, chunk.claims):
            for number, places in asked.items():
                formatted = BusinessNumber(number)
                for place in places:
                    status, tax, closed, confirmed, reason = told[place]
                    chunk.verdicts[place] = BusinessVerdict(
                        formatted.formatted,
                        status,
                        tax,
                        date.fromisoformat(closed) if closed else None,
                        confirmed,
                        chunk.first + place,
                        reason,
                        formatted.has_valid_check_digit,
                    )

    def answered(self, chunk: Chunk) -> None:
        """
        Write down what was answered, before its turn has come.
        """
        rows: list[list[Any]] = []
        for each in chunk.verdicts:
            assert each is not None
            closed = each.closed_on.isoformat() if each.closed_on else ""
            rows.append([each.status, each.tax_type, closed, each.confirmed, each.reason])
        self._known[chunk.number] = rows
        self._write({"chunk": chunk.number, "rows": rows})

    def written(self) -> None:
        """
        Write down how far the output is.
        """
        self._known.pop(self.position.chunks - 1, None)
        self._write(self.position.line())
        if self._stream.tell() > ROTATE:
            self._rotate()

    def finish(self) -> None:
        """
        Nothing is left to go on with.
        """
        self._path.unlink(missing_ok=True)
        self._stream.close()

    def close(self) -> None:
        """
        Leave it for a later run.
        """
        self._stream.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._stream.flush()

    def _opened(self, restart: bool) -> BinaryIO:
        stream = self._path.open("a+b")
        _lock(stream, self._path)
        stream.seek(0)
        if restart:
            stream.truncate(0)
        valid = self._read(stream)
        # A torn line at the end was never written.
        stream.truncate(valid)
        stream.seek(valid)
        self._stream = stream
        if not valid:
            self._write({"about": self._about})
        return stream

    def _read(self, stream: BinaryIO) -> int:
        valid = 0
        for line in stream:
            try:
                read: object = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                read = None
            if not isinstance(read, dict):
                break
            said = cast("dict[str, Any]", read)
            if not valid and said.get("about") != self._about:
                raise BatchInputError(
                    f"{self._path} is the checkpoint of another input or of other options: run that one to its end, "
                    "or begin anew with --restart"
                )
            self._take(said)
            valid += len(line)
        self._known = {number: rows for number, rows in self._known.items() if number >= self.position.chunks}
        return valid

    def _take(self, said: dict[str, Any]) -> None:
        if "chunk" in said:
            self._known[said["chunk"]] = said["rows"]
        elif "at" in said:
            chunks, output, feed = said["at"]
            day, asked = said["day"]
            self.position = Position(chunks, output, feed, said["sum"], day, asked)
            self._known.pop(self.position.chunks - 1, None)

    def _rotate(self) -> None:
        """
        Keep only what a later run needs.
        """
        fresh = self._path.with_name(self._path.name + ".new")
        stream = fresh.open("w+b")
        _lock(stream, fresh)
        old, self._stream = self._stream, stream
        self._write({"about": self._about})
        self._write(self.position.line())
        for number, rows in self._known.items():
            self._write({"chunk": number, "rows": rows})
        os.fsync(stream.fileno())
        fresh.replace(self._path)
        old.close()


def _lock(stream: BinaryIO, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BatchInputError(f"{path} is in use: another run of this batch goes on") from None
