"""
XML bodies as instances, by the ``xml`` objects of the schema (OpenAPI 3.1 §4.8.26), without entities or DTDs.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from aegis_contracts.exchange._parameters import UndecodableError
from aegis_contracts.exchange._scalars import ONLY_ARRAY, candidates, items, members, types

MAX_DEPTH = 200
MAX_ELEMENTS = 10_000  # and attributes


def read(body: bytes, root: Any) -> Any:
    """
    Read an XML document as an instance of the projected schema *root*.

    Raises:
        UndecodableError: it is not well-formed, declares entities, or is nested too deeply.
    """
    return _value(_parse(body), root, root, 0)


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
    by_name = {_xml(inner, root).get("name", name): (name, inner) for name, inner in known.items()}
    out: dict[str, Any] = {}
    for attribute, text in element.attrib.items():
        name, inner = by_name.get(attribute, (attribute, True))
        out[name] = candidates(text, types(inner, root))[0]
    for child in element:
        name, inner = by_name.get(child.tag, (child.tag, True))
        if types(inner, root) == ONLY_ARRAY:
            if _xml(inner, root).get("wrapped"):
                out[name] = [_value(item, items(inner, root), root, depth + 1) for item in child]
            else:
                out.setdefault(name, []).append(_value(child, items(inner, root), root, depth + 1))
        else:
            out[name] = _value(child, inner, root, depth + 1)
    return out


def _xml(schema: Any, root: Any) -> dict[str, Any]:
    from aegis_contracts.exchange._scalars import follow

    if not isinstance(schema, dict):
        return {}
    if isinstance(schema.get("$ref"), str) and "xml" not in schema:
        return _xml(follow(schema["$ref"], root), root)
    return dict(schema.get("xml", {}))
