"""
From a request body's values to bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from aegis_sdk._runtime._decode import Reference, resolve
from aegis_sdk._runtime._omit import OMIT
from aegis_sdk._runtime._violations import Fault, Violations, known_names, violations_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["BytesEncoder", "Encoder", "JsonEncoder"]


class Encoder(Protocol):
    """
    Writes a body.

    Raises:
        Violations: it breaks the contract.
    """

    def __call__(self, value: object, /) -> bytes: ...


class JsonEncoder:
    """
    Writes JSON after checking it against the type that *reference* names.

    The value is an instance, or a mapping by property names, whose ``OMIT`` members are left out and whose ``None``
    is null.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._adapter: TypeAdapter[Any] | None = None

    def __call__(self, value: object, /) -> bytes:
        adapter = self._adapter or self._build()
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            value = {name: member for name, member in members.items() if member is not OMIT}
        try:
            checked = adapter.validator.validate_python(value)
            return adapter.serializer.to_json(checked, by_alias=True, exclude_unset=True)
        except ValueError as error:
            fault = self._fault(error)
        raise fault

    def _build(self) -> TypeAdapter[Any]:
        from pydantic import TypeAdapter

        adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", resolve(self._reference)))
        self._adapter = adapter
        return adapter

    def _fault(self, error: ValueError) -> Violations:
        from pydantic import ValidationError

        if isinstance(error, ValidationError):
            return violations_of(error, known_names(resolve(self._reference)), "/body")
        return Violations([Fault("/body", "json", "must be writable as JSON")])


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
        raise Violations([Fault("/body", "type", "must be bytes or text")])
