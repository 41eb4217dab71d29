"""
From a request body's values to bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from aegis_sdk._runtime._decode import Reference, resolve
from aegis_sdk._runtime._omit import OMIT

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["BytesEncoder", "Encoder", "JsonEncoder"]


class Encoder(Protocol):
    """
    Writes a body; raises Violations when it breaks the contract.
    """

    def __call__(self, value: object, /) -> bytes: ...


class JsonEncoder:
    """
    Writes JSON after checking it against the type that *reference* names.

    The value is a mapping by the contract's property names (``OMIT`` members are left out, ``None`` is null) or an instance.
    """

    __slots__ = ("_adapter", "_reference")

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._adapter: TypeAdapter[Any] | None = None

    def __call__(self, value: object, /) -> bytes:
        adapter = self._adapter or self._build()
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            value = {name: member for name, member in members.items() if member is not OMIT}
        checked = adapter.validator.validate_python(value)
        return adapter.serializer.to_json(checked, by_alias=True, exclude_unset=True)

    def _build(self) -> TypeAdapter[Any]:
        from pydantic import TypeAdapter

        adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", resolve(self._reference)))
        self._adapter = adapter
        return adapter


class BytesEncoder:
    """
    Sends bytes as they are, and text in UTF-8.
    """

    __slots__ = ()

    def __call__(self, value: object, /) -> bytes:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        raise TypeError("the body must be bytes or text")
