"""
A provider: many contracts on one port, with the worlds that they are answered from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from aegis_contracts import Contract
from aegis_mockserver.core import _journey
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._mounts import mount
from aegis_mockserver.core._served import Served
from aegis_mockserver.core._speakers import Speakers
from aegis_mockserver.core.choices._scenarios import Scenarios
from aegis_mockserver.core.effects._callbacks import CallbackSender
from aegis_mockserver.core.effects._emissions import EventTypes
from aegis_mockserver.world import EventSink, World, Worlds
from aegis_mockserver.world._messages import RawHeaders, Reply, Request, Stream

Validate = Literal["strict", "report", "off"]
KEPT = 2_048
SEEN = 16_384
KEPT_BODY = 8_192
KEPT_BYTES = 16 * 1024 * 1024
HEAVY = 8_192


class Provider:
    """
    Contracts, who speaks for them, and worlds: everything that decides an answer, and no socket.

    Args:
        contracts: what is served.
        speakers: know, of some contracts, what answers beside their examples.
        worlds: what is remembered.
        mounts: what answers below a prefix that is no contract's, such as the control API.
        callbacks: sends what the contracts promise to send back.
        events: schemas of the events that ``x-emits`` names.
        sinks: where events go beside the world's own list.
        scenarios: named rows of answers.
        seed: changes every generated value.
        validate: ``strict`` refuses requests that break the contract, ``report`` answers them and says so in
            ``X-Mock-Violations`` and the journal, ``off`` does not look.
        cors: let browsers of other origins in.

    Raises:
        SiteClashError: two contracts want the same method and path.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        *,
        speakers: Callable[[Sequence[Contract]], Speakers],
        worlds: Worlds,
        mounts: Mapping[str, Mount],
        callbacks: CallbackSender,
        events: EventTypes | None = None,
        sinks: Sequence[EventSink] = (),
        scenarios: Scenarios | None = None,
        seed: str = "",
        validate: Validate = "strict",
        cors: bool = False,
    ) -> None:
        self._speakers = speakers
        self.worlds = worlds
        self.mounts = mounts
        self.callbacks = callbacks
        self.events = events
        self.sinks = tuple(sinks)
        self.scenarios = scenarios if scenarios is not None else Scenarios()
        self.seed = seed
        self.validate: Validate = validate
        self.cors = cors
        self.contracts: tuple[Contract, ...] = ()
        self.served: tuple[Served, ...] = ()
        self.by_name: dict[tuple[str, str], Served] = {}  # by the contract's title and the operation's key
        self.edition = 0  # grows with every change of the contracts
        self.streams: set[Stream] = set()  # readers of what happens live
        self._fields: dict[RawHeaders, dict[str, str]] = {}  # the same client sends the same headers
        self.trouble = ""  # why a changed contract is not served, while --watch waits for it to be mended
        self._kept: dict[tuple[str, bytes, RawHeaders, bytes], _journey.Kept] = {}
        self._kept_bytes = 0
        self._seen: set[int] = set()  # requests that came once; what comes twice is kept
        self.serve(contracts)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(contract.title for contract in self.contracts)}>"

    def serve(self, contracts: Iterable[Contract]) -> None:
        """
        Serve these contracts from now on; worlds stay as they are.

        Raises:
            SiteClashError: two contracts want the same method and path; then nothing changes.
        """
        chosen = tuple(contracts)
        speakers = self._speakers(chosen)
        served = tuple(Served(c, o, speakers) for c in chosen for o in c.all_operations())
        self.routes = mount(served)
        self.contracts, self.served = chosen, served
        self.by_name = {(one.title, one.key): one for one in reversed(served)}
        self.edition += 1
        self.forget()

    def set_validate(self, validate: Validate) -> None:
        """
        Validate requests differently from now on.
        """
        self.validate = validate
        self.forget()

    def forget(self) -> None:
        """
        Forget all kept answers.
        """
        for world in self.worlds:
            world.version += 1
        self._kept.clear()
        self._kept_bytes = 0

    def respond(self, method: str, target: bytes, headers: RawHeaders = (), body: bytes = b"") -> Reply:
        """
        Answer one request the way the contracts say a provider would.

        Args:
            target: path and query as in the request line.
            headers: names in lower case.
        """
        started = time.perf_counter()
        key = (method, target, headers, body) if len(body) <= KEPT_BODY else None
        if key is not None:
            kept = self._kept.get(key)
            if kept is not None:
                reply = self.replay(kept, started)
                if reply is not None:
                    return reply
        path, _, query = target.partition(b"?")
        request = Request(method, _journey.text_of(path), query, headers, body)
        fields = self._fields.get(headers)
        if fields is not None:
            request.fields = fields
        elif sum(len(name) + len(value) for name, value in headers) > HEAVY:
            reply = _journey.respond(self, request, started)[0]
            request.headers = _cut(headers)  # the journal need not hold all of them
            return reply
        else:
            if len(self._fields) >= KEPT:
                self._fields.clear()
            self._fields[headers] = request.fields
        reply, keepable = _journey.respond(self, request, started)
        if keepable is not None and key is not None:
            self._keep(key, keepable)
        return reply

    def _keep(self, key: tuple[str, bytes, RawHeaders, bytes], kept: tuple[Any, ...]) -> None:
        once = hash(key)
        if once not in self._seen:
            if len(self._seen) >= SEEN:
                self._seen.clear()
            self._seen.add(once)
            return
        answer = _journey.Kept(*kept)
        size = len(answer.reply.body)
        if len(self._kept) >= KEPT or self._kept_bytes + size > KEPT_BYTES:
            self._kept.clear()
            self._kept_bytes = 0
        self._kept[key] = answer
        self._kept_bytes += size

    def kept(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> _journey.Kept | None:
        """
        Return the kept answer to exactly this request.
        """
        return self._kept.get((method, target, headers, body))

    def replay(self, kept: _journey.Kept, started: float) -> Reply | None:
        """
        Give a kept answer again, unless the world has changed since.
        """
        world = kept.world
        if kept.version != world.version:
            return None
        if world is not self.worlds.default:
            self.worlds.get(world.name)  # used just now: not the next to go
        reply = kept.reply
        if kept.fresh:
            reply = _journey.refreshed(kept)
        world.record(
            time.perf_counter() - started,
            kept.request,
            reply,
            contract=kept.title,
            operation=kept.operation,
            origin=kept.origin,
            violations=kept.violations,
            faults=kept.faults,
        )
        return reply

    def refused(self, reply: Reply, target: bytes) -> None:
        """
        Note in the journal that something came which was not even HTTP.
        """
        world = self.worlds.default
        request = Request("", _journey.text_of(target.partition(b"?")[0]))
        world.record(0.0, request, reply)

    async def aclose(self) -> None:
        """
        Let the sinks finish.
        """
        for sink in self.sinks:
            await sink.aclose()
        await self.callbacks.aclose()


def _cut(headers: RawHeaders) -> RawHeaders:
    """
    Cut headers that are too long or too many to be remembered.
    """
    return tuple((name[:100], value if len(value) <= 200 else value[:200] + b"...") for name, value in headers[:40])


Mount: TypeAlias = Callable[[Provider, World, Request], Answer | Problem]
