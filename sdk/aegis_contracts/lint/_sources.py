"""
What a runtime expression can give: the schema of the place that it points to, and whether something is always there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from aegis_contracts._model import Operation, Parameter
from aegis_contracts.json_pointer import split
from aegis_contracts.schemas._schema import Schema

__all__ = ["Given", "NowhereError", "given_by"]


class NowhereError(Exception):
    """
    The expression points to nothing that the operation declares.
    """

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.mend = mend or "point to what is there"


class Given(NamedTuple):
    """
    What an expression gives.

    Args:
        schema: self-contained; ``None`` where the contract does not tell.
        always: whether it is always there.
    """

    schema: Mapping[str, Any] | bool | None
    always: bool


_UNKNOWN = Given(None, always=True)


def given_by(operation: Operation, expression: Any, statuses: Iterable[str]) -> list[Given]:
    """
    Say what *expression* gives in an exchange of *operation* that ends with one of *statuses*; one for each way.

    Raises:
        NowhereError: nothing, ever.
    """
    if not isinstance(expression, str) or not expression.startswith("$"):
        made = isinstance(expression, (Mapping, list)) or (isinstance(expression, str) and "{$" in expression)
        return [_UNKNOWN if made else Given({"const": expression}, always=True)]
    source, _, pointer = expression.partition("#")
    if source == "$request.body":
        body = operation.request_body
        if body is None:
            raise NowhereError("the operation takes no request body")
        found = [_inside(media.schema, pointer, "request", always=body.required) for media in body.content.values()]
        return _some(found)
    if source == "$response.body":
        answers = [operation.responses[status] for status in statuses if status in operation.responses]
        found = [_inside(media.schema, pointer, "response") for one in answers for media in one.content.values()]
        if not found:
            raise NowhereError("no answer that causes the event has a body")
        return _some(found)
    if source.startswith(("$request.path.", "$request.query.", "$request.header.")):
        _, place, name = source.split(".", 2)
        return [_parameter(operation.parameters, place, name)]
    if source.startswith("$response.header."):
        name = source.split(".", 2)[2].lower()
        answers = [operation.responses[status] for status in statuses if status in operation.responses]
        headers = [{key.lower(): value for key, value in one.headers.items()} for one in answers]
        if not any(name in one for one in headers):
            raise NowhereError("no answer that causes the event declares this header")
        return [_of(one[name]) if name in one else Given(None, always=False) for one in headers]
    if source == "$method":
        return [Given({"const": operation.method}, always=True)]
    if source == "$statusCode":
        return [Given({"type": "integer"}, always=True)]
    return [Given({"type": "string"}, always=True)] if source == "$url" else [_UNKNOWN]


def _some(found: list[Given | NowhereError]) -> list[Given]:
    given = [one for one in found if isinstance(one, Given)]
    if not given and found:
        raise next(one for one in found if isinstance(one, NowhereError))
    return given


def _parameter(parameters: Iterable[Parameter], place: str, name: str) -> Given:
    here = [one for one in parameters if one.location == place]
    for one in here:
        if one.name == name or (place == "header" and one.name.lower() == name.lower()):
            return _of(one)
    known = ", ".join(one.name for one in here)
    raise NowhereError(f"the operation has no {place} parameter {name}", f"known are {known}" if known else "")


def _of(parameter: Parameter) -> Given:
    if parameter.schema is None:
        return Given(None, always=parameter.required)
    return Given(parameter.schema.projected("request"), always=parameter.required)


def _inside(schema: Schema | None, pointer: str, direction: Any, *, always: bool = True) -> Given | NowhereError:
    if schema is None:
        return Given(None, always=always)
    root = schema.projected(direction)
    try:
        steps = split(pointer) if pointer else []
    except ValueError:
        return NowhereError("the pointer is none (RFC 6901 §3)", "such as $request.body#/email")
    definitions: Mapping[str, Any] = root.get("$defs", {}) if isinstance(root, Mapping) else {}
    found = _walk(root, list(steps), definitions, always)
    if isinstance(found, Given) and isinstance(found.schema, Mapping) and definitions:
        return Given({**found.schema, "$defs": definitions}, found.always)
    return found


def _walk(
    node: Any, steps: list[str], definitions: Mapping[str, Any], always: bool, depth: int = 0
) -> Given | NowhereError:
    if depth > 50 or not isinstance(node, Mapping):
        return Given(None, always=False)
    reference = node.get("$ref")
    if not steps:
        return Given(node, always)
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        target = definitions.get(split(reference[1:])[-1])
        found = _walk(target, steps, definitions, always, depth + 1)
        if isinstance(found, Given) or not node.get("properties"):
            return found
    step, *rest = steps
    parts: list[Any] = [node, *node.get("allOf", ())]
    required = any(step in part.get("required", ()) for part in parts if isinstance(part, Mapping))
    properties = node.get("properties")
    if isinstance(properties, Mapping) and step in properties:
        return _walk(properties[step], rest, definitions, always and required, depth + 1)
    if step.isdigit() and "items" in node:
        return _walk(node["items"], rest, definitions, False, depth + 1)
    tried = [_walk(part, steps, definitions, always, depth + 1) for part in node.get("allOf", ())]
    choices = (*node.get("anyOf", ()), *node.get("oneOf", ()))
    tried += [_walk(part, steps, definitions, False, depth + 1) for part in choices]
    given = [one for one in tried if isinstance(one, Given)]
    if len(given) == 1 and len(tried) == len(node.get("allOf", ())):
        return Given(given[0].schema, given[0].always or (always and required and not rest))
    if given:
        return Given(None, always=False)
    extra = node.get("additionalProperties")
    if isinstance(extra, Mapping) and extra:
        return _walk(extra, rest, definitions, False, depth + 1)
    if isinstance(properties, Mapping) or tried:
        known = ", ".join(properties) if isinstance(properties, Mapping) else ""
        return NowhereError(f"there is no property {step}", f"known are {known}" if known else "")
    if node.get("type") in ("string", "integer", "number", "boolean", "array"):
        return NowhereError(f"there is no property {step} in a value of type {node['type']}")
    return Given(None, always=False)
