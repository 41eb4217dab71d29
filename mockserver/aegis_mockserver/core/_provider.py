"""
A provider: many contracts on one port, with the worlds that they are answered from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from aegis_contracts import Contract
from aegis_mockserver.core import _journey, _ordinary
from aegis_mockserver.core._caches import Cache
from aegis_mockserver.core._check import plain
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._rules import Rules, Validate
from aegis_mockserver.core._scenarios import Scenarios
from aegis_mockserver.core._serialise import serialise
from aegis_mockserver.core.contents import _cors
from aegis_mockserver.core.contents._absent import ABSENT, chosen_words
from aegis_mockserver.core.operations._addresses import Addresses
from aegis_mockserver.core.operations._answers import Contents
from aegis_mockserver.core.operations._mounts import mount
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.core.ports._callbacks import CallbackSender
from aegis_mockserver.core.ports._events import EventTypes
from aegis_mockserver.core.ports._machine import Machine
from aegis_mockserver.core.ports._speakers import Speakers
from aegis_mockserver.world import EventSink, Worlds
from aegis_mockserver.world._messages import LONGEST, WORLD, Head, RawHeaders, Reply, Request, Stream, joined

HEAVY = 8_192
_TWO_WORLDS = Problem(
    "two_worlds", 400, "The address names one world and X-Mock-World another: leave the header out.", "Two worlds"
)


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
        absent: what stands for "not sent" where the contract does not allow it: ``null``, ``empty``.

    Raises:
        ValueError: *absent* has another word.
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
        machine: Machine,
        events: EventTypes | None,
        sinks: Sequence[EventSink],
        scenarios: Scenarios,
        seed: str,
        validate: Validate,
        cors: bool,
        absent: Iterable[str] = (),
    ) -> None:
        self.worlds = worlds
        self.seed = seed
        self.streams: set[Stream] = set()  # readers of what happens live
        # The same client sends the same headers: by themselves, or as the lines that an adapter read them from.
        self.heads: Cache[RawHeaders | bytes, Head] = Cache()
        self.edition = 0  # grows with every change of the contracts
        self.trouble = ""  # why a changed contract is not served, while --watch waits for it to be mended
        self.kafka = ""  # where events are published, beside the worlds' own lists
        self._speakers = speakers
        self._mounts = mounts
        self._prefixes = tuple(mounts)
        # What such a target asks for is no contract's operation in the default world.
        self._apart = tuple(prefix.encode() for prefix in (WORLD, *mounts))
        self._rules = Rules(
            mount(()), validate, scenarios, events, tuple(sinks), callbacks, cors, machine, chosen_words(absent)
        )
        self.serve(contracts)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(contract.title for contract in self.contracts)}>"

    @property
    def validate(self) -> Validate:
        """
        How requests that break the contract are treated.
        """
        return self._rules.validate

    @validate.setter
    def validate(self, mode: Validate) -> None:
        self._rules = replace(self._rules, validate=mode)
        self.heads = Cache()  # what they mean may have changed

    @property
    def absent(self) -> list[str]:
        """
        What stands for "not sent" where the contract does not allow it.

        Raises:
            ValueError: set to another word than ``null`` and ``empty``.
        """
        return [word for word in ABSENT if word in self._rules.absent]

    @absent.setter
    def absent(self, words: Iterable[str]) -> None:
        self._rules = replace(self._rules, absent=chosen_words(words))

    @property
    def scheme(self) -> str:
        """
        How clients reach the mock: http, or https.
        """
        return self._rules.scheme

    @scheme.setter
    def scheme(self, scheme: str) -> None:
        self._rules = replace(self._rules, scheme=scheme)
        self.heads = Cache()

    @property
    def scenarios(self) -> Scenarios:
        """
        Named rows of answers, to be started in a world.
        """
        return self._rules.scenarios

    @property
    def callbacks(self) -> CallbackSender:
        """
        Who sends what the contracts promise to send back.
        """
        return self._rules.callbacks

    @property
    def cors(self) -> bool:
        """
        Whether browsers of other origins are let in.
        """
        return self._rules.cors

    @property
    def rules(self) -> Rules:
        """
        What every answer is decided by.
        """
        return self._rules

    def find(self, contract: str, key: str) -> CompiledOperation | None:
        """
        Return the operation of that key, by its contract's title.
        """
        return self._by_name.get((contract, key))

    def serve(self, contracts: Iterable[Contract]) -> None:
        """
        Serve these contracts from now on; worlds stay as they are.

        Raises:
            SiteClashError: two contracts want the same method and path; then nothing changes.
        """
        chosen = tuple(contracts)
        contents: Contents = Cache()
        speakers, machine, seed = self._speakers(chosen), self._rules.machine, self.seed
        operations = tuple(
            CompiledOperation(contract, operation, speakers, contents, seed, machine, addresses)
            for contract, addresses in [(one, Addresses(one)) for one in chosen]
            for operation in contract.all_operations()
        )
        self._rules = replace(self._rules, routes=mount(operations))
        self.contracts, self.operations = chosen, operations
        self.resources = speakers.resources  # what the paths are taken for, as JSON
        self.stores = speakers.stores  # the names of those that somebody reads; None if any may be
        self._by_name = {(one.title, one.key): one for one in reversed(operations)}
        self.heads = Cache()
        self.edition += 1

    def respond(self, method: str, target: bytes, headers: RawHeaders | Head = (), body: bytes = b"") -> Reply:
        """
        Answer one request the way the contracts say a provider would.

        Args:
            target: path and query as in the request line.
            headers: names in lower case.
        """
        rules = self._rules
        started = rules.machine.seconds()
        head = headers if isinstance(headers, Head) else self._head(headers)
        if head.ways is None:
            head.ways = {}  # whoever comes with it again need not be asked everything again
        elif not target.startswith(self._apart):
            reply = _ordinary.respond(rules, self.worlds.default, method, target, head, body, self.heads, started)
            if reply is not None:
                return reply
        request = Request.received(method, target, head.headers, body)
        request.fields = fields = head.fields
        if rules.cors and method == "OPTIONS" and "access-control-request-method" in fields:
            return _cors.preflight(request)
        path = request.path
        if request.world and request.two_worlds:
            return serialise(plain(_TWO_WORLDS, path), request)
        if path.startswith(self._prefixes):
            mounted = next((m for prefix, m in self._mounts.items() if f"{path}/".startswith(f"{prefix}/")), None)
            if mounted is not None:
                return serialise(plain(mounted(self, request), path), request)
        named = request.world or fields.get("x-mock-world")
        world = self.worlds.get(named[:LONGEST]) if named else self.worlds.default
        return _journey.respond(rules, world, request, started)

    def refuse(self, problem: Problem, target: bytes = b"") -> Reply:
        """
        Answer what came and was not even HTTP, and note it in the journal.
        """
        request = Request.received("", target)
        reply = serialise(plain(problem, request.path or "/"), request)
        self.worlds.default.record(0.0, request, reply)
        return reply

    async def aclose(self) -> None:
        """
        Let the sinks finish.
        """
        for sink in self._rules.sinks:
            await sink.aclose()
        await self._rules.callbacks.aclose()

    def learn(self, lines: bytes, head: Head) -> None:
        """
        Remember what the header lines of a request mean, so that the next one with the same need not be read.
        """
        self.heads.put(lines, head, 3 * len(lines))

    def _head(self, headers: RawHeaders) -> Head:
        # One copy for all: the journal holds thousands of requests, and memory that is new is slow.
        found = self.heads.get(headers)
        if found is None:
            size = sum(len(name) + len(value) for name, value in headers)
            if size > HEAVY:
                return Head(_cut(headers), 0, joined(headers))  # the journal need not hold all of them
            found = self.heads.put(headers, Head(headers), 2 * size)
        return found


def _cut(headers: RawHeaders) -> RawHeaders:
    """
    Cut headers that are too long or too many to be remembered.
    """
    return tuple((name[:100], value if len(value) <= 200 else value[:200] + b"...") for name, value in headers[:40])


Mount: TypeAlias = Callable[[Provider, Request], Answer | Problem]
