"""
What the client itself says of an item that it makes, in the body or beside it: its id above all.
"""

from __future__ import annotations

from aegis_contracts import Operation
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.behaviours.resources._names import id_in, plain, singular_of
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import Shape

_KEYS = ("id", "key", "name", "slug", "code", "email", "login")
_NAMES = frozenset({"name", "slug", "key", "code", "login"})


def natural(where: Where, taken: Shape) -> Steps:
    """
    Say where in the body the id is that the client itself chooses.
    """
    steps = where.kind.id_steps
    if len(steps) > 1:
        return steps if taken.at(steps[:1]).properties.keys() >= {steps[1]} else ()
    parameter = where.resource.identity.parameter
    found = id_in(taken.properties, steps or (parameter,))
    if found is None and plain(parameter).endswith(_KEYS) and plain(parameter) not in _KEYS:
        # The path calls the item by what the body must say: {file_id} is the item's id, whatever that is called.
        found = next((one for one in taken.required if plain(one) == plain(parameter)), None)
    if found is None and steps:
        # Answers call the item by what requests call shorter: {"name": "x"} makes the pool whose pool_name is x.
        single, item = plain(singular_of(where.resource.noun)), where.kind.view.item
        short = (one for one in taken.required if plain(one) in _NAMES and f"{single}{plain(one)}" == plain(steps[0]))
        found = next((one for one in short if one not in item.properties), None)
    if found is None or taken.properties[found].types & {"object", "array"}:
        return ()
    return (found,)


def told_beside(operation: Operation, shown: Shape, taken: Shape) -> dict[str, str]:
    """
    Say which parameters of the query tell of the item that is made what its body has no place for.
    """
    own = {plain(name): name for name, shape in shown.properties.items() if not shape.types & {"object"}}
    queries = (one for one in operation.parameters if one.location == "query" and one.name not in taken.properties)
    return {
        one.name: own[key]
        for one in queries
        if (key := plain(one.name)) in own and Shape.of(one.schema, "request").types & shown.properties[own[key]].types
    }


def chosen(where: Where, operation: Operation) -> str:
    """
    Name the parameter of the query by which the client chooses the id itself; empty where there is none.
    """
    single = plain(singular_of(where.resource.noun))
    names = {f"{single}id", f"{single}name", plain(where.resource.identity.parameter)}
    queries = (one.name for one in operation.parameters if one.location == "query")
    return next((name for name in queries if plain(name) in names), "")
