"""
Parameters held against the contract before anything is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aegis_sdk._runtime._decode import Reference, resolve
from aegis_sdk._runtime._violations import known_names, violations_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["Check"]


class Check:
    """
    Holds a parameter's value against the type that *reference* names, and gives it that type.

    Raises:
        Violations: it breaks the contract.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._adapter: TypeAdapter[Any] | None = None

    def __call__(self, value: object, pointer: str, /) -> object:
        adapter = self._adapter or self._build()
        try:
            return cast("object", adapter.validator.validate_python(value))
        except ValueError as error:
            fault = self._fault(error, pointer)
        raise fault

    def _build(self) -> TypeAdapter[Any]:
        from pydantic import TypeAdapter

        adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", resolve(self._reference)))
        self._adapter = adapter
        return adapter

    def _fault(self, error: ValueError, pointer: str) -> Exception:
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            return error
        return violations_of(error, known_names(resolve(self._reference)), pointer)
