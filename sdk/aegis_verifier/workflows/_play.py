"""
Runs the workflows of some documents against a provider, and makes claims of what came of their steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aegis_contracts import Contract, Finding, Operation, load
from aegis_contracts.arazzo import Description, Part, Sources, Step, Workflow, lint_arazzo, load_arazzo
from aegis_shell import did_you_mean
from aegis_verifier._settings import Settings
from aegis_verifier._values import Case, Exchange, Outcome, Script
from aegis_verifier.checks import Judge
from aegis_verifier.runner import Transport
from aegis_verifier.workflows._driver import Driver
from aegis_verifier.workflows._inputs import InputsError, inputs_of, unknown
from aegis_verifier.workflows._runs import NotRun, StepRun
from aegis_verifier.workflows._walk import SECONDS, Walk
from aegis_verifier.workflows.messages._messages import Arrivals

KIND = "workflows"
# What the step's own claim has told already, or what the workflow itself deals with.
_DEALT_WITH = frozenset({"server-error"})


@dataclass
class Document:
    """
    One Arazzo document that is to be run.

    Args:
        only: these workflows; all that no other one of the document calls, when empty.
        report: stands for it in reports: an operation for each of its workflows.
    """

    description: Description
    sources: Sources
    only: tuple[str, ...] = ()
    report: Contract = field(init=False)

    def __post_init__(self) -> None:
        paths = {
            f"/{quote(name, safe='')}": {"get": {"operationId": name, "responses": {}}}
            for name in self.description.workflows
        }
        info = {"title": self.description.title, "version": str(self.description.info.get("version", ""))}
        self.report = load({"openapi": "3.1.1", "info": info, "paths": paths}, name=self.description.source)

    def chosen(self) -> list[Workflow]:
        """
        The workflows that are run for themselves.
        """
        known = self.description.workflows
        if self.only:
            return [known[name] for name in self.only]
        called = {name for workflow in known.values() for name in _calls(workflow)}
        return [workflow for name, workflow in known.items() if name not in called] or list(known.values())

    def operation(self, workflow: Workflow) -> Operation:
        """
        What stands for a workflow in reports.
        """
        return self.report.operations[workflow.id]

    def contracts(self) -> Iterator[Contract]:
        """
        The OpenAPI documents that it is about.
        """
        yield from self.sources.contracts()


def _calls(workflow: Workflow) -> Iterator[str]:
    for step in workflow.steps:
        for part in (step, *step.actions(success=True), *step.actions(success=False)):
            name = part.get("workflowId")
            if isinstance(name, str) and name != workflow.id:
                yield name


class Workflows:
    """
    Workflow documents and what they are run with.

    Args:
        files: documents; ``FILE#workflowId`` runs one workflow of a document.
        named: source description → the file that stands for it.
        servers: source description → where its provider is, when that is not the one under test.
        inputs: by workflow, or by name.
        contracts: that are open already.
        seconds: that the whole run may take; else each document has its own bound.

    Raises:
        ContractError: a document cannot be read.
        ValueError: something is named that is not there.
    """

    def __init__(
        self,
        files: Sequence[str],
        *,
        named: Mapping[str, str] | None = None,
        servers: Mapping[str, str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        contracts: Iterable[Contract] = (),
        seconds: float | None = None,
    ) -> None:
        self.documents: list[Document] = []
        self._servers = dict(servers or {})
        self._inputs = dict(inputs or {})
        self._limit = seconds
        shared = list(contracts)
        for text in files:
            file, _, identifier = text.partition("#")
            description = load_arazzo(file)
            if identifier and identifier not in description.workflows:
                mend = did_you_mean(identifier, description.workflows) or ", ".join(description.workflows)
                raise ValueError(f"--workflow {text}: there is no such workflow; {mend}")
            sources = Sources(description, named, shared)
            document = Document(description, sources, (identifier,) if identifier else ())
            self.documents.append(document)
            list(document.contracts())
        names = {name for document in self.documents for name in document.sources.names()}
        for option, given in (("--source", named or {}), ("--server", self._servers)):
            for name in given:
                if name not in names:
                    raise ValueError(f"{option} {name}: there is no such source; {did_you_mean(name, names)}")
        every = [workflow for document in self.documents for workflow in document.description.workflows.values()]
        for name in unknown(self._inputs, every):
            raise ValueError(f"--inputs: {name} is neither a workflow nor an input of one")

    def findings(self) -> list[Finding]:
        """
        List what lint says of the documents.
        """
        return [found for document in self.documents for found in lint_arazzo(document.description, document.sources)]

    def contracts(self) -> list[Contract]:
        """
        The OpenAPI documents that the workflows are about.
        """
        found: dict[int, Contract] = {}
        for document in self.documents:
            found.update((id(contract), contract) for contract in document.contracts())
        return list(found.values())

    def reports(self) -> list[Contract]:
        """
        What stands for each document in reports.
        """
        return [document.report for document in self.documents]

    def steps(self) -> set[str]:
        """
        Name all steps, as ``workflowId/stepId``.
        """
        return {
            f"{workflow.id}/{step.id}"
            for document in self.documents
            for workflow in (document.chosen() if document.only else document.description.workflows.values())
            for step in workflow.steps
        }

    def play(
        self,
        transport: Transport,
        settings: Settings,
        *,
        prefix: Callable[[Contract], str],
        heard: Callable[[Exchange], None] = lambda exchange: None,
        records: Arrivals | None = None,
        begun: float = 0.0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Outcome]:
        """
        Run the workflows one after the other; what came of each step is a claim.

        Args:
            stopped: says that no other workflow may begin.
        """
        driver = Driver(transport, settings, prefix, heard, records, begun or time.perf_counter(), self._servers)
        try:
            for document in self.documents:
                yield from self._played(document, driver, settings, records, stopped)
        finally:
            driver.close()

    def _played(
        self,
        document: Document,
        driver: Driver,
        settings: Settings,
        records: Arrivals | None,
        over: Callable[[], bool],
    ) -> Iterator[Outcome]:
        driver.know(document.sources)
        walk = Walk(
            document.sources,
            settings,
            given=lambda workflow: inputs_of(workflow, self._inputs, settings.seed),
            refused=_Refusals(document),
            records=records,
            addresses=driver.address,
            seconds=SECONDS if self._limit is None else max(0.0, self._limit - driver.spent()),
        )
        told: set[int] = set()
        for workflow in document.chosen():
            case = Case(document.operation(workflow), KIND, "whole", "reaches its end", _nothing)
            if over():
                yield Outcome(case, open="not played: another claim did not hold")
                continue
            stopped = ""
            if settings.setup is not None:
                settings.setup(workflow.id)
            try:
                ended = driver.drive(walk.top(workflow))
                for run, failure in ended.failed:
                    run.failures.append(failure)
            except NotRun as reason:
                stopped = str(reason)
            except InputsError as error:
                stopped = f"{error} [inputs] ({workflow.location})"
            for run in walk.runs.values():
                if id(run) in told:
                    continue
                told.add(id(run))
                if not run.whole:
                    run.open = f"not decided: {stopped}"
                if run.whole or run.exchanges:
                    yield _claim(document, run, driver.judge)
            if stopped:
                yield Outcome(case, open=f"not run: {stopped}", not_run=True)


def _claim(document: Document, run: StepRun, judge: Judge) -> Outcome:
    step = run.step
    local = step.description is document.description
    operation = document.operation(step.workflow) if local else _first(document)
    through = f" in {' > '.join(run.through)}" if run.through else ""
    said = "meets its success criteria" if step.get("successCriteria") else "succeeds"
    name = f"{step.id}{through}" if local else f"{step.workflow.id}/{step.id}{through}"
    outcome = Outcome(Case(operation, KIND, name, f"step {step.id}{through} {said}", _nothing), list(run.exchanges))
    outcome.failures += run.failures
    outcome.open = run.open
    excused = {id(exchange) for exchange in run.excused}
    met = not run.failures
    for exchange in run.exchanges:
        if exchange.response is None:
            continue  # told by the step, unless its workflow deals with it
        outcome.failures += [
            failure
            for failure in judge.failures(exchange)
            if not ((met or id(exchange) in excused) and failure.violation.rule in _DEALT_WITH)
        ]
    if any(failure.violation.rule == "workflow-request" for failure in outcome.failures):
        first = next(f.violation for f in outcome.failures if f.violation.rule == "workflow-request")
        outcome.failures = []  # how a request is refused that nobody may send, the contract does not say
        outcome.open = f"not decided: {first.message}; {first.mend} [request] ({first.schema})"
    return outcome


def _first(document: Document) -> Operation:
    return next(iter(document.report.operations.values()))


def _nothing() -> Script:
    return []
    yield  # pragma: no cover - a generator, as every script is


class _Refusals:
    """
    Why steps and workflows are not run: what lint calls an error in them.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[str, list[Finding]] = {}

    def __call__(self, part: Part) -> tuple[str, str, str] | None:
        description = part.description
        key = description.identity
        if key not in self._found:
            sources = self._document.sources.of(description)
            self._found[key] = [f for f in lint_arazzo(description, sources) if f.severity == "error"]
        own = part.place.pointer
        for finding in self._found[key]:
            inside = finding.pointer.removeprefix(own)
            if not finding.pointer.startswith(own) or inside[:1] not in {"", "/"}:
                continue
            field_name = inside.split("/")[1] if inside else ""
            if field_name == "outputs" or (field_name == "steps" and not isinstance(part, Step)):
                continue
            mend = f"; {finding.mend}" if finding.mend else ""
            return finding.rule, f"{finding.message}{mend}", f"{finding.place} {finding.pointer}"
        return None


__all__ = ["KIND", "Document", "Workflows"]
