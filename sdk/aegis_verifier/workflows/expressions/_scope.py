"""
What runtime expressions are evaluated against, and their evaluation: pure, and the same for every kind of step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from aegis_contracts import json_pointer
from aegis_contracts.arazzo import Description, Expression, is_expression, parse, pieces
from aegis_contracts.exchange import kind
from aegis_verifier._values import NOTHING, Exchange
from aegis_verifier.workflows.expressions import _selectors

_SELECTOR = frozenset({"context", "selector", "type"})
_DEPTH = 60


@dataclass(frozen=True)
class Message:
    """
    A message that a step has sent or received: over a channel, or by mail or SMS.
    """

    headers: Mapping[str, Any]
    payload: Any


@dataclass
class Finished:
    """
    What is known of a workflow that has ended.
    """

    inputs: Mapping[str, Any]
    outputs: dict[str, Any]
    steps: Mapping[str, dict[str, Any]]


@dataclass
class Scope:
    """
    What a workflow knows at one moment.

    Args:
        steps: the outputs of the steps that have ended, by id.
        outputs: of the workflow that a step ran, or of the workflow itself.
        workflows: those that have ended, by id.
        address: in front of the request's target, for ``$url``.
    """

    description: Description
    inputs: Mapping[str, Any]
    steps: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    workflows: Mapping[str, Finished] = field(default_factory=dict[str, Finished])
    exchange: Exchange | None = None
    message: Message | None = None
    address: str = ""


def evaluate(expression: Expression, scope: Scope) -> Any:
    """
    Return what an expression names; ``NOTHING`` where nothing is.
    """
    parts = expression.parts
    match expression.source:
        case "url":
            exchange = scope.exchange
            found: Any = scope.address + exchange.request.target if exchange is not None else NOTHING
        case "method":
            found = scope.exchange.request.method if scope.exchange is not None else NOTHING
        case "statusCode":
            found = (scope.exchange.status or NOTHING) if scope.exchange is not None else NOTHING
        case "self":
            found = scope.description.document.get("$self", NOTHING)
        case "request":
            found = _request(scope.exchange, parts)
        case "response":
            found = _response(scope.exchange, parts)
        case "message":
            found = _message(scope.message, parts)
        case "inputs":
            found = _named(scope.inputs, parts[0])
        case "outputs":
            found = _named(scope.outputs, parts[0])
        case "steps":
            found = _named(scope.steps.get(parts[0], {}), parts[1])
        case "workflows":
            found = _of_workflow(scope.workflows.get(parts[0]), parts[1:])
        case "sourceDescriptions":
            found = _of_source(scope.description, *parts)
        case _:
            component = scope.description.component(*parts)
            found = dict(component.node) if component is not None else NOTHING
    return pointed(found, expression.inside, expression.pointer)


def pointed(value: Any, inside: tuple[str, ...], pointer: str) -> Any:
    """
    Go into a value by names and indices, and then by a pointer.
    """
    for name in inside:
        value = into(value, name)
    if not pointer or value is NOTHING:
        return value
    try:
        return json_pointer.find(value, pointer, NOTHING)
    except json_pointer.PointerError:
        return NOTHING


def into(value: Any, name: str) -> Any:
    """
    Return a member or an item; ``NOTHING`` where there is none.
    """
    if isinstance(value, dict):
        return value.get(name, NOTHING)
    if isinstance(value, list) and name.isdecimal() and len(name) < 10 and int(name) < len(value):
        return value[int(name)]
    return NOTHING


def _named(values: Mapping[str, Any], name: str) -> Any:
    """
    Find a value whose name may have dots, or that dots lead into.
    """
    if name in values:
        return values[name]
    head, mark, rest = name.rpartition(".")
    tail: list[str] = []
    while mark:
        tail.insert(0, rest)
        if head in values:
            return pointed(values[head], tuple(tail), "")
        head, mark, rest = head.rpartition(".")
    return NOTHING


def _of_workflow(finished: Finished | None, parts: tuple[str, ...]) -> Any:
    if finished is None:
        return NOTHING
    if parts[0] == "steps":
        return _named(finished.steps.get(parts[1], {}), parts[2])
    return _named(finished.inputs if parts[0] == "inputs" else finished.outputs, parts[1])


def _of_source(description: Description, name: str, field_name: str) -> Any:
    for part in description.source_descriptions():
        if part.get("name") == name:
            return part.get(field_name, NOTHING)
    return NOTHING


def _request(exchange: Exchange | None, parts: tuple[str, ...]) -> Any:
    if exchange is None:
        return NOTHING
    request = exchange.request
    match parts:
        case ("header", name):
            found = request.header(name)
            return NOTHING if found is None else found
        case ("query", name):
            pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
            return next((value for key, value in pairs if key == name), NOTHING)
        case ("path", name):
            raw = request.path_values.get(name)
            return NOTHING if raw is None else unquote(raw)
        case _:
            if request.value is not NOTHING or request.body is None:
                return request.value
            return _content(request.body, request.header("content-type") or "")


def _response(exchange: Exchange | None, parts: tuple[str, ...]) -> Any:
    if exchange is None or exchange.response is None:
        return NOTHING
    response = exchange.response
    match parts:
        case ("header", name):
            return response.headers.get(name.lower(), NOTHING)
        case ("body" | "payload",):
            if not response.body:
                return NOTHING
            if response.value is not NOTHING and (not response.media_type or kind(response.media_type) == "json"):
                return response.value
            return _content(response.body, response.headers.get("content-type", ""))
        case _:
            return NOTHING


def _message(message: Message | None, parts: tuple[str, ...]) -> Any:
    if message is None:
        return NOTHING
    match parts:
        case ("header", name):
            found = {key.lower(): value for key, value in message.headers.items()}
            return found.get(name.lower(), NOTHING)
        case ("header",):
            return dict(message.headers)
        case ("payload" | "body",):
            return message.payload
        case _:
            return NOTHING


def _content(body: bytes, media_type: str) -> Any:
    text = body.decode("utf-8", "replace")
    if kind(media_type) == "json":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


# Values that hold expressions


def resolve(value: Any, scope: Scope, depth: int = 0) -> Any:
    """
    Evaluate a value of the document: expressions, texts that embed some, selectors, and whatever holds them.

    A member of an object that evaluates to nothing is left out.
    """
    if depth > _DEPTH:
        return NOTHING
    if isinstance(value, str):
        if is_expression(value):
            return evaluate(parse(value), scope)
        return embedded(value, scope) if "{$" in value else value
    if isinstance(value, dict):
        if value.keys() >= _SELECTOR and len(value) == len(_SELECTOR):
            return selected(value, scope)
        members = {name: resolve(member, scope, depth + 1) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not NOTHING}
    if isinstance(value, list):
        items = [resolve(item, scope, depth + 1) for item in value]
        return [item for item in items if item is not NOTHING]
    return value


def embedded(text: str, scope: Scope) -> str:
    """
    Write text with the values of the expressions in it.
    """
    return "".join(piece if isinstance(piece, str) else as_text(evaluate(piece, scope)) for piece in pieces(text))


def as_text(value: Any) -> str:
    """
    Write a value as it stands inside of text: scalars plainly, what has parts as JSON.
    """
    if value is NOTHING:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def selected(node: Mapping[str, Any], scope: Scope) -> Any:
    """
    Evaluate a Selector Object: one node is its value, several are a list.
    """
    value = evaluate(parse(str(node["context"])), scope)
    if value is NOTHING:
        return NOTHING
    language, version = _selectors.language(node["type"])
    found = _selectors.select(language, version, embedded(str(node["selector"]), scope), value)
    if not isinstance(found, list):
        return found
    return NOTHING if not found else found[0] if len(found) == 1 else found
