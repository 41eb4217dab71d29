"""
Strict mode: what an answer holds that its contract does not name. Slow and thorough, for tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel

from aegis_sdk._runtime._models import OpenEnum, UnknownMember
from aegis_sdk._runtime._types import OpenIntEnum, OpenStrEnum
from aegis_sdk._runtime._violations import Fault

__all__ = ["undeclared"]

# An unknown name is shown only when it looks like one that somebody gave to a property, not like data.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}").fullmatch


def undeclared(value: object, annotation: object) -> list[Fault]:
    """
    Every unknown field, enum value and union member in *value*, which was read as *annotation*.
    """
    return list(_walk(value, annotation, ()))


def _walk(value: object, annotation: Any, pointer: tuple[str, ...], marks: Sequence[object] = ()) -> Iterator[Fault]:
    annotation = getattr(annotation, "__value__", annotation)
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from _walk(value, inner, pointer, (*marks, *more))
        return
    for mark in marks:
        if isinstance(mark, OpenEnum) and value is not None and value not in mark.values:
            yield Fault("".join(pointer), "enum", "must be one of the values that the contract lists")
            return
    if isinstance(value, OpenStrEnum | OpenIntEnum) and not value.is_known:
        yield Fault("".join(pointer), "enum", "must be one of the values that the contract lists")
    elif isinstance(value, UnknownMember):
        yield Fault("".join(pointer), "discriminator", "must be one of the kinds that the contract lists")
    elif isinstance(value, BaseModel):
        yield from _model(value, pointer)
    elif isinstance(value, Mapping):
        member = next(_members(annotation, dict), None)
        for item in cast("Mapping[object, object]", value).values():
            yield from _walk(item, member, (*pointer, "/*"))
    elif isinstance(value, (list, tuple)):
        member = next(_members(annotation, list), None)
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from _walk(item, member, (*pointer, f"/{index}"))
    else:
        # An optional open enum: the mark sits on a member of the union.
        for option in get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ():
            if get_origin(option) is Annotated and value is not None:
                yield from _walk(value, option, pointer)


def _model(value: BaseModel, pointer: tuple[str, ...]) -> Iterator[Fault]:
    for name in value.model_extra or {}:
        shown = name if _NAME(name) else "*"
        yield Fault(
            "".join((*pointer, f"/{shown}")), "additionalProperties", "must be a property that the contract names"
        )
    for name, field in type(value).model_fields.items():
        if name in value.model_fields_set:
            step = field.alias or name
            yield from _walk(getattr(value, name), field.annotation, (*pointer, f"/{step}"), field.metadata)


def _members(annotation: Any, kind: type) -> Iterator[Any]:
    annotation = getattr(annotation, "__value__", annotation)
    origin = get_origin(annotation)
    if origin is Annotated or origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _members(option, kind)
    elif origin in (kind, Mapping, Sequence, tuple) and get_args(annotation):
        yield get_args(annotation)[-1 if kind is dict else 0]
