"""
XML bodies as instances, by the ``xml`` objects of the schema (OpenAPI 3.1 §4.8.26), without entities or DTDs.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from aegis_contracts.exchange._parameters import UndecodableError
from aegis_contracts.exchange._scalars import ONLY_ARRAY, candidates, follow, items, members, types

MAX_DEPTH = 200
_DEEP = 16
MAX_ELEMENTS = 10_000  # and attributes


def read(body: bytes, root: Any, schema: Any = None) -> Any:
    """
    Read an XML document as an instance of the projected schema *root*.

    Args:
        schema: a part of *root* that the document is an instance of instead.

    Raises:
        UndecodableError: it is not well-formed, declares entities, is nested too deeply, or another element than the
            schema names.
    """
    schema = root if schema is None else schema
    element, said = _parse(body), hints(schema, root)
    if said.name and said.node == "element" and element.tag != said.name:
        raise UndecodableError(f"must be the element {said.name} (OpenAPI 3.1 §4.8.26)")
    return _value(element, schema, root, 0)


def _parse(body: bytes) -> Element:
    parser = expat.ParserCreate(namespace_separator="}")
    builder = TreeBuilder()
    parser.buffer_text = True
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1 + len(attributes)
        if count > MAX_ELEMENTS:
            raise UndecodableError(f"must have at most {MAX_ELEMENTS} elements and attributes")
        if depth > MAX_DEPTH:
            raise UndecodableError("must be nested less deeply")
        builder.start(name.rpartition("}")[2], {k.rpartition("}")[2]: v for k, v in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition("}")[2])

    def refuse(*_: Any) -> None:
        raise UndecodableError("must not declare a document type or entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
        return builder.close()
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise UndecodableError(f"must be well-formed XML: {expat.ErrorString(error.code)} at {where}") from None
    except (ParseError, AssertionError, LookupError, ValueError) as error:
        if isinstance(error, UndecodableError):
            raise
        raise UndecodableError("must be well-formed XML") from None


class Hints(NamedTuple):
    """
    What ``xml`` says of one schema: its own, or that of what it refers to.

    Args:
        node: ``element``, ``attribute``, ``text``, ``cdata`` or ``none`` (OpenAPI 3.2 §4.26.1; older versions say
            ``attribute`` and ``wrapped``).
        name: of the element or attribute; empty where it is the property's.
        prefix: of the name.
        namespace: of the name.
    """

    node: str
    name: str
    prefix: str
    namespace: str


def hints(schema: Any, root: Any, depth: int = 0) -> Hints:
    """
    Read what ``xml`` says of *schema*.
    """
    found = _found(schema, root, depth)
    array = types(schema, root) == ONLY_ARRAY
    if isinstance(found.get("nodeType"), str):
        node = found["nodeType"]
    elif found.get("attribute") is True:
        node = "attribute"
    else:
        node = "none" if array and found.get("wrapped") is not True else "element"
    return Hints(node, *(str(found.get(key) or "") for key in ("name", "prefix", "namespace")))


def _found(schema: Any, root: Any, depth: int) -> dict[str, Any]:
    if not isinstance(schema, dict) or depth > _DEEP:
        return {}
    own = schema.get("xml")
    if isinstance(own, dict):
        return cast("dict[str, Any]", own)
    parts = [follow(schema["$ref"], root)] if isinstance(schema.get("$ref"), str) else []
    parts += schema.get("allOf", ())
    return next((found for part in parts if (found := _found(part, root, depth + 1))), {})


def item_name(name: str, schema: Any, root: Any) -> str:
    """
    Say what the items of an array are called: their own name, else the wrapping element's, else the property's.
    """
    outer = hints(schema, root)
    return hints(items(schema, root), root).name or (outer.name if outer.node == "element" else "") or name


# -- reading -----------------------------------------------------------------------------------------------------------


def _value(element: Element, schema: Any, root: Any, depth: int) -> Any:
    allowed = types(schema, root)
    if "object" in allowed and (len(element) or element.attrib or not allowed & {"string", "number", "boolean"}):
        return _object(element, schema, root, depth)
    if allowed == ONLY_ARRAY:
        item = items(schema, root)
        return [_value(child, item, root, depth + 1) for child in element]
    return candidates(element.text or "", allowed)[0]


def _object(element: Element, schema: Any, root: Any, depth: int) -> dict[str, Any]:
    known = members(schema, root)
    attributes: dict[str, tuple[str, Any]] = {}
    elements: dict[str, tuple[str, Any]] = {}
    out: dict[str, Any] = {}
    within: set[str] = set()  # what belongs to members that have no node of their own
    for name, inner in known.items():
        said = hints(inner, root)
        if said.node in {"text", "cdata"}:
            out[name] = candidates(element.text or "", types(inner, root))[0]
        elif said.node == "none" and depth < _DEEP and (own := members(inner, root)):
            held = _object(element, inner, root, depth + 1)
            called = {hints(one, root).name or key for key, one in own.items()}
            if found := {key: value for key, value in held.items() if key in own}:
                out[name] = found
                within |= called
        elif said.node == "attribute":
            attributes[said.name or name] = (name, inner)
        elif types(inner, root) == ONLY_ARRAY and said.node == "none":
            elements[item_name(name, inner, root)] = (name, inner)
        else:
            elements[said.name or name] = (name, inner)
    for attribute, text in element.attrib.items():
        if attribute in within and attribute not in attributes:
            continue
        name, inner = attributes.get(attribute) or elements.get(attribute, (attribute, True))
        out[name] = candidates(text, types(inner, root))[0]
    for child in element:
        if child.tag in within and child.tag not in elements:
            continue
        name, inner = elements.get(child.tag, (child.tag, True))
        if types(inner, root) == ONLY_ARRAY and hints(inner, root).node == "none":
            out.setdefault(name, []).append(_value(child, items(inner, root), root, depth + 1))
        else:
            out[name] = _value(child, inner, root, depth + 1)
    return out
