"""
Strict mode: what an answer holds that its contract does not name. Slow and thorough, for tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import get_annotations
from typing import cast

from pydantic import BaseModel

from aegis_runtime.errors import SchemaViolation
from aegis_runtime.models import OpenIntEnum, OpenStrEnum, UnknownMember

__all__ = ["undeclared"]

# An unknown name is shown only when it looks like one that somebody gave to a property, not like data.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}").fullmatch


def undeclared(value: object, pointer: str = "") -> Iterator[SchemaViolation]:
    """
    Every unknown field, enum value and union member in *value*.
    """
    if isinstance(value, OpenStrEnum | OpenIntEnum):
        if not value.is_known:
            yield SchemaViolation(pointer, "enum", "must be one of the values that the contract lists")
    elif isinstance(value, UnknownMember):
        yield SchemaViolation(pointer, "discriminator", "must be one of the kinds that the contract lists")
    elif isinstance(value, BaseModel):
        yield from _model(value, pointer)
    elif isinstance(value, Mapping):
        # The keys of a map are data.
        for member in cast("Mapping[object, object]", value).values():
            yield from undeclared(member, f"{pointer}/*")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from undeclared(item, f"{pointer}/{index}")


def _model(value: BaseModel, pointer: str) -> Iterator[SchemaViolation]:
    named = "__pydantic_extra__" in get_annotations(type(value))
    for name in {} if named else value.model_extra or {}:
        shown = name if _NAME(name) else "*"
        yield SchemaViolation(
            f"{pointer}/{shown}", "additionalProperties", "must be a property that the contract names"
        )
    for name, field in type(value).model_fields.items():
        yield from undeclared(getattr(value, name), f"{pointer}/{field.alias or name}")
