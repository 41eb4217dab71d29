"""
Parameters held against the contract before anything is sent.
"""

from __future__ import annotations

from typing import Any

from aegis_runtime.content._reference import Reference, Referenced
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import SchemaViolation

__all__ = ["Check"]


class Check:
    """
    Holds a parameter's value against the type that *reference* names, and gives it that type.

    Raises:
        Violations: it breaks the contract.
    """

    def __init__(self, reference: Reference) -> None:
        self._type: Referenced[Any] = Referenced(reference)

    def __call__(self, value: object, pointer: str, /) -> object:
        try:
            return self._type.adapter.validator.validate_python(value)
        except ValueError as error:
            found = self._type.violations(error, pointer)
        raise found or Violations([SchemaViolation(pointer, "type", "must be readable as what the contract says")])
