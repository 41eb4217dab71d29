"""
A site: a provider with everything that comes with the mock.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from uuid import uuid4

from aegis_contracts import Contract, ContractError, Finding
from aegis_mockserver.adapters._callbacks import CallbackSender
from aegis_mockserver.behaviours import Behaviours, BehavioursAndState
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._provider import Mount, Provider
from aegis_mockserver.core._rules import Validate
from aegis_mockserver.core._scenarios import Scenarios
from aegis_mockserver.core.ports._events import EventTypes
from aegis_mockserver.core.ports._machine import Machine
from aegis_mockserver.world import EventSink, Listener, Worlds, read_fault
from aegis_mockserver.world._messages import CONTROL, Request

log = logging.getLogger("aegis_mockserver")


class Site(Provider):
    """
    Contracts, behaviours and worlds: everything that decides an answer, and no socket.

    Args:
        contracts: what is served.
        behaviours: functions for single operations; left out, those that come with the mock.
        events: schemas of the events that ``x-emits`` names.
        sinks: where events go beside the world's own list.
        seed: changes every generated value and id.
        validate: ``strict`` refuses requests that break the contract, ``report`` answers them and says so in
            ``X-Mock-Violations`` and the journal, ``off`` does not look.
        worlds: what is remembered; left out, a default world and as many more as are asked for.
        listeners: told of every exchange, when *worlds* is left out; the access log is one.
        scenarios: named rows of answers.
        callbacks: hosts that callbacks and webhooks may be sent to, beside this machine.
        cors: let browsers of other origins in.
        hosts: names of other hosts that the control API may be called by; ``*`` is any.
        absent: what stands for "not sent" where the contract does not allow it: ``null``, ``empty`` (a text, an array
            or an object). Optional members are left out then, and ``X-Mock-Note`` and the journal name them.

    Raises:
        ValueError: *absent* has another word.
        SiteClashError: two contracts want the same method and path.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        *,
        behaviours: Behaviours | None = None,
        events: EventTypes | None = None,
        sinks: Sequence[EventSink] = (),
        seed: str = "",
        validate: Validate = "strict",
        worlds: Worlds | None = None,
        listeners: Sequence[Listener] = (),
        scenarios: Scenarios | None = None,
        callbacks: Iterable[str] = (),
        cors: bool = False,
        hosts: Iterable[str] = (),
        absent: Iterable[str] = (),
    ) -> None:
        registered = behaviours if behaviours is not None else Behaviours()
        super().__init__(
            contracts,
            speakers=lambda served: BehavioursAndState(registered, served),
            worlds=worlds if worlds is not None else Worlds(seed=seed, listeners=listeners),
            mounts={CONTROL: _control(hosts, cors=cors)},
            callbacks=CallbackSender(callbacks, pages=cors),
            machine=Machine(time.perf_counter, lambda: str(uuid4()), log.warning, _fail),
            events=events,
            sinks=sinks,
            scenarios=scenarios if scenarios is not None else Scenarios(),
            seed=seed,
            validate=validate,
            cors=cors,
            absent=absent,
        )

    def serve(self, contracts: Iterable[Contract]) -> None:
        """
        Serve these contracts from now on; worlds stay as they are.

        Raises:
            ContractError: what a contract asks the mock for (``x-mock-faults``) could have no effect.
            SiteClashError: two contracts want the same method and path; then nothing changes.
        """
        chosen = tuple(contracts)
        findings = [finding for contract in chosen for finding in _impossible(contract)]
        if findings:
            raise ContractError(tuple(findings))
        super().serve(chosen)


def _impossible(contract: Contract) -> Iterator[Finding]:
    for operation in contract.all_operations():
        given = operation.node.get("x-mock-faults", [])
        for fault in given if isinstance(given, list) else [given]:
            try:
                read_fault(fault)
            except ValueError as error:
                mend = "write a fault that GET /__mock__/faults/kinds describes"
                yield contract.documents.finding(operation.place, "mock-faults", f"x-mock-faults: {error}", mend)


def _fail(text: str) -> None:
    log.error(text, exc_info=sys.exc_info()[0] is not None)


def _control(hosts: Iterable[str], *, cors: bool) -> Mount:
    known = tuple(hosts)

    def answer(site: Provider, request: Request) -> Answer | Problem:
        from aegis_mockserver.control import Guard, routes  # a site that nobody steers need not know how

        return routes().answer(site, request, Guard(known, cors=cors))

    return answer
