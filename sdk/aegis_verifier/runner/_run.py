"""
A whole run: all cases of some contracts, several at a time; those that need the provider for themselves at the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aegis_contracts import Contract, Operation, Violation, bundled, load
from aegis_contracts.events import EventCatalog
from aegis_verifier._maker import Maker
from aegis_verifier._settings import Settings
from aegis_verifier._values import Case, Exchange, Failure, Outcome, Script
from aegis_verifier.cases import cases_of
from aegis_verifier.events import Records, catalog_of, published
from aegis_verifier.runner._play import Player
from aegis_verifier.runner._server_path import server_path
from aegis_verifier.runner._transport import Transport

APIS = ("user", "recommendation", "registry", "sms")


class Progress:
    """
    Is told what happens; this one keeps quiet.
    """

    def planned(self, number: int) -> None:
        """
        So many cases will be played.
        """

    def played(self, outcome: Outcome) -> None:
        """
        A case has been played.
        """


class Scenarios(Protocol):
    """
    What is run when the cases are done: documents of workflows.
    """

    def reports(self) -> list[Contract]:
        """
        What stands for each document in reports.
        """
        ...

    def steps(self) -> set[str]:
        """
        Name all steps.
        """
        ...

    def contracts(self) -> list[Contract]:
        """
        The OpenAPI documents that they are about.
        """
        ...

    def play(
        self,
        transport: Transport,
        settings: Settings,
        *,
        prefix: Callable[[Contract], str],
        heard: Callable[[Exchange], None],
        records: Records | None,
        begun: float,
        stopped: Callable[[], bool],
    ) -> Iterable[Outcome]:
        """
        Run them; what came of each step is a claim.
        """
        ...


@dataclass
class Run:
    """
    What came of a run.

    Args:
        seconds: how long it took.
        exchanges: how many there were.
        prefixes: below which path the provider offers each contract.
        workflows: what stands for each document of workflows, with an operation for each of them.
        steps: all steps of the workflows, as ``workflowId/stepId``.
    """

    contracts: list[Contract]
    settings: Settings
    address: str
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    seconds: float = 0.0
    exchanges: int = 0
    prefixes: list[str] = field(default_factory=list[str])
    workflows: list[Contract] = field(default_factory=list[Contract])
    steps: set[str] = field(default_factory=set[str])

    @property
    def broken(self) -> list[Outcome]:
        """
        The cases whose claim does not hold.
        """
        return [outcome for outcome in self.outcomes if outcome.verdict == "broken"]


def contracts_of(files: Iterable[str | Path], apis: Iterable[str] = ()) -> list[Contract]:
    """
    Load contracts by file, or the bundled ones by name.
    """
    named = [bundled() / "openapi" / f"{name}.yaml" for name in apis]
    return [load(path, convert_swagger=True) for path in [*files, *named]]


def run(
    contracts: Sequence[Contract],
    transport: Transport,
    settings: Settings | None = None,
    *,
    kinds: frozenset[str] | None = None,
    operations: frozenset[str] | None = None,
    workers: int = 4,
    max_time: float | None = None,
    fail_fast: bool = False,
    progress: Progress | None = None,
    heard: Callable[[Exchange], None] | None = None,
    records: Records | None = None,
    catalog: EventCatalog | None = None,
    workflows: Scenarios | None = None,
) -> Run:
    """
    Play all cases of *contracts* and return what came of them.

    Args:
        kinds, operations: only these.
        max_time: seconds; nothing is sent after them, and cases that have not ended by then stay open.
        fail_fast: begin no case after the first one whose claim does not hold.
        heard: is told every exchange.
        records: what is published meanwhile; then ``x-emits`` is held, too.
        catalog: the event contracts; by default those beside the first document that has some.
        workflows: documents of workflows, run one after the other when the cases are done.
    """
    settings = settings or Settings()
    progress = progress or Progress()
    result = Run(list(contracts), settings, transport.address)
    begun = time.perf_counter()
    lock = threading.Lock()

    def hear(exchange: Exchange) -> None:
        with lock:
            result.exchanges += 1
            if heard is not None:
                heard(exchange)

    end = begun + max_time if max_time else None
    planned: list[tuple[Player, Case]] = []
    for contract in contracts:
        maker = Maker(contract, settings)
        result.prefixes.append(server_path(maker, transport, end))
        player = Player(transport, settings, hear, result.prefixes[-1], end)
        for operation in maker.plan.operations:
            if operations is None or operation.key in operations:
                planned += [(player, case) for case in cases_of(maker, operation, kinds)]
    progress.planned(len(planned) + (len(workflows.steps()) if workflows is not None else 0))
    stopped = threading.Event()

    def play(player: Player, case: Case) -> Outcome:
        if end is not None and time.perf_counter() > end:
            return Outcome(case, open="not played: the time for the run was over")
        if stopped.is_set():
            return Outcome(case, open="not played: another claim did not hold")
        try:
            outcome = player.play(case)
        except BaseException:  # what ends one case so (a provider state that cannot be prepared) ends the run
            stopped.set()
            raise
        if fail_fast and outcome.verdict == "broken":
            stopped.set()
        return outcome

    crowd = [(player, case) for player, case in planned if not case.alone]
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="aegis verify") as pool:
        futures = [pool.submit(play, player, case) for player, case in crowd]
        try:
            for future in as_completed(futures):
                progress.played(future.result())
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        result.outcomes += [future.result() for future in futures]
    for player, case in planned:
        if case.alone:
            outcome = play(player, case)
            progress.played(outcome)
            result.outcomes.append(outcome)
    result.outcomes += refused_everywhere(result.outcomes)
    if workflows is not None and not stopped.is_set():
        for outcome in scenarios(workflows, result, transport, hear, records, begun, stopped.is_set):
            progress.played(outcome)
            result.outcomes.append(outcome)
            if fail_fast and outcome.verdict == "broken":
                stopped.set()
    if records is not None and not stopped.is_set():
        catalog = catalog or catalog_of(result.contracts)
        for outcome in published(records, result.outcomes, catalog, settings):
            progress.played(outcome)
            result.outcomes.append(outcome)
    result.seconds = time.perf_counter() - begun
    return result


def scenarios(
    workflows: Scenarios,
    result: Run,
    transport: Transport,
    heard: Callable[[Exchange], None],
    records: Records | None,
    begun: float,
    stopped: Callable[[], bool],
) -> Iterable[Outcome]:
    """
    Run documents of workflows; the contracts that they are about become part of the run.
    """
    result.workflows, result.steps = workflows.reports(), workflows.steps()
    prefixes = {id(contract): prefix for contract, prefix in zip(result.contracts, result.prefixes, strict=True)}
    for contract in workflows.contracts():
        if id(contract) not in prefixes:
            prefixes[id(contract)] = server_path(Maker(contract, result.settings), transport)
            result.contracts.append(contract)
            result.prefixes.append(prefixes[id(contract)])
    yield from workflows.play(
        transport,
        result.settings,
        prefix=lambda contract: prefixes[id(contract)],
        heard=heard,
        records=records,
        begun=begun,
        stopped=stopped,
    )


def refused_everywhere(outcomes: list[Outcome]) -> list[Outcome]:
    """
    Find operations that refuse the very credential that others accept.
    """
    answers: dict[str, set[int]] = {}
    operations: dict[str, Operation] = {}
    shown: dict[str, Exchange] = {}
    for outcome in outcomes:
        for exchange in outcome.exchanges if outcome.case.kind == "examples" else ():
            key = exchange.request.operation.key
            operations[key] = exchange.request.operation
            answers.setdefault(key, set()).add(exchange.status)
            shown.setdefault(key, exchange)
    accepting = [operations[key].security for key, seen in answers.items() if any(200 <= s < 400 for s in seen)]
    found: list[Outcome] = []
    for key, seen in answers.items():
        if seen != {401} or operations[key].security not in accepting:
            continue
        said = "must accept the credential that other operations accept; it was refused with 401 each time"
        claim = "accepts the credential that other operations accept"
        outcome = Outcome(Case(operations[key], "security", "good", claim, _nothing))
        violation = Violation("/status", "security", said, operations[key].source, "let the same credentials in")
        outcome.failures.append(Failure(violation, shown[key]))
        found.append(outcome)
    return found


def _nothing() -> Script:
    return []
    yield  # pragma: no cover - a generator, as every script is
