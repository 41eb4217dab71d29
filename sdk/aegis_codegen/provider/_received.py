"""
The types of request bodies as a provider receives them: values instead of texts, and secrets that nothing shows.
"""

from __future__ import annotations

from dataclasses import replace

from aegis_codegen._names import field_name
from aegis_codegen.plan import (
    Alias,
    Api,
    Array,
    Choice,
    Constrained,
    Enumeration,
    Field,
    Literals,
    Map,
    Model,
    Named,
    Scalar,
    Tuple,
    Type,
    optional,
)
from aegis_codegen.render import Annotations


class Received:
    """
    Writes the fields of the request models of one API.
    """

    def __init__(self, api: Api) -> None:
        self._definitions = {definition.name: definition for definition in api.inputs}
        self._types = Annotations(api, values=True)

    def name(self, field: Field) -> str:
        """
        The attribute of a field, which must not hide what every model has.
        """
        return field_name(field.name, {"given"})

    def field(self, field: Field, model: Model) -> str:
        """
        The annotation of a field, and its default where it may be left out.
        """
        kind = self._whole(field.type)
        personal = field.sensitive == "personal" or self._sensitivity(field.type) == "personal"
        plain = replace(
            field,
            type=kind if field.required else optional(kind),
            sensitive="personal" if personal else "",
            default=(),
            required=True,
        )
        text = self._types.field(plain, replace(model, direction="read"))
        if self._secret(field):
            constrained = self._types.field(replace(plain, type=kind, sensitive=""), replace(model, direction="read"))
            text = f"Annotated[Secret, ReceivedSecret({constrained})]"
            text = text if field.required else f"{text} | None"
        if field.required:
            alias = "" if field.name == self.name(field) else f" = Field(alias={field.name!r})"
            return f"{text}{alias}"
        if optional(kind) != kind:
            text = f"Annotated[{text}, NOT_NULL]"
        alias = "" if field.name == self.name(field) else f", alias={field.name!r}"
        return f"{text} = Field(default=None{alias})" if alias else f"{text} = None"

    def _secret(self, field: Field) -> bool:
        return "secret" in (field.sensitive, self._sensitivity(field.type))

    def _sensitivity(self, kind: Type) -> str:
        definition = self._definitions.get(kind.name) if isinstance(kind, Named) else None
        if isinstance(definition, Alias):
            return definition.sensitive or self._sensitivity(definition.type)
        return ""

    def _whole(self, kind: Type) -> Type:
        """
        *kind* with the names of texts and numbers replaced by what they stand for.
        """
        match kind:
            case Named():
                definition = self._definitions[kind.name]
                if isinstance(definition, Alias):
                    return self._whole(definition.type)
                if isinstance(definition, Enumeration):
                    return Literals(tuple(member.value for member in definition.members))
                return kind
            case Array():
                return Array(self._whole(kind.items))
            case Tuple():
                return Tuple(tuple(self._whole(item) for item in kind.items))
            case Map():
                return replace(kind, values=self._whole(kind.values))
            case Constrained():
                return replace(kind, base=self._whole(kind.base))
            case Choice():
                return replace(kind, members=tuple(self._whole(member) for member in kind.members))
            case Scalar() | Literals():
                return kind
