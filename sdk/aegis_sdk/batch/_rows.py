"""
Reading businesses from CSV, line by line: what one line holds never touches the next.
"""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aegis_sdk.batch._cells import read_cell
from aegis_sdk.batch._errors import BatchInputError

__all__ = ["COLUMNS", "CsvRows", "Row"]

LINE_BYTES = 1 << 20
ROW_LINES = 100
SAMPLE = 1 << 20
# The first name is what we write and document; the others are what such files have.
COLUMNS = {
    "number": ("business_registration_number", "businessregistrationnumber", "b_no", "사업자등록번호", "사업자번호"),
    "start_date": ("start_date", "start_dt", "개업일자", "개업일"),
    "representative": ("representative_name", "representative", "p_nm", "대표자명", "대표자성명", "대표자"),
}
_CODECS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf8": "utf-8",
    "cp949": "cp949",
    "euc-kr": "cp949",
    "ms949": "cp949",
}


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """
    A business to verify. With start date and representative all three are compared (진위확인), else the state is asked.

    Args:
        number: with hyphens or without.
        start_date: such as 1969-01-13 or 19690113.
        trouble: why it could not be read; then nothing is asked.
    """

    number: str
    start_date: str = ""
    representative: str = ""
    trouble: str = ""


class CsvRows:
    """
    The rows of a CSV file, one after the other. Blank lines are none.

    Args:
        encoding: ``utf-8`` or ``cp949``; found out when left out. A byte order mark may stand in front.
        column: the column with the number, when it has a name of its own.

    Raises:
        BatchInputError: it cannot be read, or has no such column.
    """

    def __init__(self, path: Path, *, encoding: str | None = None, column: str | None = None) -> None:
        self.path = path
        try:
            self._size = path.stat().st_size
            with path.open("rb") as stream:
                sample = stream.read(SAMPLE)
        except OSError as error:
            raise BatchInputError(f"{path} cannot be read: {error.strerror}") from None
        if sample[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in sample[:4]:
            raise BatchInputError(f"{path} is UTF-16: save it as CSV in UTF-8")
        self.encoding = _codec(encoding) if encoding else _detected(sample)
        self._read = 0
        header = sample.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
        self._delimiter = max(",;\t", key=lambda sign: header.count(sign.encode()))
        with path.open("rb") as stream:
            names = self._fields(self._lines(stream))
        if names is None or isinstance(names, str):
            raise BatchInputError(f"{path} has no readable line of column names: {names or 'it is empty'}")
        self._width = len(names)
        plain = [name.strip().lower().replace(" ", "") for name in names]
        wanted = {**COLUMNS, "number": (column.strip().lower().replace(" ", ""),)} if column else COLUMNS
        places = {
            what: next((plain.index(name) for name in known if name in plain), -1) for what, known in wanted.items()
        }
        self._number, self._date, self._name = places["number"], places["start_date"], places["representative"]
        if self._number < 0:
            raise BatchInputError(f"{path} has no column {wanted['number'][0]} in its first line")

    @property
    def fraction(self) -> float:
        """
        How much of the file is read.
        """
        return self._read / self._size if self._size else 1.0

    def __iter__(self) -> Iterator[Row]:
        self._read = 0
        with self.path.open("rb", buffering=1 << 20) as stream:
            lines = self._lines(stream)
            self._fields(lines)
            while (fields := self._fields(lines)) is not None:
                yield self._row(fields)

    def _row(self, fields: list[str] | str) -> Row:
        if isinstance(fields, str):
            return Row("", trouble=fields)
        if len(fields) > self._width and any(fields[self._width :]):
            return Row("", trouble=f"the line has {len(fields)} fields where the first one has {self._width}")
        if len(fields) <= self._number:
            return Row("", trouble=f"the line has {len(fields)} of {self._width} fields, none of them the number")
        return Row(_at(fields, self._number), _at(fields, self._date), _at(fields, self._name))

    def _fields(self, lines: _Lines) -> list[str] | str | None:
        """
        The fields of the next line, why there are none, or None at the end.
        """
        while (line := lines.next()) is not None:
            if line.strip():
                break
        else:
            return None
        if len(line) >= LINE_BYTES:
            return f"the line is longer than {LINE_BYTES:,} bytes"
        try:
            text = line.decode(self.encoding)
            if '"' not in text:
                return text.rstrip("\r\n").split(self._delimiter)
            return self._quoted(text, lines)
        except UnicodeDecodeError:
            return f"the line is no text in {self.encoding}"

    def _quoted(self, text: str, lines: _Lines) -> list[str] | str:
        # A quoted field may hold line breaks. A quote that nobody closes must not swallow the rows behind it: lines
        # that do not become one row of the right width together stay rows of their own.
        taken: list[bytes] = []
        whole = text
        while whole.count('"') % 2 and len(taken) < ROW_LINES and len(whole) < LINE_BYTES:
            line = lines.next()
            if line is None:
                break
            taken.append(line)
            try:
                whole += line.decode(self.encoding)
            except UnicodeDecodeError:
                break
        try:
            fields = next(csv.reader([whole.rstrip("\r\n")], delimiter=self._delimiter, strict=True))
        except (csv.Error, StopIteration):
            fields = []
        if fields and (not taken or len(fields) == self._width):
            return fields
        lines.back(taken)
        return "the quotes of the line do not match"

    def _lines(self, stream: BinaryIO) -> _Lines:
        if stream.read(3) != b"\xef\xbb\xbf":
            stream.seek(0)
        return _Lines(stream, self)

    def passed(self, count: int) -> None:
        """
        Count bytes that were read.
        """
        self._read += count


class _Lines:
    """
    The lines of a file; some can be given back.
    """

    def __init__(self, stream: BinaryIO, rows: CsvRows) -> None:
        self._stream = stream
        self._rows = rows
        self._returned: deque[bytes] = deque()

    def next(self) -> bytes | None:
        if self._returned:
            return self._returned.popleft()
        line = self._stream.readline(LINE_BYTES)
        self._rows.passed(len(line))
        if len(line) == LINE_BYTES and not line.endswith(b"\n"):
            while (more := self._stream.readline(LINE_BYTES)) and not more.endswith(b"\n"):
                self._rows.passed(len(more))
        return line or None

    def back(self, lines: list[bytes]) -> None:
        self._returned.extendleft(reversed(lines))


def _at(fields: list[str], place: int) -> str:
    return read_cell(fields[place].strip()) if 0 <= place < len(fields) else ""


def _codec(name: str) -> str:
    codec = _CODECS.get(name.lower().replace("_", "-"))
    if codec is None:
        raise BatchInputError(f"the encoding must be one of {', '.join(sorted(_CODECS))}")
    return codec


def _detected(sample: bytes) -> str:
    """
    UTF-8 or cp949, whichever reads more of the sample's lines.
    """
    if sample.startswith(b"\xef\xbb\xbf") or sample.isascii():
        return "utf-8"
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    if len(sample) == SAMPLE:
        lines = lines[:-1] or lines  # the last one may be cut
    return "utf-8" if _readable(lines, "utf-8") >= _readable(lines, "cp949") else "cp949"


def _readable(lines: list[bytes], codec: str) -> int:
    found = 0
    for line in lines:
        try:
            line.decode(codec)
        except UnicodeDecodeError:
            continue
        found += 1
    return found


def fingerprint(path: Path) -> str:
    """
    Tell one input from another without reading all of it.
    """
    from hashlib import blake2b

    with path.open("rb") as stream:
        head = stream.read(1 << 16)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - (1 << 16)))
        return f"{size}-{blake2b(head + stream.read(1 << 16), digest_size=12).hexdigest()}"
