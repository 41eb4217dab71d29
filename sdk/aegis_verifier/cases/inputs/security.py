"""
Credentials: none, wrong ones, ones of another kind, and known ones that may do nothing — on every operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._settings import carried
from aegis_verifier._values import Case, Exchange, Failure, Headers, Open, Script
from aegis_verifier.cases.steps._arrangement import refer, settle

WRONG = "invalid-0c5f1e-aegis-verify"


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    One case for each kind of bad credential; one for the good ones where none is needed.
    """
    if not operation.security or {} in operation.security:
        yield Case(operation, "security", "none needed", "answers without credentials", lambda: _open(maker, operation))
        return
    yield Case(
        operation, "security", "none", "refuses a request without credentials", lambda: _bad(maker, operation, ())
    )
    said = "refuses a credential that nobody issued"
    for index, alternative in enumerate(operation.security):
        wrong, query = carried(operation, dict.fromkeys(alternative, WRONG))

        def bad(wrong: Headers = wrong, query: str = query) -> Script:
            return _bad(maker, operation, wrong, query)

        name = f"wrong {' and '.join(alternative)}" if index else "wrong"
        yield Case(operation, "security", name, said, bad)
    names = list(operation.security[0])
    if any(_is_http(operation, name) for name in names) and not _takes_all(operation):
        other: Headers = (("authorization", f"Unknown {WRONG}"),)
        said = "refuses a credential of a scheme that the contract does not name"
        yield Case(operation, "security", "other scheme", said, lambda: _bad(maker, operation, other))
        word = next(value.partition(" ")[0] for _, value in carried(operation, dict.fromkeys(names, WRONG))[0])
        empty: Headers = (("authorization", word),)
        said = "refuses the name of the scheme without a credential"
        yield Case(operation, "security", "empty", said, lambda: _bad(maker, operation, empty))
    forbidden = maker.settings.forbidden.choice(operation) if maker.settings.forbidden is not None else None
    if forbidden is not None:
        said = "refuses a known credential that may not do this"
        yield Case(operation, "security", "forbidden", said, lambda: _forbidden(maker, operation, forbidden))


def _takes_all(operation: Operation) -> bool:
    """
    Say whether a scheme takes the whole of ``Authorization`` for its key.
    """
    schemes = operation.contract.security_schemes
    nodes = [schemes[name].node for choice in operation.security for name in choice if name in schemes]
    return any(node.get("type") == "apiKey" and str(node.get("name", "")).lower() == "authorization" for node in nodes)


def _is_http(operation: Operation, name: str) -> bool:
    element = operation.contract.security_schemes.get(name)
    return element is not None and element.node.get("type") in {"http", "oauth2", "openIdConnect"}


def _open(maker: Maker, operation: Operation) -> Script:
    path = yield from settle(maker, operation, "security")
    exchange: Exchange = yield maker.request(maker.draft(operation, "security", "minimal", path), {})
    if exchange.status not in {401, 403}:
        return []
    said = f"must answer without credentials: the contract asks for none; it was refused with {exchange.status}"
    return [checks.broken(exchange, "security", said, "/status")]


def _bad(maker: Maker, operation: Operation, headers: Headers, query: str = "") -> Script:
    from dataclasses import replace

    path = yield from settle(maker, operation, f"security/{headers}")
    draft = maker.draft(operation, f"security/{headers}{query}", "full", path)
    draft = yield from refer(maker, draft, f"security/{headers}")
    request = maker.request(draft, {})
    target = request.target + (("&" if "?" in request.target else "?") + query if query else "")
    request = replace(request, target=target, headers=(*request.headers, *headers))
    exchange: Exchange = yield request.provoking(401, 403)
    found = refused_credential(exchange, {401} if operation.response(401) else {401, 403})
    if found or operation.method != "DELETE":
        return found
    return (yield from _untouched(maker, operation, path))


def _forbidden(maker: Maker, operation: Operation, values: Mapping[str, str]) -> Script:
    path = yield from settle(maker, operation, "forbidden")
    draft = maker.draft(operation, "forbidden", "full", path)
    exchange: Exchange = yield maker.request(draft, values).provoking(401, 403, 404)
    wanted = {403} if operation.response(403) else {403, 404, 401}
    return refused_credential(exchange, wanted)


def refused_credential(exchange: Exchange, statuses: set[int]) -> list[Failure]:
    """
    Expect a refusal because of the credential, in the very words of the contract.
    """
    return checks.refused(exchange, statuses, "its credential is not good for this", rule="security")


def _untouched(maker: Maker, operation: Operation, path: Mapping[str, object]) -> Script:
    """
    See that what was not allowed did not happen all the same.
    """
    read = maker.plan.by_place.get(("GET", operation.path))
    if read is None or not path:
        return []
    try:
        exchange: Exchange = yield maker.request(maker.draft(read, "security/after", "minimal", path))
    except Open:
        return []
    if exchange.status in {404, 410}:
        said = "must change nothing when the credential is refused; the item is gone"
        return [checks.broken(exchange, "security", said, "/status")]
    return []
