"""
A batch from file to file, that can be ended at any moment and goes on where it was.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aegis_sdk.batch._asking import Asker
from aegis_sdk.batch._cells import written_cell
from aegis_sdk.batch._chunks import Chunk, chunks
from aegis_sdk.batch._errors import BatchInputError
from aegis_sdk.batch._journal import Journal, Position
from aegis_sdk.batch._pace import Pace
from aegis_sdk.batch._previous import FACTS, Previous, difference, said_now
from aegis_sdk.batch._rows import CsvRows, fingerprint
from aegis_sdk.batch._settings import BatchSettings
from aegis_sdk.batch._summary import Summary
from aegis_sdk.batch._verify import answered
from aegis_sdk.clients._business import BusinessVerdict
from aegis_sdk.clients._registry import AsyncBusinessRegistryClient

__all__ = ["HEADER", "FileSettings", "verify_file"]

HEADER = ("row", "business_registration_number", "status", "confirmed", "tax_type", "closed_on", "warning", "reason")
Told = Callable[[int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """
    What a batch reads and writes.

    Args:
        encoding: of the input, ``utf-8`` or ``cp949``; found out when left out.
        column: of the number, when it is not called ``business_registration_number``.
        previous: the output of last time, to tell what changed; when left out, what stands where the output goes.
        changes: the feed of changes, one line of JSON for each; beside the output when left out.
        restart: whether to forget what a run that did not end has done.
    """

    encoding: str | None = None
    column: str | None = None
    previous: Path | None = None
    changes: Path | None = None
    restart: bool = False


async def verify_file(
    source: Path | str,
    output: Path | str,
    client: AsyncBusinessRegistryClient,
    settings: BatchSettings | None = None,
    *,
    files: FileSettings | None = None,
    progress: Told = lambda rows, fraction: None,
) -> Summary:
    """
    Verify every business of a CSV file, into a CSV file.

    The output appears when it is whole. Until then ``<output>.part`` grows, and ``<output>.checkpoint`` tells a later
    run of the same batch where to go on.

    Args:
        progress: is told the rows that are done, and how much of the input that is.

    Raises:
        BatchInputError: a file cannot be what it is given as.
        BatchStoppedError: the registry lets nobody go on; a later run goes on from there.
    """
    settings, files = settings or BatchSettings(), files or FileSettings()
    source, output = Path(source), Path(output)
    rows = CsvRows(source, encoding=files.encoding, column=files.column)
    about = {"input": fingerprint(source), "chunk": settings.chunk, "check_digit": settings.check_digit}
    about |= {"encoding": rows.encoding, "column": files.column or "", "version": 1}
    with ExitStack() as opened:
        try:
            journal = Journal(_beside(output, "checkpoint"), about, restart=files.restart)
            opened.callback(journal.close)
            if _whole(output, journal.position):
                return _finished(output, files, journal)
            last = _last(files, output)
            previous = opened.enter_context(Previous(last)) if last else None
            feed = (files.changes or output.with_suffix(".changes.jsonl")) if previous or files.changes else None
            writer = _Writer(output, feed, previous, journal.position)
            opened.callback(writer.close)
        except OSError as error:
            raise BatchInputError(f"{error.filename or output} cannot be written: {error.strerror}") from None
        await _run(rows, client, settings, journal, writer, progress)
        writer.finish()
        journal.finish()
        return writer.summary


async def _run(
    rows: CsvRows,
    client: AsyncBusinessRegistryClient,
    settings: BatchSettings,
    journal: Journal,
    writer: _Writer,
    progress: Told,
) -> None:
    began = time.monotonic()
    earlier, asked, calls = writer.summary.seconds, writer.summary.asked, writer.summary.calls
    position = journal.position
    pace = Pace(settings, position.day, position.asked)
    asker = Asker(client, settings, pace)

    def parts() -> Iterator[Chunk]:
        for chunk in chunks(rows, settings.chunk, settings.check_digit):
            if chunk.number >= position.chunks:
                journal.restore(chunk)
                yield chunk

    whole = answered(parts(), asker, settings, journal.answered)
    async with aclosing(whole):  # type: ignore[type-var]  # it is a generator
        async for chunk in whole:
            writer.write([verdict for verdict in chunk.verdicts if verdict is not None])
            writer.summary.seconds = earlier + time.monotonic() - began
            writer.summary.calls, writer.summary.asked = calls + pace.calls, asked + pace.total
            position.chunks = chunk.number + 1
            position.output, position.feed = writer.sizes()
            position.summary, position.day, position.asked = writer.summary.as_value(), pace.day, pace.asked
            journal.written()
            progress(writer.summary.rows, rows.fraction)
            await asyncio.sleep(0)


class _Writer:
    """
    The output and the feed of changes, each as long as *position* says when a run goes on.
    """

    def __init__(self, output: Path, feed: Path | None, previous: Previous | None, position: Position) -> None:
        self._output, self._feed = output, feed
        self._previous = previous
        self.summary = Summary(**position.summary)
        self._rows = _at(_beside(output, "part"), position.output)
        self._changes = _at(_beside(feed, "part"), position.feed) if feed else None
        self._text = io.StringIO()
        self._csv = csv.writer(self._text, lineterminator="\n")
        if not position.output:
            self._csv.writerow(HEADER)

    def sizes(self) -> tuple[int, int]:
        return self._rows.tell(), self._changes.tell() if self._changes else 0

    def write(self, verdicts: list[BusinessVerdict]) -> None:
        for verdict in verdicts:
            self.summary.count(verdict)
            status, tax_type, closed, confirmed = said_now(verdict)
            warning = "" if verdict.check_digit else "check digit"
            number = verdict.business_registration_number
            said = map(written_cell, (number, status, confirmed, tax_type, closed, warning, verdict.reason))
            self._csv.writerow((verdict.index + 1, *said))
        self._rows.write(self._text.getvalue().encode("utf-8", "replace"))
        self._rows.flush()
        self._text.seek(0)
        self._text.truncate()
        if self._previous:
            self._compare(self._previous, [verdict for verdict in verdicts if verdict.status in FACTS])

    def _compare(self, previous: Previous, verdicts: list[BusinessVerdict]) -> None:
        last = previous.said(list({verdict.business_registration_number for verdict in verdicts}))
        for verdict in verdicts:
            number, now = verdict.business_registration_number, said_now(verdict)
            before = last.get(number)
            if before is None:
                self.summary.new += 1
                continue
            self.summary.compared += 1
            if before == now:
                continue
            what = f"{before[0]} → {now[0]}" if before[0] != now[0] else "other fields"
            self.summary.changed[what] = self.summary.changed.get(what, 0) + 1
            line = {"business_registration_number": number, "row": verdict.index + 1, **difference(before, now)}
            assert self._changes is not None
            self._changes.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        if self._changes:
            self._changes.flush()

    def finish(self) -> None:
        if self._text.tell():
            self._rows.write(self._text.getvalue().encode())
        self.close()
        _beside(self._output, "part").replace(self._output)
        if self._feed:
            _beside(self._feed, "part").replace(self._feed)

    def close(self) -> None:
        self._rows.close()
        if self._changes:
            self._changes.close()


def _at(path: Path, size: int) -> BinaryIO:
    stream = path.open("r+b" if path.exists() else "w+b")
    if stream.seek(0, io.SEEK_END) < size:
        stream.close()
        raise BatchInputError(f"{path} is shorter than its checkpoint says: begin anew with --restart")
    stream.truncate(size)
    stream.seek(size)
    return stream


def _whole(output: Path, position: Position) -> bool:
    """
    Whether a run before was ended between its last two breaths: the output is whole, and its checkpoint still there.
    """
    if not position.chunks or _beside(output, "part").exists() or not output.is_file():
        return False
    return output.stat().st_size == position.output


def _finished(output: Path, files: FileSettings, journal: Journal) -> Summary:
    feed = files.changes or output.with_suffix(".changes.jsonl")
    if _beside(feed, "part").exists():
        _beside(feed, "part").replace(feed)
    journal.finish()
    return Summary(**journal.position.summary)


def _last(files: FileSettings, output: Path) -> Path | None:
    return files.previous or (output if output.is_file() and output.stat().st_size else None)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")
