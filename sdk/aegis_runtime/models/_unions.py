"""
``oneOf`` where no property tells the members apart.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError, core_schema

from aegis_runtime.models._models import UnknownMember
from aegis_runtime.models._numbers import whole
from aegis_runtime.models._types import ANSWER, OpenIntEnum, OpenStrEnum

__all__ = ["OneOf"]


class OneOf:
    """
    An object fits one of *members* and no other: ``Annotated[Cash | Card, OneOf(lambda: [Cash, Card])]``. A function
    names them, since they may be defined further down.
    """

    __slots__ = ("_adapters", "_building", "_members")

    def __init__(self, members: Callable[[], Sequence[Any]]) -> None:
        self._members = members
        self._adapters: list[tuple[frozenset[str], TypeAdapter[Any]]] | None = None
        self._building = threading.Lock()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self, handler(source))

    def __call__(self, value: Any) -> Any:
        if isinstance(value, BaseModel):
            known = type(value).model_fields
            names = {known[name].alias or name for name in value.model_fields_set if name in known}
            names |= set(value.model_extra or ())
        elif isinstance(value, Mapping):
            names = set(cast("Mapping[str, Any]", value))
        else:  # a member that is no object
            return cast("object", value)
        # What the others require tells them apart nearly always.
        likely = [adapter for required, adapter in self._built() if required <= names]
        if len(likely) > 1 and sum(_fits(adapter, value) for adapter in likely) > 1:
            raise PydanticCustomError("one_of", "must fit exactly one of the schemas that the contract lists")
        return cast("object", value)

    def _built(self) -> list[tuple[frozenset[str], TypeAdapter[Any]]]:
        with self._building:
            if self._adapters is None:
                self._adapters = [(_required(member), TypeAdapter(member)) for member in self._members()]
            return self._adapters


def _required(member: Any) -> frozenset[str]:
    if isinstance(member, type) and issubclass(member, BaseModel):
        fields = member.model_fields.items()
        return frozenset(field.alias or name for name, field in fields if field.is_required())
    required: frozenset[str] = getattr(cast("object", member), "__required_keys__", frozenset())
    return required


def _fits(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        if not isinstance(value, BaseModel):
            adapter.validate_python(value)
            return True
        # 5.0 is an integer (JSON Schema 2020-12 §6.1.1); what one member does not name another may.
        plain = json.dumps(json.loads(value.model_dump_json(by_alias=True, exclude_unset=True), parse_float=_number))
        read = adapter.validate_json(plain, strict=True, by_alias=True, by_name=False, context=ANSWER)
    except ValidationError:
        return False
    return _listed(read)


def _number(text: str) -> int | float:
    read = float(text)
    exact = whole(read)
    return exact if isinstance(exact, int) else read


def _listed(value: object) -> bool:
    """
    Say whether *value* fits without what is tolerated: values and kinds that the contract does not list.
    """
    if isinstance(value, OpenStrEnum | OpenIntEnum):
        return value.is_known
    if isinstance(value, UnknownMember):
        return False
    if isinstance(value, BaseModel):
        return all(_listed(getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, Mapping):
        return all(map(_listed, cast("Mapping[str, object]", value).values()))
    return not isinstance(value, list | tuple) or all(map(_listed, cast("Sequence[object]", value)))
