"""
Content negotiation and methods: every declared media type is answered, the undeclared ones are not pretended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aegis_contracts import Operation
from aegis_contracts.exchange import essence, kind
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import success
from aegis_verifier._values import Case, Exchange, Failure, Script
from aegis_verifier.cases.steps._arrangement import accept, fresh, refer, settle

STRANGE = "application/vnd.aegis.nobody-has-this"
_METHODS = ("DELETE", "PATCH", "PUT", "POST", "GET")


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    Accept headers, content types and methods of one operation.
    """
    declared = list(dict.fromkeys(name for response in success(operation) for name in response.content))
    for name in declared:
        if "*" not in name:
            claim = f"answers {name} when it is asked for"
            yield Case(operation, "negotiation", f"accept {name}", claim, _asking(maker, operation, name))
    claim = "answers whatever it likes best when anything is acceptable"
    yield Case(operation, "negotiation", "accept anything", claim, lambda: _anything(maker, operation))
    if declared and operation.response(406) is not None and "406" in operation.responses:
        claim = "refuses to answer in a media type that it does not have"
        yield Case(operation, "negotiation", "accept unknown", claim, lambda: _unacceptable(maker, operation))
    body = operation.request_body
    if body is not None and body.content and maker.media(operation) is not None:
        claim = "refuses a body of a media type that it does not read"
        yield Case(operation, "negotiation", "content type unknown", claim, lambda: _unreadable(maker, operation))
        claim = "takes the declared media type with a charset"
        if kind(maker.media(operation).media_type) == "json":  # type: ignore[union-attr]  # looked at just before
            yield Case(operation, "negotiation", "content type with charset", claim, lambda: _charset(maker, operation))
    if (method := _undeclared(maker, operation)) is not None:
        claim = f"refuses {method}, which the path does not offer"
        yield Case(operation, "negotiation", f"method {method}", claim, lambda: _method(maker, operation, method))


def _asking(maker: Maker, operation: Operation, name: str):  # type: ignore[no-untyped-def]  # a closure for Case
    def script() -> Script:
        yield from accept(maker, operation, f"negotiation/{name}")
        draft = yield from fresh(maker, operation, f"negotiation/{name}/again")
        exchange: Exchange = yield maker.request(draft).with_headers(accept=name)
        if not exchange.succeeded or exchange.response is None:
            if exchange.status == 406:
                said = f"must answer {name}, which it declares; it was refused with 406"
                return [checks.broken(exchange, "negotiation", said, "/status")]
            return []
        got = exchange.response.media_type
        if exchange.response.body and got != essence(name):
            said = f"must be {name}, as asked for and declared"
            return [checks.broken(exchange, "negotiation", said, "/header/Content-Type")]
        return []

    return script


def _anything(maker: Maker, operation: Operation) -> Script:
    found: list[Failure] = []
    for accepting in ("*/*", None):
        draft = yield from fresh(maker, operation, f"negotiation/{accepting}")
        exchange: Exchange = yield maker.request(draft).with_headers(accept=accepting)
        if exchange.status == 406:
            said = "must not refuse a request that accepts anything (RFC 9110 §12.5.1)"
            found.append(checks.broken(exchange, "negotiation", said, "/status"))
    return found


def _unacceptable(maker: Maker, operation: Operation) -> Script:
    path = yield from settle(maker, operation, "negotiation/406")
    draft = maker.draft(operation, "negotiation/406", maker.recipes(operation)[0], path)
    draft = yield from refer(maker, draft, "negotiation/406")
    exchange: Exchange = yield maker.request(draft).with_headers(accept=STRANGE)
    if exchange.succeeded and exchange.response is not None and not exchange.response.body:
        return []
    return checks.refused(exchange, {406}, f"only {STRANGE} is accepted, and 406 is declared", rule="negotiation")


def _unreadable(maker: Maker, operation: Operation) -> Script:
    path = yield from settle(maker, operation, "negotiation/415")
    draft = maker.draft(operation, "negotiation/415", maker.recipes(operation)[0], path)
    request = maker.request(draft)
    if request.body is None:
        request = maker.request(maker.draft(operation, "negotiation/415", "full", path))
    exchange: Exchange = yield request.with_headers(content_type=STRANGE).provoking(400, 415, 422)
    wanted = {415} if "415" in operation.responses else {400, 406, 415, 422}
    if "415" not in operation.responses and exchange.succeeded:
        return []  # lenient, and the contract says nothing against it
    return checks.refused(exchange, wanted, f"its body is {STRANGE}", rule="negotiation")


def _charset(maker: Maker, operation: Operation) -> Script:
    draft = yield from fresh(maker, operation, "negotiation/charset")
    if not draft.media_type:
        return []
    request = maker.request(draft).with_headers(content_type=f"{draft.media_type}; charset=utf-8")
    exchange: Exchange = yield request.provoking(415)
    return checks.accepted(exchange, "JSON whose media type has the parameter charset=utf-8")


def _undeclared(maker: Maker, operation: Operation) -> str | None:
    offered = {other.method for other in maker.plan.operations if other.path == operation.path}
    if operation.method != min(offered):  # once for each path
        return None
    return next((method for method in _METHODS if method not in offered), None)


def _method(maker: Maker, operation: Operation, method: str) -> Script:
    path = yield from settle(maker, operation, "negotiation/method")
    request = maker.request(maker.draft(operation, "negotiation/method", "minimal", path))
    exchange: Exchange = yield replace(request, method=method, body=None, foreign=True).provoking(501)
    offered = ", ".join(sorted(other.method for other in maker.plan.operations if other.path == operation.path))
    if exchange.succeeded:
        said = f"must be refused: the contract does not offer {method} here (only {offered}); it was done"
        return [checks.broken(exchange, "method", said, "/status", "answer 405 with Allow")]
    if exchange.status == 405 and exchange.response is not None and "allow" not in exchange.response.headers:
        said = "must have Allow with 405 (RFC 9110 §15.5.6)"
        return [replace(checks.broken(exchange, "allow", said, "/header/Allow"), severity="warning")]
    return []
