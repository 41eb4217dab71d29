"""
Odd but legal input: Korean in every form, emoji, marks of other languages and of code. It is never a reason to fail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aegis_contracts import Operation
from aegis_contracts.exchange import kind
from aegis_contracts.exchange._scalars import members, types
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import marked
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Script
from aegis_verifier.cases.steps._arrangement import arrange, fresh, item_of, refer, settle

TEXTS = {
    "Korean": "이지스 소상공인 지원 똠방각하 뷁",
    "Korean in parts": unicodedata.normalize("NFD", "한글 자모"),
    "emoji": "가게 🏪👩‍🍳🇰🇷 열었어요",
    "right to left": "متجر ‏صغير",
    "a quote and code": "O'Brien \"; DROP TABLE users;-- <script>alert(1)</script> ${7*7} {{7*7}}",
    "blanks around": "  한 칸  띄움  ",
    "a line break": "첫째 줄\n둘째 줄\t끝",
    "a zero character": "가\u0000나",
    "wide and invisible": "\uff21\u200b\ufeff\u00a0끝",
    "only blanks": "   ",
    "nothing": "",
}
_FAITHFUL = ("Korean", "emoji", "a quote and code", "nothing")


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    One case for each odd text in all texts of the body at once and in each parameter; odd forms of the request.
    """
    for name, text in TEXTS.items():

        def body(name: str = name, text: str = text) -> Script:
            return _body(maker, operation, name, text)

        if free_texts(maker, operation):
            yield Case(operation, "oddities", f"body: {name}", f"bears {name} in every text of the body", body)
    for parameter in operation.parameters:
        if parameter.location not in {"path", "query"}:
            continue

        def asked(location: str = parameter.location, of: str = parameter.name) -> Script:
            return _parameter(maker, operation, location, of)

        title = f"{parameter.location} {parameter.name}: odd texts"
        yield Case(operation, "oddities", title, f"bears odd texts in {parameter.name}", asked)
    yield Case(
        operation,
        "oddities",
        "query: unknown",
        "bears a query parameter that nobody declared",
        lambda: _extra(maker, operation),
    )
    yield Case(
        operation, "oddities", "query: broken", "bears a query that is no UTF-8", lambda: _broken(maker, operation)
    )
    media = maker.media(operation)
    if media is not None and kind(media.media_type) == "json":
        yield Case(
            operation,
            "oddities",
            "body: spaced JSON",
            "takes JSON with blanks and escapes",
            lambda: _spelling(maker, operation),
        )


def free_texts(maker: Maker, operation: Operation) -> list[str]:
    """
    Name the members of a body that are texts.
    """
    media = maker.media(operation)
    if media is None or media.schema is None:
        return []
    root = media.schema.projected("request")
    own = marked(operation, "readOnly", where="request")
    return [n for n, schema in members(root, root).items() if n not in own and "string" in types(schema, root)]


def _odd(maker: Maker, operation: Operation, body: Any, text: str) -> dict[str, Any]:
    """
    Put the text wherever the schema lets it stand.
    """
    media = maker.media(operation)
    assert media is not None
    assert media.schema is not None
    changed: dict[str, Any] = dict(body)
    for name in free_texts(maker, operation):
        fits = [text, text[: max(1, len(text) // 2)], (text * 4)[:100]]
        for fit in fits:
            tried = {**changed, name: fit}
            if media.schema.is_valid(tried, "request"):
                changed = tried
                break
    return changed


def _body(maker: Maker, operation: Operation, name: str, text: str) -> Script:
    seed = f"oddities/{name}"
    path = yield from (settle if operation.method in {"PUT", "PATCH"} and name not in _FAITHFUL else arrange)(
        maker, operation, seed
    )
    draft = maker.draft(operation, seed, "full", path)
    draft = yield from refer(maker, draft, seed)
    if not isinstance(draft.body, dict):
        return []
    body = _odd(maker, operation, draft.body, text)
    if body == draft.body:
        return []  # no text of this body may be like that
    exchange: Exchange = yield maker.request(draft.with_body(body))
    if not exchange.succeeded or name not in _FAITHFUL:
        return []  # whether it is taken is the provider's choice; failing is not, and the judge sees that
    changed = {key: value for key, value in body.items() if value != draft.body.get(key)}
    return (yield from _faithful(maker, operation, exchange, changed))


def _faithful(maker: Maker, operation: Operation, exchange: Exchange, changed: dict[str, Any]) -> Script:
    from aegis_verifier.cases.steps._arrangement import identity

    owner = maker.plan.resource_of(operation)
    names = owner[0].id_names if owner is not None else ["id"]
    found = list(_compared(exchange, changed, names))
    if not found and owner is not None and owner[1] == "create" and (read := owner[0].get("read")) is not None:
        number = identity(owner[0], exchange)
        if number is not None:
            place: dict[str, Any] = dict(exchange.request.path_values)
            again: Exchange = yield maker.request(
                maker.draft(read, "oddities/read", "minimal", {**place, owner[0].parameter: number})
            )
            found = list(_compared(again, changed, names)) if again.succeeded else []
    return found


def _compared(exchange: Exchange, changed: dict[str, Any], names: list[str]) -> Iterator[Failure]:
    item = item_of(exchange.value, names) or exchange.value
    if not isinstance(item, dict):
        return
    for name, value in changed.items():
        if name in item and isinstance(item[name], str) and item[name] != value:
            said = "must come back as it was sent; its characters were changed"
            yield checks.broken(exchange, "read-back", said, f"/body/{name}", "store and answer text as UTF-8")
        elif value == "" and name in item and item[name] is None:
            said = "must come back as it was sent: an empty text is no null"
            yield checks.broken(exchange, "read-back", said, f"/body/{name}", "ask whether it is there, not what it is")


def _parameter(maker: Maker, operation: Operation, location: str, name: str) -> Script:
    path = yield from settle(maker, operation, "oddities/parameter")
    base = maker.draft(operation, "oddities/parameter", maker.recipes(operation)[0], path)
    for text in TEXTS.values():
        # A slash divides segments for many servers, even when it is percent-encoded.
        draft = base.with_value(location, name, text.replace("/", "|") if location == "path" else text)
        try:
            request = maker.request(draft)
        except Exception:  # noqa: BLE001, S112 - a text that cannot stand there is passed over
            continue
        exchange: Exchange = yield replace(request, garbled=True).provoking(400, 404, 422)
        if exchange.trouble or exchange.status >= 500:
            return []
        found = location == "path" and exchange.succeeded and operation.method == "GET"
        if found and operation.response(404) is not None and maker.plan.creator(operation, name) is not None:
            said = "must not find what nobody made"
            return [checks.broken(exchange, "not-found", said, "/status", "answer 404")]
    return []


def _extra(maker: Maker, operation: Operation) -> Script:
    path = yield from arrange(maker, operation, "oddities/extra")
    request = maker.request(maker.draft(operation, "oddities/extra", maker.recipes(operation)[0], path))
    mark = "&" if "?" in request.target else "?"
    target = f"{request.target}{mark}aegis_verify_{quote('한글', safe='')}=1"
    yield replace(request, target=target).provoking(400, 404, 422)
    return []


def _broken(maker: Maker, operation: Operation) -> Script:
    path = yield from settle(maker, operation, "oddities/broken")
    request = maker.request(maker.draft(operation, "oddities/broken", maker.recipes(operation)[0], path))
    mark = "&" if "?" in request.target else "?"
    for query in ("aegis_verify=%FF%FE", "aegis_verify=%ZZ&=&&&=%", "a[b][c]=1&a=2&a[]=3"):
        yield replace(request, target=f"{request.target}{mark}{query}", garbled=True).provoking(400, 404, 422)
    return []


def _spelling(maker: Maker, operation: Operation) -> Script:
    """
    JSON may be written in many ways that mean the same (RFC 8259 §2, §7).
    """
    import json

    draft = yield from fresh(maker, operation, "oddities/spelling")
    if draft.body is NOTHING:
        return []
    request = maker.request(draft)
    spelt = b"\r\n\t " + json.dumps(draft.body, ensure_ascii=True, indent=3).encode() + b"\n "
    exchange: Exchange = yield replace(request, body=spelt)
    return checks.accepted(exchange, "JSON with blanks and \\u escapes")
