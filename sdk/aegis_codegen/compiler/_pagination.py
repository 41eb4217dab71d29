"""
How a list goes on, as ``x-sdk.paginate`` says.
"""

from __future__ import annotations

from typing import Any

from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._schemas import Schemas
from aegis_codegen.plan import NONE, Alias, Array, Choice, Constrained, Field, Model, Named, Operation, Pagination, Type
from aegis_contracts import Place
from aegis_contracts.json_pointer import split


def pagination(
    operation: Operation, given: dict[str, Any], schemas: Schemas, place: Place, refusals: Refusals
) -> Pagination | None:
    """
    Plan the pages of *operation*: ``{cursor: parameter, items: pointer, next: pointer}``.
    """
    names = [parameter.name for parameter in operation.parameters]
    if given.get("cursor") not in names:
        refusals.refuse(
            place, "paginate", "names a cursor that is no parameter of the operation", f"name one of {', '.join(names)}"
        )
        return None
    items = _walk(operation.result, str(given.get("items", "")), schemas)
    following = _walk(operation.result, str(given.get("next", "")), schemas)
    found = _array(items[-1].type, schemas) if items else None
    if found is None or not following:
        what = "items" if found is None else "next"
        refusals.refuse(
            place, "paginate", f"points with {what} to nothing in the answer", "write a JSON pointer such as /data"
        )
        return None
    steps = tuple(field.python for field in items or ())
    onward = tuple((field.python, not field.required) for field in following)
    return Pagination(names.index(given["cursor"]), steps, onward, found)


def _walk(kind: Type, pointer: str, schemas: Schemas) -> list[Field] | None:
    fields: list[Field] = []
    for step in split(pointer):
        model = _definition(kind, schemas)
        field = next((each for each in model.fields if each.name == step), None) if isinstance(model, Model) else None
        if field is None:
            return None
        fields.append(field)
        kind = field.type
    return fields or None


def _definition(kind: Type, schemas: Schemas) -> object:
    kind = _bare(kind)
    seen: set[Named] = set()
    while isinstance(kind, Named) and kind not in seen:
        seen.add(kind)
        definition = schemas.definitions[kind.name, kind.direction]
        if not isinstance(definition, Alias):
            return definition
        kind = _bare(definition.type)
    return kind


def _array(kind: Type, schemas: Schemas) -> Type | None:
    found = _definition(kind, schemas)
    return found.items if isinstance(found, Array) else None


def _bare(kind: Type) -> Type:
    while True:
        if isinstance(kind, Constrained):
            kind = kind.base
        elif isinstance(kind, Choice) and len(kind.members) == 2 and NONE in kind.members:
            kind = next(member for member in kind.members if member != NONE)
        else:
            return kind
