"""
What operations say in their bodies: what is sent, what is answered, and where the item is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import kind
from aegis_mockserver.behaviours.resources._names import id_in, plain, singular_of
from aegis_mockserver.behaviours.resources._resource import Resource, Steps
from aegis_mockserver.behaviours.resources._shapes import FIRST, Shape
from aegis_mockserver.core.contents._content import sent_type

_IDS = frozenset({"id", "uuid", "guid", "_id"})
_CHOSEN = frozenset({"name", "username", "login", "slug", "key", "code"})


def answer_of(operation: Operation) -> Shape | None:
    """
    Return what the success of an operation looks like; None where it has no JSON.
    """
    from aegis_mockserver.core.operations._instances import success_of

    response = operation.response(success_of(operation.responses))
    content = response.content if response is not None else {}
    name = next(of_kind(content), None)
    return Shape.of_media(content[name]) if name is not None else None


def of_kind(content: Iterable[str]) -> Iterator[str]:
    """
    Go through the media types that an item can be written in: those of JSON, else of XML.
    """
    names = list(content)
    for wanted in ("json", "xml"):
        yield from (name for name in names if kind(sent_type(name)) == wanted)


def body_of(operation: Operation) -> Shape:
    """
    Return what the request body of an operation looks like.
    """
    content = operation.request_body.content if operation.request_body is not None else {}
    media = next(iter(content.values()), None)
    return Shape.of_media(media, "none")


def sent_by(operation: Operation | None) -> frozenset[str]:
    """
    Name the properties that the body of an operation has, inside its envelope.
    """
    if operation is None:
        return frozenset()
    body = body_of(operation)
    parts = [part.items if "array" in part.types else part for part in body.properties.values()]
    inner = [part.properties.keys() for part in parts if part.properties]
    if len(body.properties) == 1 and inner:
        return frozenset(inner[0])
    return frozenset(body.properties)


def taken_at(body: Shape, item: Shape, resource: Resource) -> Steps:
    """
    Say where in a request body the item is: () for the whole of it, else inside its envelope.
    """
    known = item.properties.keys()
    if "array" in body.types:
        return (FIRST,) if body.items.properties.keys() & known else ()
    direct = len(body.properties.keys() & known)
    wraps = {resource.noun, singular_of(resource.noun), "data", *resource.steps[-1:]}
    for name, inner in body.properties.items():
        if "array" in inner.types and len(body.properties) <= 2 and name not in known:
            shared = len(inner.items.properties.keys() & known)
            alone = len(body.properties) == 1 or shared > 1
            if shared > direct and alone and shared * 2 >= min(len(inner.items.properties), len(known)):
                return (name, FIRST)
        if "object" not in inner.types or not inner.properties:
            continue
        # A reference to another item has an id as well: that alone is no envelope.
        shared = len((inner.properties.keys() & known) - (set() if name in wraps else _IDS))
        if name not in known and ((shared and shared > direct) or (name in wraps and len(body.properties) <= 3)):
            deeper = taken_at(inner, item, resource) if name in wraps and not shared else ()
            return (name, *deeper)
    return ()


def id_type(shape: Shape, found: Steps, view: Operation, parameter: str) -> str:
    """
    Return the type of an item's name.

    Args:
        shape: of the item.
        found: where in it its name is.
    """
    parameters = (each.schema for each in view.parameters if each.key == ("path", parameter))
    address = Shape.of(next(parameters, None), "request")
    for one in (shape.at(found), address) if found else (address,):
        if one.types & {"integer", "number"} and "string" not in one.types:
            return "integer"
    formats = {one.node.get("format") for one in (shape.at(found), address)}
    return "uuid" if "uuid" in formats else "string"


def sent_name(made: Operation | None, noun: str, view: Operation, parameter: str, shape: Shape, found: str) -> str:
    """
    Name what a client chooses for an item that is called by a text, ``/orgs/{org}``, and has a number for an id.

    Args:
        made: what makes an item.
        shape: of the item.
        found: the property that would be its id.
    """
    if made is None or plain(parameter) not in {plain(noun), plain(singular_of(noun))}:
        return ""
    schema = next((one.schema for one in view.parameters if one.key == ("path", parameter)), None)
    address = Shape.of(schema, "request")
    if address.types != frozenset({"string"}) or address.node.get("format") or "string" in shape.at((found,)).types:
        return ""
    required = body_of(made).node.get("required", [])
    sent = [name for name in (*required, *sorted(sent_by(made))) if name in shape.properties]
    return next((one for one in sent if plain(one) in _CHOSEN and "string" in shape.at((one,)).types), "")


def chosen_name(made: Operation | None, parameter: str, shape: Shape, view: Operation) -> str:
    """
    Name what a client chooses for an item that has no id: its ``name``, where the path takes any text.

    Args:
        made: what makes an item; one that tells the new item's address lets nobody choose.
        shape: of the item.
    """
    schema = next((one.schema for one in view.parameters if one.key == ("path", parameter)), None)
    address = Shape.of(schema, "request")
    if made is None or "string" not in address.types or address.node.get("format"):
        return ""
    if any("location" in map(str.lower, response.headers) for response in made.responses.values()):
        return ""
    known = sent_by(made) & shape.properties.keys()
    return next((one for one in ("name", "slug", "key", "code") if one in known), "")


def name_of(
    made: Operation | None, parameter: str, names: Iterable[str], shape: Shape, view: Operation, steps: Steps
) -> str:
    """
    Name the id of an item whose schema calls nothing so; empty where nothing shows it.

    What only an example has under such a name, else what the client chooses.

    Args:
        made: what makes an item.
        shape: of the item.
        steps: where in the view's answer the item is.
    """
    for example in _examples(view):
        shown = Shape.like(example).at(steps).properties
        found = id_in(shown, names)
        if found is not None and found not in shape.properties and shown[found].types & {"string", "integer"}:
            return found
    return chosen_name(made, parameter, shape, view)


def _examples(operation: Operation) -> Iterator[Any]:
    """
    Go through the examples of an operation's success.
    """
    from aegis_mockserver.core.operations._instances import success_of

    response = operation.response(success_of(operation.responses))
    content = response.content if response is not None else {}
    for name in of_kind(content):
        yield from (one.value for one in content[name].examples.values() if one.has_value)
