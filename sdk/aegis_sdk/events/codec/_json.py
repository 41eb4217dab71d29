"""
What may stand in a message before any schema is asked: JSON (RFC 8259) that every reader reads alike (RFC 7493).

Refused are NaN, numbers that no double can hold, keys given twice, text that is no UTF-8, lone surrogates, a byte order
mark, and messages that are too long or nested too deep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple, cast

import msgspec

from aegis_contracts._violation import Violation
from aegis_contracts.json_pointer import escape

__all__ = ["Limits", "Message", "alike", "faults_of_text", "faults_of_value", "plain", "too_deep"]

Message = bytes | bytearray | memoryview | str

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_NO_NUMBER = re.compile(rb"[-+]?(?:NaN|Infinity)\b")
_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
# Python converts no longer integers from text (sys.int_info.default_max_str_digits), and no engine need read them.
_MAX_DIGITS = 4300
_MAX_BITS = int(_MAX_DIGITS * 3.3219)

_encode = msgspec.json.Encoder().encode


class Limits(NamedTuple):
    """
    How much a message may be.

    Args:
        max_bytes: length of the whole; Kafka's own default is 1 MiB.
        max_depth: objects and arrays in one another, the event itself counted.
    """

    max_bytes: int = 1_048_576
    max_depth: int = 256


def alike(message: Any, written: bytes) -> bool:
    """
    Tell whether *message* differs from *written*, what was read of it, in white space only.

    Then no key was given twice: two texts with the same signs have the same number of keys, and reading drops one of
    two. ``False`` is no refusal: numbers and letters may be written in other ways, so *message* needs a closer look.
    """
    if message.replace(b" ", b"") == written:
        return True
    signs: bytes = message.translate(None, _SPACE)
    return signs == written.translate(None, _SPACE)


def too_deep(message: bytes, max_depth: int) -> bool:
    """
    Tell whether *message* is nested deeper than *max_depth*.
    """
    if message.count(b"{") + message.count(b"[") <= max_depth:
        return False
    depth = 0
    for token in _TOKEN.finditer(message):
        sign = message[token.start()]
        if sign in b"[{":
            depth += 1
            if depth > max_depth:
                return True
        elif sign in b"]}":
            depth -= 1
    return False


def faults_of_text(message: bytes, limits: Limits) -> tuple[Any, list[Violation]]:
    """
    Read *message* closely: its value, or everything that keeps it from being one.
    """
    if len(message) > limits.max_bytes:
        return None, [_fault("max-bytes", f"must be at most {limits.max_bytes} bytes long", "the limits of this codec")]
    if not message:
        return None, [_fault("json", "is empty")]
    if message.startswith(_BOM):
        return None, [_fault("json", "begins with a byte order mark", "RFC 8259 §8.1", "write UTF-8 without one")]
    try:
        message.decode()
    except UnicodeDecodeError as error:
        return None, [_fault("utf-8", f"is no UTF-8 at byte {error.start}", "RFC 8259 §8.1")]
    if too_deep(message, limits.max_depth):
        return None, [_deep(limits)]
    try:
        instance = msgspec.json.decode(message)
    except msgspec.DecodeError as error:
        return None, [_unreadable(message, str(error))]
    except RecursionError:
        return None, [_deep(limits)]
    if not alike(message, _encode(instance)) and (twice := list(_duplicates(message))):
        return None, twice
    return instance, []


def faults_of_value(value: Any, limits: Limits) -> list[Violation]:
    """
    Say what in a Python value is no JSON.
    """
    return list(_value_faults(value, "", limits, 1))


def plain(value: Any) -> Any:
    """
    Write any mapping, sequence or kind of text as the dict, list or str that the engine knows.
    """
    if isinstance(value, Mapping):
        members: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {str(key): plain(item) for key, item in members.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("list[Any]", value)]
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _value_faults(value: Any, pointer: str, limits: Limits, depth: int) -> Iterator[Violation]:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not _encodable(value):
            yield _fault("utf-8", "must not have lone surrogates", "RFC 8259 §8.2", pointer=pointer)
    elif isinstance(value, int):
        if value.bit_length() > _MAX_BITS:
            yield _fault("number", f"must have at most {_MAX_DIGITS} digits", "RFC 8259 §6", pointer=pointer)
    elif isinstance(value, float):
        if not isfinite(value):
            yield _fault("number", "must be a finite number", "RFC 8259 §6", pointer=pointer)
    elif isinstance(value, Mapping | list | tuple):
        if depth > limits.max_depth:
            yield _fault("max-depth", f"must be nested at most {limits.max_depth} deep", "the limits of this codec")
        elif isinstance(value, Mapping):
            yield from _object_faults(value, pointer, limits, depth)  # pyright: ignore[reportUnknownArgumentType]
        else:
            for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                yield from _value_faults(item, f"{pointer}/{index}", limits, depth + 1)
    else:
        yield _fault("json", "must be a JSON value", "RFC 8259 §3", pointer=pointer)


def _object_faults(value: Mapping[Any, Any], pointer: str, limits: Limits, depth: int) -> Iterator[Violation]:
    for key, item in value.items():
        if not isinstance(key, str) or not _encodable(key):
            yield _fault("json", "must have keys that are text", "RFC 8259 §4", pointer=pointer)
        else:
            step = escape(key)
            yield from _value_faults(item, f"{pointer}/{step}", limits, depth + 1)


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unreadable(message: bytes, reason: str) -> Violation:
    if "out of range" in reason:
        return _fault("number", "has a number that no double can hold, or with too many digits", "RFC 8259 §6")
    reason = reason.removeprefix("JSON is malformed: ")
    match = re.search(r"\(byte ([0-9]+)\)", reason)
    at = int(match[1]) if match else 0
    if _NO_NUMBER.match(message, at) or _NO_NUMBER.match(message, max(0, at - 1)):
        return _fault("number", "has NaN or Infinity, which are no JSON numbers", "RFC 8259 §6")
    if "surrogate" in reason or _lone(message):
        return _fault("utf-8", "has a lone surrogate", "RFC 8259 §8.2")
    return _fault("json", f"is no JSON: {reason[:1].lower()}{reason[1:]}")


def _lone(message: bytes) -> bool:
    try:
        json.dumps(json.loads(message), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False


def _duplicates(message: bytes) -> Iterator[Violation]:
    def walk(value: Any, pointer: str) -> Iterator[Violation]:
        if isinstance(value, _Pairs):
            keys = [key for key, _ in value.pairs]
            if len(set(keys)) != len(keys):
                yield _fault("duplicate-key", "must not have a property twice", "RFC 8259 §4", pointer=pointer)
            for key, item in value.pairs:
                yield from walk(item, f"{pointer}/{escape(key)}")
        elif isinstance(value, list):
            for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                yield from walk(item, f"{pointer}/{index}")

    yield from walk(json.loads(message, object_pairs_hook=_Pairs), "")


class _Pairs:
    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _deep(limits: Limits) -> Violation:
    return _fault("max-depth", f"must be nested at most {limits.max_depth} deep", "the limits of this codec")


def _fault(rule: str, message: str, source: str = "RFC 8259", mend: str = "", pointer: str = "") -> Violation:
    return Violation(pointer, rule, message, source, mend)
