"""
What the request models of a provider derive from: closed as the contract is, and silent about what was sent.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BeforeValidator, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from aegis_runtime import Secret
from aegis_runtime.models import ResponseModel

__all__ = ["NOT_NULL", "ReceivedSecret", "RequestModel"]


class RequestModel(ResponseModel):
    """
    A request body, frozen. What was left out is ``None``, and not among ``given()``.
    """

    model_config = ConfigDict(extra="forbid", defer_build=False)

    def given(self) -> dict[str, Any]:
        """
        The properties that the request really had, by the contract's names: what a merge patch changes (RFC 7396).
        """
        return self.model_dump(exclude_unset=True, by_alias=True)


def _not_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("not_null", "must not be null; leave it out instead")
    return value


NOT_NULL: Final = BeforeValidator(_not_null)
"""May be left out, and may not be null."""


class ReceivedSecret:
    """
    A text that is held against *received* and is a ``Secret`` from then on.
    """

    __slots__ = ("_received",)

    def __init__(self, received: Any) -> None:
        self._received = received

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.no_info_after_validator_function(Secret, handler.generate_schema(self._received))
        return core_schema.union_schema(
            [core_schema.is_instance_schema(Secret), text],
            mode="left_to_right",
            serialization=core_schema.plain_serializer_function_ser_schema(_hide, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text = TypeAdapter(self._received).json_schema()
        return {**text, "format": "password", "writeOnly": True}


def _hide(_: Secret) -> str:
    return "***"
