"""
Values at the edges of what the contract allows, one at a time: each must be taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aegis_contracts import Operation, Schema, json_pointer
from aegis_contracts.exchange._scalars import follow, items, members
from aegis_verifier import _names, checks
from aegis_verifier._maker import Maker, is_opaque, shown
from aegis_verifier._names import plain
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Open, Script
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import Steps, accept, arrange, refer, settle

_DEEPEST = 3
_LONGEST = 10_000
_MOST_ENUM = 24
_WORDS = "가나다라마바사아자차카타파하 abc ABC 0123456789"


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    One case for each edge of each member of the body and of each parameter.
    """
    media = maker.media(operation)
    if media is not None and media.schema is not None:
        root = media.schema.projected("request")
        for pointer, value, said in _edges(root, root, "", 0):

            def changed(pointer: str = pointer, value: Any = value) -> Script:
                return _body(maker, operation, pointer, value)

            yield Case(operation, "boundaries", f"body{pointer} {said}", f"takes {said} at {pointer}", changed)
    for parameter in operation.parameters:
        schema = parameter.schema
        if schema is None or parameter.location == "path" or is_opaque(parameter):
            continue
        if plain(parameter.name) in _names.IDEMPOTENCY:
            continue
        for value, said in _values(schema):
            key = (parameter.location, parameter.name)

            def asked(key: tuple[str, str] = key, value: Any = value) -> Script:
                return _parameter(maker, operation, key, value)

            name = f"{parameter.location} {parameter.name} {said}"
            yield Case(operation, "boundaries", name, f"takes {said} in {parameter.name}", asked)


def _values(schema: Schema) -> Iterator[tuple[Any, str]]:
    root = schema.projected("request")
    for pointer, value, said in _edges(root, root, "", _DEEPEST):
        if not pointer and value is not None:  # null is no text, so no parameter can carry it
            yield value, said


def _edges(node: Any, root: Any, pointer: str, depth: int) -> Iterator[tuple[str, Any, str]]:
    """
    Go through (pointer, value, what it is); what breaks the whole is sorted out before it is sent.
    """
    node = _resolved(node, root)
    if pointer or depth == _DEEPEST:
        yield from ((pointer, value, said) for value, said in _own(node, root))
    if depth < _DEEPEST and isinstance(node, dict):
        for name, inner in members(node, root).items():
            if not isinstance(inner, bool):
                yield from _edges(inner, root, f"{pointer}/{json_pointer.escape(name)}", depth + 1)
        inner = items(node, root)
        if isinstance(inner, dict) and pointer:
            yield from _edges(inner, root, f"{pointer}/0", depth + 1)


def _resolved(node: Any, root: Any) -> Any:
    for _ in range(16):
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            rest = {key: value for key, value in node.items() if key != "$ref"}
            target = follow(node["$ref"], root)
            node = {**target, **rest} if isinstance(target, dict) else rest
        elif len(node.get("allOf", ())) == 1 and isinstance(node["allOf"][0], dict):
            rest = {key: value for key, value in node.items() if key != "allOf"}
            node = {**node["allOf"][0], **rest}
        else:
            return node
    return node


def _own(node: Any, root: Any) -> Iterator[tuple[Any, str]]:
    if not isinstance(node, dict):
        return
    for choice in ("anyOf", "oneOf"):
        for part in node.get(choice, ()):
            yield from _own(_resolved(part, root), root)
    given = node.get("type")
    types = {given} if isinstance(given, str) else set(given or ())
    if "enum" in node:
        for value in node["enum"][:_MOST_ENUM]:
            yield value, f"the value {shown(value)}"
        return
    if "null" in types:
        yield None, "null"
    if "string" in types and "pattern" not in node and "format" not in node and "x-max-bytes" not in node:
        yield from _texts(node)
    if types & {"integer", "number"}:
        yield from _numbers(node, whole="number" not in types)
    if "boolean" in types:
        yield True, "true"
        yield False, "false"


def _texts(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for keyword, said in (("minLength", "the shortest text"), ("maxLength", "the longest text")):
        length = node.get(keyword)
        if isinstance(length, int) and 0 < length <= _LONGEST:
            text = (_WORDS * (length // len(_WORDS) + 1))[:length]
            yield (text[:-1] + "끝" if text != text.strip() else text), f"{said} ({length})"


def _numbers(node: Mapping[str, Any], *, whole: bool) -> Iterator[tuple[Any, str]]:
    step = node.get("multipleOf", 1 if whole else 0)
    if not whole:
        low = node.get("minimum", node.get("exclusiveMinimum", 0))
        low = low if isinstance(low, int | float) and not isinstance(low, bool) else 0
        fraction = round(low + 137 * step, 9) if step else low + 0.25
        if fraction != int(fraction):
            yield fraction, "a number with a fraction"
    for keyword, sign, said in (("minimum", 1, "the least number"), ("maximum", -1, "the greatest number")):
        edge = node.get(keyword)
        if isinstance(edge, int | float) and not isinstance(edge, bool):
            yield (int(edge) if whole else edge), f"{said} ({edge})"
        strict = node.get("exclusive" + keyword.capitalize())
        if isinstance(strict, int | float) and not isinstance(strict, bool) and step:
            yield strict + sign * step, f"{said} beyond {strict}"


def _body(maker: Maker, operation: Operation, pointer: str, value: Any) -> Script:
    seed = f"boundaries{pointer}/{shown(value)}"
    path = yield from _place(maker, operation, seed)
    draft = maker.draft(operation, seed, "full", path)
    body = planted(draft.body, pointer, value)
    if body is NOTHING or not maker.is_valid(draft.with_body(body)):
        return []  # the edge of this member is beyond what the whole allows
    draft = yield from refer(maker, draft, seed)
    draft = draft.with_body(planted(draft.body, pointer, value))
    exchange: Exchange = yield maker.request(draft)
    found = checks.accepted(exchange, f"{shown(value)} at {pointer}")
    if found:
        yield from _comparable(maker, operation)
    return found or _changed(maker, operation, exchange, pointer, draft.body)


def _changed(maker: Maker, operation: Operation, exchange: Exchange, pointer: str, sent: Any) -> list[Failure]:
    """
    Look whether the edge came back as it was sent: what is rounded, cut off or taken for nothing.
    """
    owner = maker.plan.resource_of(operation)
    if owner is None or owner[1] not in {"create", "replace", "update"} or not exchange.succeeded:
        return []
    name, secret = json_pointer.split(pointer)[0], _kept.hidden(maker, owner[0])
    if not isinstance(sent, dict) or name not in sent:
        return []
    if "{" not in operation.path and owner[1] != "create":
        return []  # others write what is there once
    told = {name: sent[name]}
    return list(
        _kept.lost(owner[0], told, exchange, secret, "read-back", "in this very request", enveloped=len(sent) == 1)
    )


def _parameter(maker: Maker, operation: Operation, key: tuple[str, str], value: Any) -> Script:
    seed = f"boundaries/{key}/{shown(value)}"
    path = yield from _place(maker, operation, seed)
    draft = maker.draft(operation, seed, maker.recipes(operation)[0], path).with_value(*key, value)
    if not maker.is_valid(draft):
        return []
    exchange: Exchange = yield maker.request(draft)
    found = checks.accepted(exchange, f"{shown(value)} in {key[1]}")
    if found:
        yield from _comparable(maker, operation)
    return found


def _place(maker: Maker, operation: Operation, seed: str) -> Steps[dict[str, Any]]:
    # What others change meanwhile would not come back as it was sent.
    return (yield from (settle if operation.method == "GET" else arrange)(maker, operation, seed))


def _comparable(maker: Maker, operation: Operation) -> Steps[None]:
    """
    See that the operation takes anything at all: one that refuses everything is told once, not for each edge.
    """
    try:
        yield from accept(maker, operation, "boundaries/baseline")
    except Open:
        raise Open("the operation accepted no valid request, so an edge tells nothing") from None


def planted(value: Any, pointer: str, leaf: Any) -> Any:
    """
    Return *value* with *leaf* at *pointer*; ``NOTHING`` where there is no such place.
    """
    steps = json_pointer.split(pointer)
    if not steps:
        return leaf
    head, rest = steps[0], json_pointer.join(*steps[1:])
    if isinstance(value, dict):
        if rest and head not in value:
            return NOTHING
        inner = planted(value.get(head), rest, leaf)
        return NOTHING if inner is NOTHING else {**value, head: inner}
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        inner = planted(value[int(head)], rest, leaf)
        return NOTHING if inner is NOTHING else [*value[: int(head)], inner, *value[int(head) + 1 :]]
    return NOTHING
