"""
Requests that break the contract, each proved to break it after serialisation: they must be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aegis_contracts import Operation, Parameter
from aegis_contracts.exchange import kind
from aegis_contracts.instances import invalidate
from aegis_verifier import checks
from aegis_verifier._drafts import Draft, Unserialisable
from aegis_verifier._maker import Maker, shown
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Open, Script
from aegis_verifier.cases.steps._arrangement import settle

_MOST = 60
_BROKEN: dict[str, tuple[bytes, str]] = {
    "no JSON": (b'{"', "a body that is no JSON"),
    "cut off": (b'{"a": "b", ', "a body that is cut off"),
    "not UTF-8": (b'{"a": "\xff\xfe"}', "a body that is not UTF-8"),
    "empty": (b"", "an empty body"),
    "NaN": (b'{"a": NaN}', "a body with NaN, which is no JSON"),
    "deep": (b"[" * 500, "a body that is nested deeply and never ends"),
    "a byte order mark and noise": (b"\xef\xbb\xbf\x00{}", "a body that begins with noise"),
}

# Parsers differ about these: taking one is only worth a look.
_GARBLED = frozenset({"not UTF-8", "NaN", "deep", "a byte order mark and noise"})
_HUGE = 2 * 1024 * 1024


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    One case for each place and rule of the body, for each parameter, and for each kind of broken syntax.
    """
    yield from _bodies(maker, operation)
    yield from _syntax(maker, operation)
    for parameter in operation.parameters:
        yield from _parameters(maker, operation, parameter)


def _bodies(maker: Maker, operation: Operation) -> Iterator[Case]:
    media = maker.media(operation)
    if media is None or media.schema is None or kind(media.media_type) not in {"json", "form"}:
        return
    try:
        valid = maker.draft(operation, "invalid", "full")
        base = valid.body if maker.is_valid(valid) else maker.draft(operation, "invalid", "example").body
    except Open:
        return
    schema = media.schema.projected("request")
    if base is NOTHING or not media.schema.is_valid(base, "request"):
        return
    found = invalidate(schema, base, f"{maker.settings.seed}/{operation.key}")
    for index, invalid in enumerate(found[:_MOST]):
        name = f"body{invalid.pointer or ' itself'} {invalid.rule}"

        def script(index: int = index, body: Any = invalid.instance) -> Script:
            return _changed(maker, operation, f"invalid/{index}", body=body)

        where = invalid.pointer or "the body"
        yield Case(operation, "invalid", name, f"refuses a body that breaks {invalid.rule} at {where}", script)
    for name, body in _types(base):
        if media.schema.is_valid(body, "request"):
            continue

        def typed(name: str = name, body: Any = body) -> Script:
            return _changed(maker, operation, f"invalid/{name}", body=body)

        yield Case(operation, "invalid", f"body {name}", f"refuses {name}", typed)
    if "413" in operation.responses:
        claim = "refuses a body that is far too large"
        yield Case(operation, "invalid", "body too large", claim, lambda: _huge(maker, operation))
    if operation.request_body is not None and operation.request_body.required:

        def absent() -> Script:
            return _changed(maker, operation, "invalid/absent", body=NOTHING)

        yield Case(operation, "invalid", "body absent", "refuses a request without the required body", absent)


def _types(base: Any) -> Iterator[tuple[str, Any]]:
    """
    Put values of other types in the place of the body, and of each of its members: what converters like to convert.
    """
    kinds: tuple[Any, ...] = (None, True, 12_345, "text", [], [base], {})
    for other in kinds:
        if type(other) is not type(base):
            yield f"{shown(other)} for the body", other
    if not isinstance(base, dict):
        return
    for name, value in base.items():
        others: tuple[Any, ...] = (None, [value], {"value": value})
        if isinstance(value, bool):
            others = (*others, "true", 1)
        elif isinstance(value, int | float):
            others = (*others, str(value), value == 0)
        elif isinstance(value, str):
            others = (*others, 12_345, False)
        for other in others:
            yield f"{type(other).__name__} for {name}", {**base, name: other}


def _syntax(maker: Maker, operation: Operation) -> Iterator[Case]:
    media = maker.media(operation)
    if media is None or kind(media.media_type) != "json" or operation.request_body is None:
        return
    for name, (content, said) in _BROKEN.items():
        if name == "empty" and not operation.request_body.required:
            continue

        def script(content: bytes = content, media_type: str = media.media_type, name: str = name) -> Script:
            return _raw(maker, operation, content, media_type, garbled=name in _GARBLED)

        yield Case(operation, "invalid", f"body syntax: {name}", f"refuses {said}", script)


def _huge(maker: Maker, operation: Operation) -> Script:
    path = yield from settle(maker, operation, "invalid/huge")
    draft = _base(maker, operation, "invalid/huge", path)
    texts = (
        [name for name, value in draft.body.items() if isinstance(value, str)] if isinstance(draft.body, dict) else []
    )
    if not texts:
        raise Open("no member of the body could be made that large")
    draft = draft.with_body({**draft.body, texts[0]: "가" * (_HUGE // 3)})
    media = maker.media(operation)
    if media is None or media.schema is None or media.schema.is_valid(draft.body, "request"):
        raise Open("the contract allows a text of any length")
    exchange: Exchange = yield maker.request(draft).provoking(400, 413, 422)
    if exchange.trouble == "connection":
        return []  # closing on a body that nobody wants to read is fair (RFC 9110 §15.5.14)
    return refused(exchange)


def _parameters(maker: Maker, operation: Operation, parameter: Parameter) -> Iterator[Case]:
    where, name = parameter.location, parameter.name
    if parameter.required and where != "path":

        def left_out() -> Script:
            return _changed(maker, operation, f"invalid/{where}/{name}", parameter=(where, name, NOTHING))

        yield Case(operation, "invalid", f"{where} {name} required", f"refuses a request without {name}", left_out)
    schema = parameter.content.schema if parameter.content is not None else parameter.schema
    if schema is None or where == "querystring":
        return
    value = maker.value(schema, f"invalid/{where}/{name}", name)
    if value is NOTHING:
        return
    seen: set[str] = set()
    for invalid in invalidate(schema.projected("request"), value, f"{maker.settings.seed}/{name}"):
        shortened = _short(schema.resolved, invalid.instance)
        if invalid.rule in seen or not _breaks(maker, operation, parameter, shortened):
            continue
        seen.add(invalid.rule)

        def script(instance: Any = shortened, rule: str = invalid.rule) -> Script:
            return _changed(maker, operation, f"invalid/{where}/{name}/{rule}", parameter=(where, name, instance))

        claim = f"refuses {where} parameter {name} that breaks {invalid.rule}"
        yield Case(operation, "invalid", f"{where} {name} {invalid.rule}", claim, script)


def _short(schema: Any, value: Any) -> Any:
    """
    Make a text just too long where it is far too long: servers refuse long addresses before anybody reads them.
    """
    longest = schema.get("maxLength") if isinstance(schema, dict) else None
    return value[: longest + 1] if isinstance(value, str) and isinstance(longest, int) else value


def _breaks(maker: Maker, operation: Operation, parameter: Parameter, value: Any) -> bool:
    """
    Say whether the value breaks the contract as a parameter: what is a number in JSON is text there.
    """
    if parameter.location == "path" and value in ("", None):
        return False
    alone = Draft(operation, {(parameter.location, parameter.name): value})
    try:
        found = maker.violations(alone)
    except Unserialisable:
        return False
    return any(v.pointer.startswith(f"/{parameter.location}/{parameter.name}") and v.rule != "required" for v in found)


def _changed(
    maker: Maker, operation: Operation, seed: str, *, body: Any = None, parameter: tuple[str, str, Any] | None = None
) -> Script:
    path = yield from settle(maker, operation, seed)
    if parameter is not None:
        draft = _base(maker, operation, seed, path).with_value(*parameter)
    else:
        draft = maker.draft(operation, seed, "full", path, body=False).with_body(body)
    if not maker.is_invalid(draft):
        raise Open("turned out to keep the contract once it was serialised")
    exchange: Exchange = yield maker.request(draft).provoking(*_undeclared(operation))
    return refused(exchange)


def _undeclared(operation: Operation) -> set[int]:
    """
    Name the refusals that need not be declared: HTTP's own, and of 400 and 422 the one where neither is.
    """
    own = {404, 413, 414, 415, 431}
    return own if operation.response(400) or operation.response(422) else own | {400, 422}


def _base(maker: Maker, operation: Operation, seed: str, path: dict[str, Any]) -> Draft:
    draft = maker.draft(operation, seed, "full", path)
    return draft if maker.is_valid(draft) else maker.draft(operation, seed, "example", path)


def _raw(maker: Maker, operation: Operation, content: bytes, media_type: str, *, garbled: bool) -> Script:
    path = yield from settle(maker, operation, "invalid/syntax")
    request = maker.request(maker.draft(operation, "invalid/syntax", "full", path))
    request = replace(request.with_headers(content_type=media_type), body=content, value=NOTHING, garbled=garbled)
    exchange: Exchange = yield request.provoking(400, 404, 411, 413, 415, 422)
    found = refused(exchange)
    return [replace(failure, severity="warning") for failure in found] if garbled else found


def refused(exchange: Exchange) -> list[Failure]:
    """
    Expect a refusal of a request that breaks the contract; in which order a provider looks at things is its own.
    """
    if exchange.status == 401:
        return checks.refused(exchange, {400, 422}, "it breaks the contract, and its credential is good", rule="status")
    if 400 <= exchange.status < 500:
        return []
    return checks.refused(exchange, {400, 422}, "it breaks the contract", rule="accepted-invalid")
