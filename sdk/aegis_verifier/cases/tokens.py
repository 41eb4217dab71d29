"""
One-time tokens and codes: what a message brings works once, for its own user, and nothing made up works at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_contracts import Operation, Verdict
from aegis_contracts.exchange._scalars import members
from aegis_verifier import _names, checks
from aegis_verifier._drafts import Draft
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Resource
from aegis_verifier._settings import arrived
from aegis_verifier._values import NOTHING, Case, Exchange, Open, Script, Wait
from aegis_verifier.cases.steps._arrangement import Done, Steps, arrange, make

_LINKED = re.compile(r"[?&](?:token|code|key|t)=([^&\s\"'<>]+)")
_WORD = re.compile(r"[A-Za-z0-9._~+/=-]{4,512}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+|\+?[0-9][0-9 -]{7,}[0-9]")
_MOST_TRIES = 4
_SETTLED = 2.0
_MOST_GUESSES = 12


@dataclass(frozen=True)
class Redeemer:
    """
    An operation that takes a token, the name of the token, and the operations that may have sent it.
    """

    operation: Operation
    name: str
    causes: tuple[Operation, ...]


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The cases of an operation that redeems what was sent by mail or SMS.
    """
    redeemer = find(maker, operation)
    if redeemer is None:
        return
    claim = "takes the token that was sent, once"
    yield Case(operation, "tokens", "once", claim, lambda: _once(maker, redeemer))
    yield Case(operation, "tokens", "made up", "refuses a token that nobody sent", lambda: _made_up(maker, redeemer))
    if _limits(operation) and "{" in operation.path:
        claim = "ends guessing (429)"
        yield Case(operation, "tokens", "guessing", claim, lambda: _guessed(maker, redeemer))
    if "{" in operation.path:
        claim = "refuses the token of another"
        yield Case(operation, "tokens", "another's", claim, lambda: _anothers(maker, redeemer))


def find(maker: Maker, operation: Operation) -> Redeemer | None:
    """
    Find out whether an operation redeems a token, and what sends it: the noun before its last word tells.
    """
    media = maker.media(operation)
    if media is None or media.schema is None or operation.method not in {"POST", "PUT"}:
        return None
    root = media.schema.projected("request")
    secret = [
        name
        for name, schema in members(root, root).items()
        if plain(name) in _names.TOKENS and not (isinstance(schema, dict) and "enum" in schema)
    ]
    # What comes back was no secret: a coupon has a code, too.
    secret = [name for name in secret if name not in _answered(operation)]
    if not secret:
        return None
    words = [part for part in operation.path.split("/") if part and "{" not in part]
    nouns = set(words[-2:])
    causes = [
        other
        for other in maker.plan.operations
        if other is not operation
        and other.method == "POST"
        and (last := [part for part in other.path.split("/") if part and "{" not in part])
        and last[-1] in nouns
        and find_name(maker, other) is None
    ]
    return Redeemer(operation, secret[0], tuple(causes))


def _answered(operation: Operation) -> set[str]:
    """
    The members of what an operation answers when it succeeds.
    """
    roots = [
        media.schema.projected("response")
        for status, response in operation.responses.items()
        if status.startswith("2")
        for media in response.content.values()
        if media.schema is not None
    ]
    return {name for root in roots for name in members(root, root)}


def find_name(maker: Maker, operation: Operation) -> str | None:
    """
    Return the name of the token that an operation takes.
    """
    media = maker.media(operation)
    if media is None or media.schema is None:
        return None
    root = media.schema.projected("request")
    return next((name for name in members(root, root) if plain(name) in _names.TOKENS), None)


@dataclass(frozen=True)
class Sent:
    """
    Tokens that a message may have brought, the likeliest first, and whom it went to.

    Attributes:
        more: tells those of messages that have come since.
    """

    tokens: list[str]
    path: Mapping[str, Any]
    more: Callable[[], list[str] | None]


def _sent(maker: Maker, redeemer: Redeemer, seed: str) -> Steps[Sent]:
    """
    Make somebody who can get messages, and have one sent.
    """
    inbox = maker.settings.inbox
    if inbox is None:
        raise Open("no inbox to read the token from: name one with --inbox, or start the provider with --run")
    person: Done | None = None
    resource = _people(maker)
    path: dict[str, Any] = {}
    if resource is not None:
        made = yield from make(maker, resource, seed)
        person, path = made, dict(made.path)
    addresses = _addresses(person.draft.body if person is not None else None)
    if not addresses:
        raise Open("nobody with an address could be made")
    # Making somebody may send a message, too, and that one brings another token.
    settled = min(_SETTLED, maker.settings.patience)
    first: bool | None = yield Wait(lambda: any(inbox.texts(address) for address in addresses) or None, settled)
    before = {address: Counter(inbox.texts(address)) for address in addresses}
    for cause in redeemer.causes:
        draft = _for(maker, cause, f"{seed}/cause", path, person)
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            continue

        def look() -> list[str] | None:
            fresh = [text for address in addresses for text in arrived(inbox, address, before[address])]
            return _tokens(maker, redeemer, fresh) or None

        found: list[str] | None = yield Wait(look, maker.settings.patience)
        if found:
            more = _without(found, look)
            if first is None:
                # It may be the first message, which came late: then the one that was asked for follows.
                found = [*((yield Wait(more, settled)) or []), *found]
            return Sent(found, path, more)
    raise Open(f"no message brought a token (asked {', '.join(cause.key for cause in redeemer.causes) or 'nobody'})")


def _without(known: list[str], look: Callable[[], list[str] | None]) -> Callable[[], list[str] | None]:
    return lambda: [token for token in look() or () if token not in known] or None


def _people(maker: Maker) -> Resource | None:
    return next(
        (
            resource
            for resource in maker.plan.resources
            if (create := resource.get("create")) is not None and _can_be_reached(maker, create)
        ),
        None,
    )


def _can_be_reached(maker: Maker, operation: Operation) -> bool:
    media = maker.media(operation)
    if media is None or media.schema is None:
        return False
    root = media.schema.projected("request")
    return any(
        plain(name) in {"email", "emailaddress", "phone", "phonenumber", "mobile"} for name in members(root, root)
    )


def _addresses(body: Any) -> list[str]:
    if not isinstance(body, dict):
        return []
    return [
        value
        for name, value in body.items()
        if isinstance(value, str) and _ADDRESS.fullmatch(value) and ("mail" in name.lower() or "phone" in name.lower())
    ]


def _for(maker: Maker, operation: Operation, seed: str, path: Mapping[str, Any], person: Done | None) -> Draft:
    """
    Ask in the name of somebody: members that the person has, too, are the person's.
    """
    draft = maker.draft(operation, seed, "full", path)
    known = person.draft.body if person is not None else None
    if isinstance(draft.body, dict) and isinstance(known, dict):
        draft = draft.with_body({name: known.get(name, value) for name, value in draft.body.items()})
    return draft


def _tokens(maker: Maker, redeemer: Redeemer, texts: list[str]) -> list[str]:
    return tokens_in(maker, redeemer.operation, redeemer.name, texts)


def tokens_in(maker: Maker, operation: Operation, name: str, texts: list[str]) -> list[str]:
    """
    Find what may be the token in the newest message that has one: links first, then words that its schema accepts.

    Args:
        operation, name: the operation that redeems it, and the member that carries it.
    """
    media = maker.media(operation)
    assert media is not None
    assert media.schema is not None
    root = media.schema.projected("request")
    schema = members(root, root).get(name, True)
    whole = (
        {**schema, "$defs": root.get("$defs", {})} if isinstance(schema, dict) and isinstance(root, dict) else schema
    )
    verdict = Verdict(whole)
    for text in reversed(texts):
        words = [*_LINKED.findall(text), *sorted(_WORD.findall(text), key=lambda word: -_strangeness(word))]
        found = [word for word in dict.fromkeys(words) if verdict.is_valid(word)]
        if found:
            return found[:_MOST_TRIES]
    return []


def _strangeness(word: str) -> int:
    return sum(sign.isdigit() for sign in word) * 2 + (word.lower() != word) + len(word) // 8


def _redeeming(maker: Maker, redeemer: Redeemer, seed: str, token: str, path: Mapping[str, Any]) -> Draft:
    draft = maker.draft(redeemer.operation, seed, "full", path)
    assert isinstance(draft.body, dict)
    parameter = maker.plan.idempotency(redeemer.operation)
    if parameter is not None:
        draft = draft.with_value(parameter.location, parameter.name, NOTHING)
    return draft.with_body({**draft.body, redeemer.name: token})


def redeeming(maker: Maker, redeemer: Redeemer, seed: str) -> Steps[Draft]:
    """
    Have a token sent, and make the request that redeems it.
    """
    sent = yield from _sent(maker, redeemer, f"{seed}/sent")
    return _redeeming(maker, redeemer, seed, sent.tokens[0], sent.path)


def _once(maker: Maker, redeemer: Redeemer) -> Script:
    sent = yield from _sent(maker, redeemer, f"tokens/{redeemer.operation.key}/once")
    last: Exchange | None = None
    tokens = list(sent.tokens)
    for number in range(2 * _MOST_TRIES):
        if number == len(tokens):
            # Mails do not always arrive in the order in which they were asked for.
            tokens += (yield Wait(sent.more, maker.settings.patience)) or []
        if number >= len(tokens):
            break
        token = tokens[number]
        draft = _redeeming(maker, redeemer, f"tokens/once/{number}", token, sent.path)
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            last = exchange
            continue
        found = yield from _seen(maker, exchange, sent.path)
        again: Exchange = yield maker.request(draft)
        return [
            *found,
            *checks.refused(
                again, {400, 404, 409, 410, 422, 429}, "the token was used before, and works once", rule="one-time"
            ),
        ]
    if last is None:
        return []
    said = f"must take what the message brought; it was refused with {last.status}"
    return [checks.broken(last, "one-time", said, "/status")]


def _seen(maker: Maker, exchange: Exchange, path: Mapping[str, Any]) -> Script:
    """
    Read of the person what the answer claims: that something is verified, say.
    """
    resource = _people(maker)
    read = resource.get("read") if resource is not None else None
    if read is None or not isinstance(exchange.value, dict) or not path:
        return []
    after: Exchange = yield maker.request(maker.draft(read, "tokens/seen", "minimal", path))
    if not after.succeeded or not isinstance(after.value, dict):
        return []
    said = "must be what the operation before has answered"
    return [
        checks.broken(after, "read-back", said, f"/body/{name}")
        for name, value in exchange.value.items()
        if name in after.value and isinstance(value, bool | str) and not checks.same(value, after.value[name])
    ]


def _guessed(maker: Maker, redeemer: Redeemer) -> Script:
    """
    Try made-up codes until there is an end to it.
    """
    path: Mapping[str, Any] = {}
    if "{" in redeemer.operation.path:
        path = yield from arrange(maker, redeemer.operation, f"tokens/{redeemer.operation.key}/guessed")
    for cause in redeemer.causes:
        if "{" in cause.path:
            yield maker.request(maker.draft(cause, "tokens/guessed/cause", "minimal", path))
    exchange: Exchange | None = None
    for attempt in range(_MOST_GUESSES):
        exchange = yield maker.request(maker.draft(redeemer.operation, f"tokens/guessed/{attempt}", "minimal", path))
        if exchange is None or exchange.status == 429 or exchange.trouble:
            return []
        if exchange.succeeded:
            return checks.refused(exchange, {404, 409, 422}, "nobody sent this token", rule="one-time")
    assert exchange is not None
    said = f"must end guessing with 429, as the contract says; {_MOST_GUESSES} wrong codes were tried"
    return [checks.broken(exchange, "one-time", said, "/status")]


def _limits(operation: Operation) -> bool:
    response = operation.responses.get("429")
    told = " ".join([name for media in response.content.values() for name in media.examples]) if response else ""
    return "attempt" in told


def _made_up(maker: Maker, redeemer: Redeemer) -> Script:
    path: Mapping[str, Any] = {}
    known: set[str] = set()
    try:
        sent = yield from _sent(maker, redeemer, f"tokens/{redeemer.operation.key}/made-up")
        path, known = sent.path, set(sent.tokens)
    except Open:  # without a message, too, what nobody sent must not work
        if "{" in redeemer.operation.path:
            path = yield from arrange(maker, redeemer.operation, "tokens/made-up")
    for attempt in range(3):
        draft = maker.draft(redeemer.operation, f"tokens/made-up/{attempt}", "full", path)
        if isinstance(draft.body, dict) and draft.body.get(redeemer.name) not in known:
            exchange: Exchange = yield maker.request(draft)
            return checks.refused(
                exchange, {400, 401, 403, 404, 409, 410, 422, 429}, "nobody sent this token", rule="one-time"
            )
    return []


def _anothers(maker: Maker, redeemer: Redeemer) -> Script:
    mine = yield from _sent(maker, redeemer, f"tokens/{redeemer.operation.key}/mine")
    theirs = yield from _sent(maker, redeemer, f"tokens/{redeemer.operation.key}/theirs")
    if not mine.tokens or mine.tokens[0] in theirs.tokens:
        return []
    draft = _redeeming(maker, redeemer, "tokens/another", mine.tokens[0], theirs.path)
    exchange: Exchange = yield maker.request(draft)
    return checks.refused(
        exchange, {400, 401, 403, 404, 409, 410, 422, 429}, "the token was sent to somebody else", rule="one-time"
    )
