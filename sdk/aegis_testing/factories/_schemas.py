"""
Which schema of which contract a model was generated from.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec
from pydantic import BaseModel, PydanticUserError, TypeAdapter
from typing_extensions import get_type_hints, is_typeddict

from aegis_contracts import Contract, DanglingReferenceError, Schema, bundled, load
from aegis_contracts.instances import Generator
from aegis_testing.factories._errors import FactoryError

_HOME = "aegis_sdk._generated."


@cache
def _contract(api: str) -> Contract:
    return load(bundled() / "openapi" / f"{api}.yaml")


class Source(NamedTuple):
    """
    What makes instances, and the schema that judges them.
    """

    generator: Generator
    schema: Mapping[str, Any] | bool


@cache
def source_of(model: Any) -> Source:
    """
    Return what makes instances of a model or of an input's typed dictionary.

    Raises:
        FactoryError: it is neither.
    """
    if not inspect.isclass(model) or not (issubclass(model, BaseModel) or is_typeddict(model)):
        name = getattr(model, "__name__", repr(model))
        raise FactoryError(name, (), "it is no model, no input and no event; name the class itself")
    found = _declared(model)
    if found is not None:
        schema, direction = found
        return Source(schema.generator(direction, examples=False), schema.projected(direction))
    # A model of somebody else's contract, or one that no component is named after: what it admits is its schema.
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(model)
        described = adapter.json_schema(by_alias=True)
    except PydanticUserError as error:
        raise FactoryError(model.__name__, (), f"it cannot be described: {error.message}") from None
    return Source(Generator(described, examples=False), described)


def _declared(model: Any) -> tuple[Schema, Literal["request", "response"]] | None:
    module: str = model.__module__
    if not module.startswith(_HOME):
        return None
    api, _, part = module.removeprefix(_HOME).partition(".")
    direction: Literal["request", "response"] = "response" if part == "models" else "request"
    contract = _contract(api)
    for name in (model.__name__, model.__name__.removesuffix("Input")):
        for reference in (f"#/components/schemas/{name}", f"common.yaml#/components/schemas/{name}"):
            try:
                schema = contract.schema_at({"$ref": reference}, contract.root)
                if isinstance(schema.resolved, dict):
                    return schema, direction
            except (DanglingReferenceError, LookupError):
                continue
    return None


def names_of(model: Any) -> Mapping[str, Any]:
    """
    Return the wire's name of each member by its Python name, and the same of what is inside.
    """
    return _names(model, ())


@cache
def _names(model: Any, above: tuple[Any, ...]) -> Mapping[str, Any]:
    kind = _object_in(model)
    if kind is None or kind in above:
        return {}
    inside = (*above, kind)
    if issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return {field.name: (field.encode_name, _names(field.type, inside)) for field in fields}
    if issubclass(kind, BaseModel):
        return {
            name: (field.alias or name, _names(field.annotation, inside)) for name, field in kind.model_fields.items()
        }
    return {name: (name, _names(hint, inside)) for name, hint in get_type_hints(kind).items()}


def _object_in(hint: Any) -> Any:
    """
    Find the one object type in an annotation such as ``Annotated[User, …] | None``.
    """
    if inspect.isclass(hint) and (issubclass(hint, (BaseModel, msgspec.Struct)) or is_typeddict(hint)):
        return hint
    if get_origin(hint) in {list, tuple, set, dict}:
        return None
    found = [kind for kind in map(_object_in, get_args(hint)) if kind is not None]
    return found[0] if len(found) == 1 else None
