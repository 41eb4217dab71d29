"""
What the event models share.

Generated from schemas/; do not edit.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from time import time_ns
from typing import Any, ClassVar, NamedTuple

import msgspec


class Model(msgspec.Struct, frozen=True):
    """
    An immutable part of an event; ``repr`` hides what the contract marks as sensitive.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._shown())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> Any:
        yield from self._shown()

    def _shown(self) -> list[tuple[str, object]]:
        hidden = self.__sensitive__
        pairs = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(name, _HIDDEN if name in hidden and value is not None else value) for name, value in pairs]


class _Hidden:
    def __repr__(self) -> str:
        return "***"


_HIDDEN = _Hidden()


class ReadRule(NamedTuple):
    """
    How a tolerant reader completes a message of an older writer.

    ``absent``: a property that is not there takes ``value``, or what stands at ``origin``.
    ``naive``: a timestamp without an offset is read as UTC.
    """

    pointer: str
    kind: str
    value: Any = None
    origin: str = ""


class EventInfo(NamedTuple):
    """
    What the contract says of one event type in one version.
    """

    name: str
    version: int
    model: type[Model]
    topic: str
    key: str
    source: str
    content_type: str
    description: str
    reads: tuple[ReadRule, ...]

    @property
    def id(self) -> str:
        """
        Name and version in one word: ``UserRegistered.v1``.
        """
        return f"{self.name}.v{self.version}"


class Topic(NamedTuple):
    """
    One Kafka topic as the contract wants it.
    """

    name: str
    partitions: int
    replicas: int
    retention_ms: int | None
    configuration: dict[str, Any]
    description: str
    consumers: tuple[str, ...]


def hold_keys(event_type: str, names: Any, listed: str, **objects: Any) -> None:
    """
    Hold the property names of *objects* against the *names* that stand at the pointer *listed*: they must be the same.

    Args:
        objects: by what they are called in the event, ``__`` for each slash of their pointers.
    """
    # What is no list or no object is the schema's to refuse.
    wanted = {name for name in names if isinstance(name, str)}
    broken = [
        f"/{name.replace('__', '/')}"
        for name, given in objects.items()
        if isinstance(given, Mapping) and set(given) != wanted  # pyright: ignore[reportUnknownArgumentType]
    ]
    if broken:
        from aegis_sdk.errors import EventValidationError

        raise EventValidationError(event_type, [KeysViolation(pointer, listed) for pointer in broken])


class KeysViolation(NamedTuple):
    """
    An object that has other names than a list says (``x-write-keys``).
    """

    pointer: str
    listed: str

    @property
    def rule(self) -> str:
        return "x-write-keys"

    @property
    def message(self) -> str:
        return f"must have exactly the names that {self.listed} lists"


# Version and variant of a UUID 4, for every byte that the system may give.
_VERSION = bytes(byte & 0x0F | 0x40 for byte in range(256))
_VARIANT = bytes(byte & 0x3F | 0x80 for byte in range(256))
_DIGITS = [place for place in range(36) if place not in (8, 13, 18, 23)]
_LINE = 37
_AT_A_TIME = 128
_ids: list[str] = []
if hasattr(os, "register_at_fork"):
    # A child makes ids of its own.
    os.register_at_fork(after_in_child=_ids.clear)
_latest: tuple[int, datetime] = (0, datetime.fromtimestamp(0, UTC))


def new_id() -> str:
    """
    A new UUID version 4 in its text form (RFC 9562 §5.4). The system is asked for many at a time, which is most of
    what one costs.
    """
    try:
        return _ids.pop()
    except IndexError:
        fresh = _fresh_ids()
        found = fresh.pop()
        _ids.extend(fresh)
        return found


def _fresh_ids() -> list[str]:
    given = bytearray(os.urandom(16 * _AT_A_TIME))
    given[6::16] = given[6::16].translate(_VERSION)
    given[8::16] = given[8::16].translate(_VARIANT)
    digits = given.hex().encode()
    # All first digits at once, then all second ones: that is five times as fast as one id after another.
    lines = bytearray(b"-" * (_LINE * _AT_A_TIME))
    lines[36::_LINE] = b"\n" * _AT_A_TIME
    for number, place in enumerate(_DIGITS):
        lines[place::_LINE] = digits[number::32]
    return lines.decode().split()


def now() -> datetime:
    """
    The present in UTC, to the millisecond.
    """
    global _latest
    millisecond = time_ns() // 1_000_000
    known, moment = _latest
    if known != millisecond:
        moment = datetime.fromtimestamp(millisecond / 1000, UTC)
        _latest = (millisecond, moment)
    return moment
