"""
The journey of a request: route → validate → negotiate → behave → check → serialize.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from aegis_contracts import InvalidSchemaError, MethodNotAllowed, Violation
from aegis_contracts.exchange import Challenge, Reading
from aegis_mockserver.core import _cors, _credentials, _finish, _idempotency, _problems
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core._served import Served
from aegis_mockserver.core.choices._conditions import scene_of
from aegis_mockserver.core.choices._prefer import preference
from aegis_mockserver.core.contents import _encodings
from aegis_mockserver.core.effects._callbacks import callbacks_of
from aegis_mockserver.core.effects._expressions import MISSING
from aegis_mockserver.world import Effect, Event, World
from aegis_mockserver.world._messages import Disturbance, Reply, Request

if TYPE_CHECKING:
    from aegis_mockserver.core._provider import Mount, Provider

log = logging.getLogger("aegis_mockserver")


@dataclass(slots=True)
class Kept:
    """
    A reply that the same request gets again, as long as its world does not change.
    """

    world: World
    version: int
    title: str
    operation: str
    origin: str
    request: Request
    reply: Reply
    violations: tuple[Violation, ...]
    faults: tuple[Violation, ...]
    fresh: bytes  # name of the header that identifies the exchange, made anew each time


class Trip:
    """
    What one request gathers on its way.
    """

    # Defaults stand on the class: a trip is made for every request, and sets only what it meets.
    served: Served | None = None
    path_values: Mapping[str, str] = MappingProxyType({})
    reading: Reading | None = None
    violations: tuple[Violation, ...] = ()
    keep = False
    credential = ""
    accept = ""
    base = ""  # where the contract is mounted: what stands before the operation's own path
    disturbance: Disturbance | None = None

    def __init__(self, site: Provider, world: World, request: Request) -> None:
        self.site = site
        self.world = world
        self.request = request

    @property
    def seed(self) -> str:
        """
        What generated values depend on: the site's seed and the parameters.
        """
        return f"{self.site.seed}|{self.request.path}?{self.request.query.decode('latin-1')}"


def text_of(path: bytes) -> str:
    """
    Return the raw path as text; bytes that should have been percent-encoded become so.
    """
    return str(path, "ascii") if path.isascii() else quote(path, safe="/%:@!$&'()*+,;=~")


def respond(site: Provider, request: Request, started: float) -> tuple[Reply, tuple[Any, ...] | None]:
    """
    Answer *request*, and say what may be kept of the answer: the fields of a ``Kept``.
    """
    named = request.fields.get("x-mock-world")
    world = site.worlds.get(named[:200]) if named else site.worlds.default
    trip = Trip(site, world, request)
    version = world.version
    if site.cors and request.method == "OPTIONS" and "access-control-request-method" in request.fields:
        return _cors.preflight(request), None
    for prefix, mount in site.mounts.items():
        if request.path.startswith(prefix) and request.path[len(prefix) : len(prefix) + 1] in {"", "/"}:
            return _mounted(mount, trip), None
    try:
        said = _answer(trip)
        if isinstance(said, Problem):
            said = _in_its_own_shape(said, trip)
        reply, faults, fresh = _finish.finish(said, trip)
    except Exception:
        # Whatever went wrong is our bug: say so loudly, answer as a provider that failed, and stay alive.
        log.exception("%s %s: the mock failed", request.method, trip.served.key if trip.served else request.path)
        said = Problem("internal_error", 500, "The mock server failed; this is a bug, and its log says more.")
        reply, faults, fresh = _finish.finish_plain(said, trip)
    if site.cors:
        _cors.allow(reply)
    served = trip.served
    title, key = (served.title, served.key) if served else ("", "")
    origin = said.origin if isinstance(said, Answer) else "problem"
    request.slim()
    seconds = time.perf_counter() - started
    world.record(
        seconds,
        request,
        reply,
        contract=title,
        operation=key,
        origin=origin,
        violations=trip.violations,
        faults=faults,
    )
    if not trip.keep or world.version != version or reply.disturbance is not None:
        return reply, None
    return reply, (world, version, title, key, origin, request, reply, trip.violations, faults, fresh)


def refreshed(kept: Kept) -> Reply:
    """
    Return the kept reply with a new identification of the exchange.
    """
    name = kept.fresh
    identity = str(uuid4()).encode()
    reply = kept.reply
    return Reply(reply.status, [(n, identity if n == name else v) for n, v in reply.headers], reply.body)


def _in_its_own_shape(said: Problem, trip: Trip) -> Answer | Problem:
    served = trip.served
    if served is None or served.refuse is None:
        return said
    return served.refuse(served.operation, said, trip.request) or said


def _mounted(mount: Mount, trip: Trip) -> Reply:
    said = mount(trip.site, trip.world, trip.request)
    if isinstance(said, Answer) and said.stream is not None:
        trip.disturbance = Disturbance(stream=said.stream)
    reply = _finish.finish_plain(said, trip)[0]
    if trip.disturbance is not None:
        reply.headers = [line for line in reply.headers if line[0] != b"content-length"]
    return reply


def _answer(trip: Trip) -> Answer | Problem:
    refusal = _route(trip)
    if refusal is not None:
        trip.keep = True
        return refusal
    served = trip.served
    assert served is not None
    effect = _effect(trip, served)
    if effect is not None and effect.status:
        return _faulty(served, effect)
    said = _negotiate(trip, served)
    if isinstance(said, Answer) and (served.emissions or served.calls_back):
        _emit(trip, served, said)
    return said


def _route(trip: Trip) -> Problem | None:
    request = trip.request
    found = trip.site.routes.find(request.method, request.path)
    if (found is None or isinstance(found, MethodNotAllowed)) and request.method == "HEAD":
        head = trip.site.routes.find("GET", request.path)
        if head is not None and not isinstance(head, MethodNotAllowed):
            found = head
    if found is None:
        return Problem(
            "not_found", 404, "No contract has an operation at this path; GET /__mock__/operations lists them."
        )
    if isinstance(found, MethodNotAllowed):
        allow = ", ".join(
            [*found.allowed, *(["HEAD"] if "GET" in found.allowed and "HEAD" not in found.allowed else [])]
        )
        return Problem("method_not_allowed", 405, f"This path offers {allow}.", headers={"Allow": allow})
    trip.served, trip.path_values = found.value, found.path_values
    if found.value.others:
        query = request.query.decode("latin-1")
        trip.served, trip.path_values = found.value.meant(found.path_values, query, request.fields, request.body)
    surplus = request.path.count("/") - found.value.depth
    if surplus > 0:
        trip.base = "/".join(request.path.split("/")[: surplus + 1])
    return None


def _negotiate(trip: Trip, served: Served) -> Answer | Problem:
    site, request, world = trip.site, trip.request, trip.world
    fields = request.fields
    trip.accept = fields.get("accept", "")
    query = request.query.decode("latin-1") if request.query else ""
    prefer = fields.get("prefer", "")
    asked = preference(prefer, query) if prefer or "__" in query else None
    if asked is not None and asked.code is not None and asked.code >= 400:
        trip.keep = True  # a refusal that is asked for needs no valid request
        return served.answers.preferred(asked, trip.accept, trip.seed, {})
    checked = site.validate != "off"
    if checked and served.security is not None:
        refusal = _credentials.refusal(trip, served.security.read(query, fields))
        if refusal is not None and site.validate == "strict":
            trip.keep = True
            return refusal
    body = request.body
    if "content-encoding" in fields:
        decoded = _encodings.decode(body, fields["content-encoding"])
        if isinstance(decoded, Problem):
            return decoded
        body = decoded
    reading = trip.reading = served.reader.read(trip.path_values, query, fields, body)
    if asked is None and served.conditions is not None:
        asked = served.conditions.choose(reading, fields)
        if asked is not None and (asked.code or 0) >= 400:
            trip.keep = True
            return served.answers.preferred(asked, trip.accept, trip.seed, reading.path)
    if checked:
        refusal = _validated(trip, served, reading)
        if refusal is not None:
            trip.keep = True
            return refusal
    if asked is not None:
        trip.keep = True
        return served.answers.preferred(asked, trip.accept, trip.seed, reading.path)
    if trip.accept and trip.accept != "*/*":
        try:
            served.answers.media_type(served.answers.default_status, trip.accept)
        except LookupError as error:
            trip.keep = True
            return Problem("not_acceptable", 406, f"The response is offered as {error}.")
    if site.scenarios:
        said = site.scenarios.next(world, served, trip.accept, trip.seed, reading)
        if said is not None:
            return said
    if served.idempotent is not None:
        return _idempotency.once(
            trip, served, served.idempotent, reading, lambda: _behave(trip, served, reading, world)
        )
    return _behave(trip, served, reading, world)


def _validated(trip: Trip, served: Served, reading: Reading) -> Problem | None:
    if not reading.violations:
        return None
    trip.violations = (*trip.violations, *reading.violations)
    if trip.site.validate != "strict":
        return None
    found = tuple(reading.violations)
    if reading.unsupported:
        taken = ", ".join(served.operation.request_body.content) if served.operation.request_body else ""
        return Problem(
            "unsupported_media_type", 415, f"The body must be {taken}.", violations=found, headers={"Accept": taken}
        )
    return Problem("invalid_request", served.refusal_status(found), _problems.counted(found), violations=found)


def _behave(trip: Trip, served: Served, reading: Reading, world: World) -> Answer | Problem:
    for speak in (served.behave, served.state):
        if speak is not None:
            try:
                said = speak(served.operation, reading, world)
            except InvalidSchemaError as error:
                log.warning("%s: a schema is broken, so that nothing is remembered: %s", served.key, error)
                continue
            if said is not None:
                trip.keep = isinstance(said, Answer) and said.repeatable and not served.causes
                return said
    trip.keep = not served.causes
    return served.answers.answer(served.answers.default_status, trip.accept, trip.seed, reading.path)


def _effect(trip: Trip, served: Served) -> Effect | None:
    world = trip.world
    if served.faults:
        own: set[str] = world.settings.setdefault("x-mock-faults", set())
        name = f"{served.title}|{served.key}"
        if name not in own:
            own.add(name)
            for fault in served.faults:
                world.faults.add(copy(fault))  # each world counts its calls by itself
    if not world.faults.active:
        return None
    effect = world.faults.effect(served.key, world.clock.timestamp())
    trip.disturbance = Disturbance(effect.delay, effect.reset, effect.truncate, effect.bytes_per_second)
    return effect


def _faulty(served: Served, effect: Effect) -> Problem | Answer:
    code = _problems.BY_STATUS.get(effect.status, "service_unavailable" if effect.status >= 500 else "conflict")
    headers = {"Retry-After": str(effect.retry_after)} if effect.retry_after is not None else {}
    if effect.status < 400:
        return served.answers.answer(effect.status)
    title = "" if code in _problems.OWN and _problems.OWN[code][0] == effect.status else f"Status {effect.status}"
    return Problem(code, effect.status, "The mock was told to answer this.", title, headers=headers)


def _emit(trip: Trip, served: Served, answer: Answer) -> None:
    reading = trip.reading
    if reading is None or "Preference-Applied" in answer.headers or answer.origin == "replay":
        return
    site, world, request = trip.site, trip.world, trip.request
    scene = scene_of(request.method, reading, request.fields)
    scene.url = request.target
    scene.status = answer.status
    scene.response_headers = {name.lower(): value for name, value in answer.headers.items()}
    scene.response_body = _body_of(answer)
    scene.change = answer.change.as_value() if answer.change is not None else MISSING
    scene.facts = answer.facts if answer.facts is not None else MISSING
    for emission in served.emissions:
        if not emission.applies(scene) or (
            emission.uses_change and answer.change is not None and not answer.change.fields
        ):
            continue
        event = emission.event(scene, world, served.key, site.events)
        _hand_over(site, world, event)
    if served.calls_back and site.callbacks is not None and answer.status < 300:
        for callback in callbacks_of(served.operation, scene, world, trip.seed):
            site.callbacks.send(callback)


def _hand_over(site: Provider, world: World, event: Event) -> None:
    world.events.add(event)
    if event.violations:
        log.error("event %s breaks its schema and is not published: %s", event.name, "; ".join(event.violations))
        return
    for sink in site.sinks:
        sink.publish(event)


def _body_of(answer: Answer) -> Any:
    if answer.body is not NO_BODY:
        return answer.body
    if answer.content:
        import msgspec

        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError:
            return MISSING
    return MISSING


__all__ = ["Challenge", "Kept", "Trip", "refreshed", "respond", "text_of"]
