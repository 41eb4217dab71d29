"""
What generated models derive from: open to what a later contract adds, and silent about personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

__all__ = ["OpenUnion", "ResponseModel", "Sensitive", "UnknownMember"]

_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Sensitive:
    """
    Marks a field (``Annotated[str, Sensitive("personal")]``, the contract's ``x-sensitive``) that no repr shows.
    """

    kind: Literal["secret", "personal"] = "personal"


class ResponseModel(BaseModel):
    """
    An object that a provider sends: frozen, and fields that the contract does not name are kept in ``model_extra``.
    """

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
        protected_namespaces=(),
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        hidden = _sensitive(type(self))
        for name in type(self).model_fields:
            if name in self.model_fields_set:
                yield name, _Hidden() if name in hidden else getattr(self, name)
        # What the contract does not name may be anything, so only the count is told.
        if self.model_extra:
            yield None, _Hidden(f"{len(self.model_extra)} more")


@cache
def _sensitive(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if _marked(field.annotation, field.metadata))


def _marked(annotation: object, marks: Iterable[object] = ()) -> bool:
    # The mark may sit on a member of the type: Annotated[str, Sensitive()] | None.
    return any(isinstance(mark, Sensitive) for mark in marks) or any(
        isinstance(inner, Sensitive) or _marked(inner) for inner in get_args(annotation)
    )


class _Hidden:
    __slots__ = ("_text",)

    def __init__(self, text: str = _HIDDEN) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class UnknownMember(ResponseModel):
    """
    A member of a union that this version of the contract does not know; everything it holds is in ``model_extra``.
    """


class OpenUnion:
    """
    Marks a discriminated union that may grow: ``Annotated[Cat | Dog | UnknownMember, OpenUnion("kind", {"cat": Cat,
    "dog": Dog})]``.
    """

    __slots__ = ("discriminator", "mapping")

    def __init__(self, discriminator: str, mapping: Mapping[str, type[BaseModel]]) -> None:
        self.discriminator = discriminator
        self.mapping = dict(mapping)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        known = self.mapping
        field = self.discriminator

        def refuse_known(member: UnknownMember) -> UnknownMember:
            tag = (member.model_extra or {}).get(field)
            if not isinstance(tag, str):  # a kind that nobody knows yet has a name all the same
                raise PydanticCustomError("discriminator", "must say its kind in {name}", {"name": field})
            if tag in known:
                raise ValueError("breaks the schema of its kind")
            return member

        tagged = core_schema.tagged_union_schema(
            {tag: handler.generate_schema(model) for tag, model in known.items()}, field
        )
        fallback = core_schema.no_info_after_validator_function(refuse_known, handler.generate_schema(UnknownMember))
        return core_schema.union_schema([tagged, fallback], mode="left_to_right")
