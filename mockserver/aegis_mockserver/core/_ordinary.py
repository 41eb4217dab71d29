"""
The ordinary way: the steps of the journey for requests with the same head to the same operation.

Most clients send the same header fields with each request, and most requests ask for nothing but what their operation
is there for. What the steps find out about such a head and such an operation is worked out once (``bind``), and their
requests are read, spoken to and checked by the same functions as all others. Whatever is out of the ordinary takes the
journey step by step: a fault, a scenario, a preference, a magic value, a key of idempotency, a stream, a world of its
own, a credential that is none. Both ways answer alike, and tests hold that.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from aegis_contracts import Match, Violation
from aegis_contracts.exchange import AlikeReader, Reading
from aegis_mockserver.core._authenticate import always
from aegis_mockserver.core._behave import exemplary, spoken
from aegis_mockserver.core._caches import Cache
from aegis_mockserver.core._check import Checked, check, failed, proved
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._route import Routed, mounted_at
from aegis_mockserver.core._rules import Rules
from aegis_mockserver.core._serialise import serialise
from aegis_mockserver.core._validate import refusal
from aegis_mockserver.core.contents._absent import Places, Sent, mend
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.core.contents._spellings import misspelt
from aegis_mockserver.core.effects._causes import cause
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Head, Reply, Request

SIZE = 1_500  # bytes of a way, about
SIZE_OF_VIOLATION = 500
REFUSALS = 32  # of one way
NONE: tuple[Violation, ...] = ()
# A refusal with no other header follows from head, path and what is broken: others tell an identity, or what is odd.
_PLAIN = frozenset({"content-type"})
# What a request asks for with them is nothing that its operation is there for.
_ASKS = frozenset({"prefer", "content-encoding", "x-mock-world", "idempotency-key"})


class Example(NamedTuple):
    """
    The contract's own answer, which is the same for all requests of a way.
    """

    status: int
    lines: bytes
    content: bytes
    origin: str
    linked: bool  # an address in it may lead to where the contract is mounted


class Refusal(NamedTuple):
    """
    What is answered to all requests of a way that have the same path, break the same rules and leave the same alone.

    Args:
        broken: these very violations, which are made once: as long as they are kept, nothing else has their identity.
    """

    broken: tuple[Violation, ...]
    status: int
    lines: bytes
    content: bytes


class Way:
    """
    What follows from an operation and a head.

    Args:
        reader: reads path and body.
        accept: what the client accepts.
        example: what is answered where nobody speaks.
    """

    __slots__ = (
        "accept",
        "causes",
        "depth",
        "example",
        "key",
        "operation",
        "places",
        "read",
        "refusals",
        "responses",
        "speak",
        "title",
    )

    def __init__(self, operation: CompiledOperation, reader: AlikeReader, accept: str, example: Example | None) -> None:
        self.operation = operation
        self.title, self.key = operation.title, operation.key
        self.read = reader.read
        self.accept = accept
        self.causes = operation.causes
        self.speak = operation.speak
        self.example = None if self.causes else example
        self.depth = operation.depth
        self.responses = operation.responses
        self.refusals: dict[tuple[object, ...], Refusal] = {}
        self.places: dict[tuple[int, ...], Places] = {}

    def places_of(self, ids: tuple[int, ...], broken: tuple[Violation, ...]) -> Places:
        """
        Remember where requests that break these rules may leave something alone.
        """
        if len(self.places) >= REFUSALS:
            self.places.clear()
        places = self.places[ids] = Places(broken)
        return places


def respond(
    rules: Rules,
    world: World,
    method: str,
    target: bytes,
    head: Head,
    body: bytes,
    heads: Cache[Any, Head],
    started: float,
) -> Reply | None:
    """
    Answer a request and note the exchange, as the journey does; None, and nothing done, where it is not ordinary.

    Args:
        target: path and query as in the request line.
        head: of the request; another one came with the same.
        heads: where it is kept.
        started: the machine's time when the request came.
    """
    raw, _, query = target.partition(b"?")
    if head.ways is None or not raw.isascii() or (query and b"__" in query):
        return None
    path = raw.decode()
    found = rules.routes.find(method, path)
    if not isinstance(found, Match):
        return None
    way: Way | Literal[False] | None = head.ways.get(found.value)
    if way is None:
        way = bind(rules, found.value, head) or False
        head.ways[found.value] = way
        heads.grow(SIZE)
    counts = query and b"page=" in query and found.value.leaves_pages_out
    if way is False or world.faults.active or counts:
        return None
    request = Request(method, path, query, head.headers, body)
    broken = again = NONE
    try:
        reading = way.read(found.path_values, query.decode("latin-1") if query else "", body)
        if query and reading.violations and misspelt(reading.violations):
            return None  # how truth values are written may be overlooked
        if reading.violations:
            broken = tuple(reading.violations)
            ids = tuple(map(id, broken))
            places = way.places.get(ids)
            if places is None:
                places = way.places_of(ids, broken)
                heads.grow(SIZE_OF_VIOLATION * len(broken))
            left = places.left_alone(reading)
            if left and (query or rules.absent):
                return None  # what stands for "not sent" is overlooked
            key = (path, ids, *left.items())
            refused = None if query else way.refusals.get(key)
            if refused is None:
                told = _wholly(rules, world, request, found, way, head, reading, broken)
                reply, origin, again = serialise(told, request), told.origin, told.violations
                # What stands deeper may leave nothing of what is around it, which is left alone as well then.
                alike = not query and way.operation.refuse is None and all(place.count("/") == 2 for place in left)
                if alike and told.headers.keys() <= _PLAIN:
                    heads.grow(_remember(way, key, Refusal(broken, reply.status, reply.lines, reply.body)))
            else:
                reply, origin = Reply(refused.status, None, refused.content, None, refused.lines), "problem"
        else:
            said = spoken(rules, world, way.operation, way.speak, reading)
            mounted = path.count("/") != way.depth
            if said is None and (example := way.example) is not None and not (mounted and example.linked):
                reply, origin = Reply(example.status, None, example.content, None, example.lines), example.origin
            else:
                checked = None
                if isinstance(said, Answer) and not way.causes and not (mounted and said.headers):
                    checked = proved(way.responses[said.status].plain, said)
                if checked is None:
                    checked = _wholly(rules, world, request, found, way, head, reading, NONE, said)
                    again = checked.violations
                reply, origin = serialise(checked, request), checked.origin
    except Exception as error:  # noqa: BLE001 - as on the journey: whatever went wrong is our bug
        checked = failed(rules.machine, request, way.key, error)
        broken, reply, origin = NONE, serialise(checked, request), checked.origin
    world.record(rules.machine.seconds() - started, request, reply, way.title, way.key, origin, broken, again)
    return reply


def _wholly(
    rules: Rules,
    world: World,
    request: Request,
    found: Match[CompiledOperation],
    way: Way,
    head: Head,
    reading: Reading,
    broken: tuple[Violation, ...],
    said: Answer | Problem | None = None,
) -> Checked:
    """
    Take the last steps as the journey takes them: what is answered is a refusal, causes something, or has no proof.
    """
    operation = way.operation
    request.fields = head.fields
    base = mounted_at(request.path, request.path.count("/") - way.depth)
    routed = Routed(request, operation, found.path_values, way.accept, base)
    if broken:
        sent = Sent(operation.reader, found.path_values, "", head.fields, request.body)
        said = refusal(operation, reading, broken, mend(sent) if Places(broken).left_alone(reading) else "")
    elif said is None:
        said = exemplary(routed, reading)
    if way.causes and isinstance(said, Answer):
        cause(rules, world, routed, reading, said)
    return check(routed, said, broken, rules.machine, rules.scheme)


def _remember(way: Way, key: tuple[object, ...], refusal: Refusal) -> int:
    """
    Keep a refusal.

    Returns:
        How many bytes it takes, about.
    """
    if len(way.refusals) >= REFUSALS:
        way.refusals.clear()
    way.refusals[key] = refusal
    return len(refusal.content) + SIZE_OF_VIOLATION * (1 + len(refusal.broken))


def bind(rules: Rules, operation: CompiledOperation, head: Head) -> Way | None:
    """
    Work out what follows from an operation and a head; None where their requests are out of the ordinary.
    """
    fields = head.fields
    if rules.validate != "strict" or rules.scenarios.any or rules.cors or not _ASKS.isdisjoint(fields):
        return None
    if operation.declared.method == "HEAD" or operation.others or operation.spanning:
        return None
    try:
        if operation.faults or operation.conditions is not None or operation.idempotent is not None:
            return None
        if operation.idempotent_member is not None:
            return None
        caller = always(operation, fields, rules.validate)
        if caller is None or caller.refusal is not None:
            return None
        answers, accept = operation.answers, fields.get("accept", "")
        answers.media_type(answers.default_status, accept)
        if operation.responses[answers.default_status].events is not None:
            return None
        return Way(operation, AlikeReader(operation.reader, fields), accept, _example(rules, operation, head, accept))
    except Exception:  # noqa: BLE001 - what is wrong is told where the journey meets it
        return None


def _example(rules: Rules, operation: CompiledOperation, head: Head, accept: str) -> Example | None:
    """
    Write the contract's own answer once, where nothing in it depends on the request.
    """
    answers = operation.answers
    response = operation.responses[answers.default_status]
    if response.headers:
        return None
    said = answers.exemplary(accept)
    if said is None or not isinstance(said.content, Proof):
        return None
    request = Request(operation.declared.method, operation.path, b"", head.headers)
    request.fields = head.fields
    checked = check(Routed(request, operation, {}, accept), said, (), rules.machine, rules.scheme)
    reply = serialise(checked, request)
    return Example(reply.status, reply.lines, reply.body, checked.origin, said.content.linked)
