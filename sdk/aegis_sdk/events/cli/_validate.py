"""
``aegis events validate``: files of events, each event held to its contract.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from aegis_contracts import Violation
from aegis_sdk._progress import Progress
from aegis_sdk.events.cli._json import as_json
from aegis_sdk.events.codec._codec import EventCodec
from aegis_sdk.events.codec._json import Limits
from aegis_shell import CommandError

__all__ = ["validate_files"]

_FOUND = 1


class _Found(NamedTuple):
    text: bytes
    place: str
    number: int


def validate_files(files: Sequence[str], style: str, *, tolerant: bool = False, max_bytes: int | None = None) -> int:
    """
    Print every violation of every event in *files*; 1 when there is one.

    Raises:
        CommandError: a file cannot be read, or holds no event.
    """
    codec = EventCodec(limits=Limits(max_bytes=max_bytes) if max_bytes else Limits())
    invalid: list[dict[str, Any]] = []
    progress, broken = Progress("events"), 0
    try:
        for name in files:
            before = progress.done
            for event in _events(name):
                found = codec.validate(event.text, tolerant=tolerant)
                progress.step(note=f", {broken:,} invalid")
                if not found:
                    continue
                broken += 1
                if style == "text":
                    for violation in found:
                        print(f"{event.place}: {violation} [{violation.rule}]")
                else:
                    invalid.append(_entry(name, event, found))
            if progress.done == before:
                raise CommandError(f"{name} holds no event")
    finally:
        progress.close()
    if style == "json":
        print(as_json({"valid": progress.done - broken, "invalid": broken, "events": invalid}))
    else:
        events = "1 event" if progress.done == 1 else f"{progress.done:,} events"
        print(f"{events}: {progress.done - broken:,} valid, {broken:,} invalid", file=sys.stderr)
    return _FOUND if broken else 0


def _entry(name: str, event: _Found, found: list[Violation]) -> dict[str, Any]:
    return {"source": name, "number": event.number, "violations": [asdict(violation) for violation in found]}


def _events(name: str) -> Iterator[_Found]:
    """
    Find the events in a file: one, one a line, or an array of them.
    """
    if name == "-":
        yield from _split(sys.stdin.buffer, "stdin")
        return
    try:
        with Path(name).open("rb") as stream:
            yield from _split(stream, name)
    except FileNotFoundError:
        raise CommandError(f"{name} does not exist") from None
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None


def _split(stream: BinaryIO, name: str) -> Iterator[_Found]:
    skipped = 0
    first = stream.readline()
    while first and not first.strip():
        skipped += 1
        first = stream.readline()
    if not first:
        return
    if first.lstrip().startswith(b"["):
        yield from _array(first + stream.read(), name)
    elif _whole(first):
        lines = chain([first], stream)
        for number, line in enumerate(lines, 1 + skipped):
            if line.strip():
                yield _Found(line.strip(), f"{name}:{number}", number)
    else:
        yield _Found((first + stream.read()).strip(), name, 1)


def _whole(line: bytes) -> bool:
    """
    Tell whether a line is a JSON text of its own, so that the file is one of lines.
    """
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The one broken line of a file of lines still ends like an object.
        return line.rstrip().endswith(b"}") and line.count(b'"') > 2
    return True


def _array(text: bytes, name: str) -> Iterator[_Found]:
    try:
        items = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # It is no array: the violation of the whole says why.
        yield _Found(text.strip(), name, 1)
        return
    for number, item in enumerate(items):
        yield _Found(bytes(item), f"{name}#/{number}", number)
