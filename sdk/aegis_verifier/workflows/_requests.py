"""
From a step to the request that it makes: parameters, body, replacements, credentials.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aegis_contracts import Operation, Parameter
from aegis_contracts.arazzo import ExpressionError, Part, Step
from aegis_contracts.exchange import kind
from aegis_verifier._drafts import Draft, Unserialisable, serialise, text, violations
from aegis_verifier._maker import Maker
from aegis_verifier._settings import carried
from aegis_verifier._values import NOTHING, Headers, Request
from aegis_verifier.workflows.expressions import _selectors
from aegis_verifier.workflows.expressions._scope import Scope, embedded, resolve
from aegis_verifier.workflows.expressions._selectors import SelectorError, Unsupported


class UnmadeError(ValueError):
    """
    A step whose request cannot be made: a value is missing, or has no form in which it could travel.

    Args:
        pointer: the part of the request.
        location: where the document says it.
    """

    def __init__(self, pointer: str, message: str, location: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.location = location


def request_of(step: Step, operation: Operation, scope: Scope, maker: Maker) -> Request:
    """
    Make the request of a step that calls *operation*.

    Raises:
        UnmadeError: it cannot be made.
        Unsupported: it needs what is not run here.
    """
    values: dict[tuple[str, str], Any] = {}
    own: list[tuple[str, str]] = []
    cookies: list[str] = []
    query: list[str] = []
    for part in step.parameters():
        name, where = str(part.get("name", "")), str(part.get("in", ""))
        value = _value(part, "value", f"/{where}/{name}", scope)
        if value is NOTHING:
            if where == "path":
                said = f"must have a value; {part.get('value')} gives nothing"
                raise UnmadeError(f"/path/{name}", said, part.location)
            continue
        parameter = _declared(operation, where, name)
        if parameter is not None:
            values[parameter.location, parameter.name] = value
        elif where == "header":
            own.append((name, _header(value, part)))
        elif where == "cookie":
            cookies.append(f"{name}={quote(text(value), safe='')}")
        elif where == "querystring":
            query.append(text(value))
        elif where == "query":
            items = value if isinstance(value, list) else [value]
            query += [f"{quote(name, safe='')}={quote(text(item), safe='')}" for item in items]
        else:
            raise UnmadeError(f"/path/{name}", f"{operation.key} has no path parameter {name!r}", part.location)
    body, media_type = _body(step, operation, scope, maker, values)
    return _written(step, Draft(operation, values, body, media_type), maker, own, cookies, query)


def _written(
    step: Step, draft: Draft, maker: Maker, own: list[tuple[str, str]], cookies: list[str], query: list[str]
) -> Request:
    raw = draft.body if isinstance(draft.body, str) and kind(draft.media_type) != "json" else None
    if raw is not None:
        draft = draft.with_body(NOTHING)
    operation = draft.operation
    headers, asked = carried(operation, maker.settings.credentials.choice(operation) or {})
    try:
        secrets = tuple(maker.secrets(draft))
        appended = "&".join([*query, *filter(None, [asked])])
        request = serialise(draft, (*maker.settings.headers, *headers), appended, secrets)
    except Unserialisable as error:
        raise UnmadeError("", f"has no form in which it could travel: {error}", step.location) from None
    if raw is not None:
        written = (*request.headers, ("content-type", draft.media_type))
        request = replace(request, body=raw.encode(), headers=written, value=raw)
    given = {name.lower() for where, name in draft.values if where == "header"}
    return replace(request, headers=_headers(request.headers, given, own, cookies))


def _headers(written: Headers, given: set[str], own: list[tuple[str, str]], cookies: list[str]) -> Headers:
    """
    Put a step's own headers before what the verifier would send by itself: credentials, and what it accepts.
    """
    named = {name.lower() for name, _ in own}
    kept: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name, value in written[1:] if "accept" in given else written:
        key = name.lower()
        if key == "cookie":
            cookies = [value, *cookies]
        elif key not in named and not (key in given and key in seen):
            seen.add(key)
            kept.append((name, value))
    return (*kept, *own, *([("cookie", "; ".join(cookies))] if cookies else []))


def _declared(operation: Operation, where: str, name: str) -> Parameter | None:
    for parameter in operation.parameters:
        if parameter.location != where:
            continue
        if parameter.name == name or (where == "header" and parameter.name.lower() == name.lower()):
            return parameter
    return None


def _value(part: Part, field: str, pointer: str, scope: Scope) -> Any:
    try:
        return resolve(part.get(field), scope)
    except (ExpressionError, SelectorError) as error:
        raise UnmadeError(pointer, f"cannot be evaluated: {error}", part.location) from None


def _header(value: Any, part: Part) -> str:
    out = text(value)
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in out) or not out.isascii():
        raise UnmadeError(f"/header/{part.get('name')}", "is no field value (RFC 9110 §5.5)", part.location)
    return out.strip()


# Bodies


def _body(
    step: Step, operation: Operation, scope: Scope, maker: Maker, values: dict[tuple[str, str], Any]
) -> tuple[Any, str]:
    node = step.get("requestBody")
    if not isinstance(node, dict):
        return NOTHING, ""
    part = Part(step.description, node, step.place.at("requestBody"))
    media = maker.media(operation)
    media_type = str(node.get("contentType") or (media.media_type if media is not None else "application/json"))
    payload = node.get("payload", NOTHING)
    templated = isinstance(payload, str) and payload.strip()[:1] in {"{", "["} and not payload.startswith("{$")
    try:
        if templated and kind(media_type) in {"json", "form"}:
            body = _template(payload, operation, scope, media_type, values)
        else:
            body = resolve(payload, scope) if payload is not NOTHING else NOTHING
        for replacement in part.parts("replacements"):
            body = _replaced(replacement, body, media_type, scope)
    except (ExpressionError, SelectorError) as error:
        raise UnmadeError("/body", f"cannot be evaluated: {error}", part.location) from None
    if body is NOTHING:
        if payload is not NOTHING:
            raise UnmadeError("/body", f"must have a value; {payload} gives nothing", part.location)
        return NOTHING, ""
    if kind(media_type) == "json" and isinstance(body, str) and isinstance(payload, str):
        body = _parsed(body)
    if not isinstance(body, str) and kind(media_type) in {"xml", "text", "sequence"}:
        said = f"an object is not written as {media_type}; write the text, with expressions in braces"
        raise Unsupported("media-type", said)
    return body, media_type


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _template(
    payload: str, operation: Operation, scope: Scope, media_type: str, values: dict[tuple[str, str], Any]
) -> Any:
    """
    Evaluate JSON that is written as text.

    As the specification has it, a value in text is text: ``"quantity": "{$inputs.quantity}"`` is a string. Where the
    contract does not take that, and takes the value itself in its place, its author meant the value.
    """
    try:
        template = json.loads(payload)
    except ValueError:
        return _parsed(embedded(payload, scope))  # expressions stand outside of strings, so it becomes JSON with them
    found = [resolve(template, scope), resolve(_typed(template), scope)]
    for body in found:
        try:
            broken = violations(serialise(Draft(operation, values, body, media_type)))
        except Unserialisable:
            continue
        if not any(violation.pointer.startswith("/body") for violation in broken):
            return body
    return found[0]


def _typed(value: Any) -> Any:
    """
    Take the braces off texts that are one expression and nothing else.
    """
    if isinstance(value, dict):
        return {name: _typed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if isinstance(value, str) and value.startswith("{$") and value.find("}") == len(value) - 1:
        return value[1:-1]
    return value


def _replaced(part: Part, body: Any, media_type: str, scope: Scope) -> Any:
    value = resolve(part.get("value"), scope)
    if value is NOTHING:
        return body
    given = part.get("targetSelectorType")
    name, version = _selectors.language(given or ("xpath" if kind(media_type) == "xml" else "jsonpointer"))
    try:
        whole = _parsed(body) if isinstance(body, str) and kind(media_type) == "json" else body
        return _selectors.put(str(part.get("target", "")), name, version, value, {} if whole is NOTHING else whole)
    except SelectorError as error:
        raise UnmadeError("/body", f"{part.get('target')} {error}", part.location) from None
