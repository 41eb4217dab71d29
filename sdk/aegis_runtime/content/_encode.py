"""
From a request body's values to bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol, cast

from aegis_runtime._omit import OMIT
from aegis_runtime.content._reference import Reference, Referenced
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import SchemaViolation

__all__ = ["BytesEncoder", "Encoder", "JsonEncoder"]


class Encoder(Protocol):
    """
    Writes a body.

    Raises:
        Violations: it breaks the contract.
    """

    def __call__(self, value: object, /) -> bytes: ...


_REPLACED = "\ufffd".encode()


def _refuse_unwritable(value: object) -> None:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            each.encode()
        elif isinstance(each, float):
            if not math.isfinite(each):
                raise ValueError("no JSON number")
        elif isinstance(each, Mapping):
            members = cast("Mapping[object, object]", each)
            waiting.extend(members)
            waiting.extend(members.values())
        elif isinstance(each, (list, tuple)):
            waiting.extend(cast("list[object]", each))


class JsonEncoder:
    """
    Writes JSON after checking it against the type that *reference* names.

    The value is an instance, or a mapping by property names, whose ``OMIT`` members are left out and whose ``None``
    is null.
    """

    def __init__(self, reference: Reference) -> None:
        self._type: Referenced[Any] = Referenced(reference)

    def __call__(self, value: object, /) -> bytes:
        adapter = self._type.adapter
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            value = {name: member for name, member in members.items() if member is not OMIT}
        try:
            checked = adapter.validator.validate_python(value)
            written = adapter.serializer.to_json(checked, by_alias=True, exclude_unset=True)
            # Where the contract allows anything, pydantic writes what JSON cannot hold as something else: infinity as
            # null, half a character in a name as a replacement.
            if b"null" in written or _REPLACED in written:
                _refuse_unwritable(checked)
        except ValueError as error:
            found = self._type.violations(error, "/body")
        else:
            return written
        raise found or Violations([SchemaViolation("/body", "json", "must be writable as JSON")])


class BytesEncoder:
    """
    Sends bytes as they are, and text in UTF-8.
    """

    __slots__ = ()

    def __call__(self, value: object, /) -> bytes:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(cast("bytes", value))
        raise Violations([SchemaViolation("/body", "type", "must be bytes or text")])
