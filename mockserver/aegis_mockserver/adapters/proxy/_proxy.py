"""
``--proxy``: a real provider answers, the contract judges both directions, the journal records.

What the world was told to do wrong and what ``Prefer`` or a magic value asks for holds here too. Nothing that the
contract does not know is hidden: an undeclared path, method or status is a violation, and the answer says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import httpx

from aegis_contracts import Violation
from aegis_mockserver.adapters.proxy._upstream import Upstream, answered, hops_left
from aegis_mockserver.core._authenticate import authenticate
from aegis_mockserver.core._check import check, plain
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core._negotiate import magic, preferred
from aegis_mockserver.core._route import Routed, route
from aegis_mockserver.core._serialise import SANDBOX, is_scriptable, serialise
from aegis_mockserver.core._validate import Validated, overlooking, validate
from aegis_mockserver.core.contents import _headers
from aegis_mockserver.core.contents._absent import Sent
from aegis_mockserver.core.contents._encodings import CodingError, decode
from aegis_mockserver.core.effects._faults import faulty, strike
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import CONTROL, RawHeaders, Reply, Request
from aegis_mockserver.world.faults import Met

if TYPE_CHECKING:
    from aegis_mockserver.core._provider import Provider

Fallback = Literal["never", "501", "always"]
FALLBACKS: tuple[Fallback, ...] = ("never", "501", "always")
log = logging.getLogger("aegis_mockserver")
JUDGED = 1_048_576  # of a body; what is longer is passed on, and judged by its head
PAUSE = 0.1  # a body that comes with pauses is passed on as it comes
_STREAMS = (
    "text/event-stream",
    "application/x-ndjson",
    "application/jsonl",
    "application/json-seq",
    "multipart/x-mixed-replace",
)


@dataclass(slots=True)
class Forwarded:
    """
    What a client is answered: a reply, and what of its body is still to come.
    """

    reply: Reply
    rest: AsyncGenerator[bytes, None] | None = None


@dataclass(slots=True)
class _Exchange:
    """
    One exchange on its way through the proxy.
    """

    request: Request
    world: World
    routed: Routed | None
    started: float
    violations: tuple[Violation, ...] = ()

    @property
    def named(self) -> tuple[str, str]:
        return (self.routed.operation.title, self.routed.operation.key) if self.routed is not None else ("", "")


class Proxy:
    """
    Forwards requests to a provider.

    Args:
        url: the provider's base address.
        fallback: when the mock answers in the provider's place: never, where the provider says 501, or always when
            it does not have what the contract has.
        refuses: what breaks the contract is not passed on, in either direction, while ``validate`` is ``strict``.

    Raises:
        ValueError: the address is none.
    """

    def __init__(
        self,
        site: Provider,
        url: str,
        *,
        fallback: Fallback = "501",
        refuses: bool = False,
        timeout: float = 30.0,
    ) -> None:
        self._site = site
        self._refuses = refuses
        self._fallback: Fallback = fallback
        self._upstream = Upstream(url, timeout=timeout)

    async def aclose(self) -> None:
        """
        Close the connections to the provider.
        """
        await self._upstream.aclose()

    async def forward(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> Forwarded:
        """
        Let the provider answer, or the mock where it is told to.
        """
        site = self._site
        request = Request.received(method, target, headers, body)
        asks = site.cors and method == "OPTIONS" and "access-control-request-method" in request.fields
        if asks or f"{request.path}/".startswith(f"{CONTROL}/"):
            return Forwarded(site.respond(method, target, headers, body))
        if request.two_worlds or hops_left(method, headers) == 0:
            return Forwarded(site.respond(method, target, headers, body))
        world = site.worlds.get(request.world_name)
        found = route(site.rules.routes, request)
        routed = found if isinstance(found, Routed) else None
        exchange = _Exchange(request, world, routed, time.perf_counter())
        if routed is not None and self._told(routed, world):
            return Forwarded(site.respond(method, target, headers, body))
        met = strike(routed.operation, world) if routed is not None else None
        if routed is not None and met is not None and (met.effect.status or met.effect.ended):
            return Forwarded(self._spoilt(exchange, routed, met))
        sent = self._upstream.request(method, request.own_target.encode("latin-1", "replace"), headers, body)
        if sent is None:
            said = Problem("malformed_request", 400, "The path must not lead upwards: the provider's base is not left.")
            return Forwarded(self._refused(exchange, said))
        exchange.violations = self._asked(exchange, found)
        if exchange.violations and self._strict:
            return Forwarded(site.respond(method, target, headers, body))
        try:
            response = await self._upstream.send(sent)
        except httpx.TimeoutException as error:
            return self._silent(exchange, error, 504)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._silent(exchange, error, 502)
        if self._lacks(routed, response.status_code):
            await response.aclose()
            return self._instead(exchange, str(response.status_code), self._judged(exchange, response, b""))
        return await self._passed_on(exchange, response, met)

    @property
    def _strict(self) -> bool:
        return self._refuses and self._site.validate == "strict"

    # what the mock answers

    def _told(self, routed: Routed, world: World) -> bool:
        """
        Say whether the client or a scenario wants the mock's own answer.
        """
        if preferred(routed) is not None or self._magical(routed):
            return True
        step = self._site.scenarios.due(world, routed.operation.key)
        if step is not None and not step.status:
            self._site.scenarios.advance(world, routed.operation.key)  # the true answer is the provider's
        return step is not None and step.status > 0

    @staticmethod
    def _magical(routed: Routed) -> bool:
        if routed.operation.conditions is None:
            return False
        validated = validate(routed, "off")
        return isinstance(validated, Validated) and magic(routed, validated.reading) is not None

    def _spoilt(self, exchange: _Exchange, routed: Routed, met: Met) -> Reply:
        said = faulty(routed.operation, met.effect) if met.effect.status else Problem("internal_error", 500)
        reply = serialise(check(routed, said, (), self._site.rules.machine), exchange.request, cors=self._site.cors)
        reply.disturbance = met.sent(reply)
        self._record(exchange, reply, "fault")
        return reply

    def _refused(self, exchange: _Exchange, said: Problem) -> Reply:
        reply = serialise(plain(said, exchange.request.path), exchange.request, cors=self._site.cors)
        self._record(exchange, reply, "problem")
        return reply

    def _lacks(self, routed: Routed | None, status: int) -> bool:
        """
        Say whether the mock answers instead of what the provider says.
        """
        if routed is None or self._fallback == "never":
            return False
        declared = routed.operation.declared.responses
        if status == 501:
            return "501" not in declared
        return self._fallback == "always" and status in {404, 405} and str(status) not in declared

    def _silent(self, exchange: _Exchange, error: Exception, status: int) -> Forwarded:
        log.warning("the provider did not answer: %s", type(error).__name__)
        if self._fallback == "always" and exchange.routed is not None:
            return self._instead(exchange, "silent", ())
        title = "The provider did not answer in time" if status == 504 else "The provider did not answer"
        detail = f"{type(error).__name__}; --fallback always lets the mock answer in its place."
        return Forwarded(self._refused(exchange, Problem("provider_unreachable", status, detail, title)))

    def _instead(self, exchange: _Exchange, why: str, faults: tuple[Violation, ...]) -> Forwarded:
        """
        Let the mock answer, and say so: an answer of the mock must never pass for one of the provider.
        """
        request = exchange.request
        target = request.target.encode("latin-1", "replace")
        reply = self._site.respond(request.method, target, request.headers, request.body)
        reply.headers.append((b"x-mock-fallback", why.encode()))
        if why not in {"501", "silent"}:
            _mark(reply, exchange.violations, faults)
        if faults:
            self._record(exchange, Reply(int(why), [], b""), "proxy", faults)
        return Forwarded(reply)

    # what the provider answers

    def _asked(self, exchange: _Exchange, found: Routed | Problem) -> tuple[Violation, ...]:
        if self._site.validate == "off":
            return ()
        request = exchange.request
        if isinstance(found, Problem):
            undeclared = "method" if found.status == 405 else "path"
            said = f"must be a declared {undeclared}: {found.detail}"
            return (Violation(f"/{undeclared}", "undeclared", said, "", f"declare the {undeclared} in the contract"),)
        body = request.body
        if coding := request.fields.get("content-encoding"):
            try:
                body = decode(body, coding)
            except CodingError as error:
                return (Violation("/body", "encoding", str(error), found.operation.declared.source),)
        sent = Sent(found.operation.reader, found.path_values, found.query, request.fields, body)
        reading, absent = sent.read(), self._site.absent
        if absent and reading.violations:
            reading = overlooking(found, sent, absent)
        return authenticate(found, "report").violations + tuple(reading.violations)

    def _judged(self, exchange: _Exchange, response: httpx.Response, content: bytes | None) -> tuple[Violation, ...]:
        """
        List what the provider's answer breaks.

        Args:
            content: its body; None where it is too long to be looked at.
        """
        routed = exchange.routed
        if routed is None or self._site.validate == "off":
            return ()
        declared, operation = routed.operation.declared.response(response.status_code), routed.operation
        fields = {name.lower(): value for name, value in response.headers.items()}
        if declared is None or content is not None:
            coding = fields.get("content-encoding", "")
            with contextlib.suppress(CodingError):  # what cannot be read is not judged
                plain_content = decode(content or b"", coding) if coding and content else content or b""
                return tuple(operation.violations(response.status_code, fields, plain_content))
        return tuple(operation.checker.header_violations(declared, fields)) if declared is not None else ()

    async def _passed_on(self, exchange: _Exchange, response: httpx.Response, met: Met | None) -> Forwarded:
        pieces = response.aiter_raw()
        kept, over = b"", exchange.request.method == "HEAD" or response.status_code in {204, 304}
        waiting: asyncio.Task[bytes] | None = None
        try:
            while not over and not _is_stream(response) and len(kept) <= JUDGED:
                waiting = waiting or asyncio.ensure_future(_next(pieces))
                patience = None if met is not None and met.for_body else PAUSE
                done, _ = await asyncio.wait((waiting,), timeout=patience)
                if not done:
                    break
                piece, waiting = waiting.result(), None
                over = not piece
                kept += piece
        except httpx.HTTPError as error:
            await response.aclose()
            return self._silent(exchange, error, 502)
        except asyncio.CancelledError:
            if waiting is not None:
                waiting.cancel()
            await response.aclose()
            raise
        faults = self._judged(exchange, response, kept if over else None)
        reply = Reply(response.status_code, answered(response.headers.raw), kept)
        if is_scriptable(response.headers.get("content-type", "")):
            reply.headers.append(SANDBOX)
        _mark(reply, exchange.violations, faults)
        if exchange.routed is not None and exchange.routed.notes:
            reply.headers.append((b"x-mock-note", _headers.noted(exchange.routed.notes).encode("latin-1")))
        if faults and self._strict:
            await response.aclose()
            return Forwarded(self._invalid(exchange, reply, faults))
        if not over:
            if (length := response.headers.get("content-length")) is not None:
                reply.headers.append((b"content-length", length.encode("latin-1")))
            if met is not None:
                reply.disturbance = met.sent(reply, whole=False)
            return Forwarded(reply, self._rest(exchange, response, reply, pieces, waiting))
        await response.aclose()
        if response.status_code != 204 and (response.status_code != 304 or "content-length" in response.headers):
            length = str(len(kept)) if kept else response.headers.get("content-length", "0")
            reply.headers.append((b"content-length", length.encode("latin-1")))
        if met is not None:
            reply.disturbance = met.sent(reply)
        self._record(exchange, reply, "proxy", faults)
        return Forwarded(reply)

    def _invalid(self, exchange: _Exchange, reply: Reply, faults: tuple[Violation, ...]) -> Reply:
        """
        Refuse an answer that breaks the contract, and say in what; the journal has it as it came.
        """
        self._record(exchange, reply, "proxy", faults)
        title = "The provider's answer breaks the contract"
        detail = f"It answered {reply.status}; --validate report passes such answers on, and marks them."
        said = Problem("invalid_answer", 502, detail, title, violations=faults)
        return serialise(plain(said, exchange.request.path), exchange.request, cors=self._site.cors)

    async def _rest(
        self,
        exchange: _Exchange,
        response: httpx.Response,
        reply: Reply,
        pieces: AsyncIterator[bytes],
        waiting: asyncio.Task[bytes] | None,
    ) -> AsyncGenerator[bytes, None]:
        """
        Go on with a body as it comes; what of it is short enough is judged when it has ended.
        """
        kept, whole = bytearray(reply.body), False
        try:
            while piece := await (waiting or _next(pieces)):
                waiting = None
                if len(kept) <= JUDGED:
                    kept += piece
                yield piece
            whole = len(kept) <= JUDGED
        finally:
            if waiting is not None:
                waiting.cancel()
            await response.aclose()
            seen = Reply(reply.status, reply.headers, bytes(kept[:JUDGED]))
            self._record(exchange, seen, "proxy", self._judged(exchange, response, bytes(kept) if whole else None))

    def _record(self, exchange: _Exchange, reply: Reply, origin: str, faults: tuple[Violation, ...] = ()) -> None:
        title, key = exchange.named
        exchange.request.slim()
        exchange.world.record(
            time.perf_counter() - exchange.started,
            exchange.request,
            reply,
            contract=title,
            operation=key,
            origin=origin,
            violations=exchange.violations,
            reply_violations=faults,
        )


async def _next(pieces: AsyncIterator[bytes]) -> bytes:
    """
    Return the next piece that is not empty; nothing at the end.
    """
    async for piece in pieces:
        if piece:
            return piece
    return b""


def _is_stream(response: httpx.Response) -> bool:
    media_type = response.headers.get("content-type", "").lower()
    length = response.headers.get("content-length", "0")
    return media_type.startswith(_STREAMS) or (length.isdecimal() and int(length) > JUDGED)


def _mark(reply: Reply, violations: tuple[Violation, ...], faults: tuple[Violation, ...]) -> None:
    """
    Say in the answer itself that one side of the exchange breaks the contract.
    """
    if violations:
        reply.headers.append((b"x-mock-violations", str(len(violations)).encode()))
    if faults:
        reply.headers.append((b"x-mock-response-violations", str(len(faults)).encode()))
    if found := (*violations, *faults):
        said = "; ".join(f"{one.pointer} {one.message}" for one in found)[:1_000]
        reply.headers.append((b"x-mock-violation", _headers.safe(said).encode("latin-1")))
