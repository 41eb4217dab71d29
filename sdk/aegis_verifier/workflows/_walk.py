"""
The walk through a workflow: which step comes next, what it asks for, and what came of it.

It is a generator, as every script of the verifier: it yields what it needs from the world (an exchange, a pause, a
record) and is sent the answer, so the whole of it runs without a socket.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, TypeAlias

from aegis_contracts import Contract, Operation, Violation
from aegis_contracts.arazzo import (
    ELSEWHERE,
    CircleError,
    Description,
    NowhereError,
    Part,
    SourceChannel,
    Sources,
    Step,
    Workflow,
    ordered,
)
from aegis_verifier._drafts import violations
from aegis_verifier._maker import Maker
from aegis_verifier._settings import Settings
from aegis_verifier._values import Exchange, Failure
from aegis_verifier.workflows._actions import chosen, retry_after
from aegis_verifier.workflows._outcomes import called, evaluated, judge
from aegis_verifier.workflows._requests import UnmadeError, request_of
from aegis_verifier.workflows._runs import Asked, Attempt, Ended, NotRun, Pause, Send, StepRun
from aegis_verifier.workflows.expressions._criteria import unmet_criteria
from aegis_verifier.workflows.expressions._scope import Finished, Scope
from aegis_verifier.workflows.expressions._selectors import Unsupported
from aegis_verifier.workflows.messages._letters import REFUSED, Letters, Search, addresses, receiver, wanted
from aegis_verifier.workflows.messages._messages import Arrivals
from aegis_verifier.workflows.messages._topics import Topics

MOST_STEPS = 400
MOST_DEPTH = 10
SECONDS = 120.0


Walked: TypeAlias = Generator[Asked, Any, Ended]


class Walk:
    """
    Walks the workflows of one description, and of those that it refers to.

    Args:
        given: the inputs of a workflow that nobody calls.
        refused: the reason why a step or workflow is not run, if lint has found one.
        records: what is published meanwhile; None without a Kafka.
        addresses: in front of a request's target, for ``$url``.
    """

    def __init__(
        self,
        sources: Sources,
        settings: Settings,
        *,
        given: Callable[[Workflow], Mapping[str, Any]],
        refused: Callable[[Part], tuple[str, str, str] | None] = lambda part: None,
        records: Arrivals | None = None,
        addresses: Callable[[Contract], str] = lambda contract: "",
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.finished: dict[tuple[str, str], Ended] = {}
        self.runs: dict[tuple[tuple[str, ...], Step], StepRun] = {}
        self._sources = sources
        self._settings = settings
        self._given = given
        self._refused = refused
        self._topics = Topics(records)
        self._letters = Letters(settings.inbox, settings.patience, clock) if settings.inbox is not None else None
        self._addresses = addresses
        self._makers: dict[int, Maker] = {}
        self._clock = clock
        self._end = clock() + seconds
        self._seconds = seconds
        self._steps = 0

    # Workflows

    def top(self, workflow: Workflow, above: tuple[Workflow, ...] = ()) -> Walked:
        """
        Run a workflow that nobody calls, after those that it depends on; once.
        """
        key = (workflow.description.identity, workflow.id)
        if key in self.finished:
            return self.finished[key]
        if workflow in above:
            raise NotRun("circle", f"workflows wait for each other: {workflow.id}", workflow.location)
        sources = self._sources.of(workflow.description)
        for name in workflow.texts("dependsOn"):
            try:
                other = sources.workflow(name)
            except NowhereError as error:
                raise NotRun("reference", str(error), workflow.location) from None
            before = yield from self.top(other, (*above, workflow))
            if not before.ok:
                raise NotRun("depends-on", f"{other.id}, which it depends on, did not reach its end", workflow.location)
        ended = yield from self.workflow(workflow, self._given(workflow), ())
        self.finished[key] = ended
        return ended

    def workflow(self, workflow: Workflow, inputs: Mapping[str, Any], through: tuple[str, ...]) -> Walked:
        """
        Run a workflow with its inputs, step by step.
        """
        if len(through) > MOST_DEPTH:
            raise NotRun("depth", f"workflows call each other more than {MOST_DEPTH} deep", workflow.location)
        if refusal := self._refused(workflow):
            raise NotRun(*refusal)
        try:
            steps = ordered(workflow)
        except CircleError as error:
            raise NotRun("circle", str(error), workflow.location) from None
        begin = self._topics.count()
        scope = Scope(workflow.description, inputs, workflows=self._ended(workflow.description))
        ended = Ended(scope)
        at = 0
        while at < len(steps):
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise NotRun("loop", f"more than {MOST_STEPS} steps were executed", workflow.location)
            step = steps[at]
            attempt, action = yield from self._step(step, scope, through, begin)
            kind = action.get("type") if action is not None else ("next" if attempt.ok else "end")
            if kind != "goto" and not attempt.ok:
                if attempt.inner and not attempt.failures:
                    attempt.run.open = "not decided: the workflow that it runs did not reach its end"
                ended.failed = attempt.inner + [(attempt.run, failure) for failure in attempt.failures]
                ended.stopped = True
                break
            if kind == "end":
                break
            if kind == "next":
                at += 1
                continue
            assert action is not None
            target = action.get("stepId")
            if isinstance(target, str):
                at = next((n for n, one in enumerate(steps) if one.id == target), -1)
                if at < 0:
                    raise NotRun("reference", f"there is no step {target!r}", action.location)
                continue
            other, parameters = called(self._sources, action, scope)
            moved = yield from self.workflow(other, parameters, (*through, step.id))
            ended.failed, ended.stopped = moved.failed, not moved.ok
            scope.exchange = moved.scope.exchange
            break
        self._outputs(workflow, scope)
        return ended

    def _ended(self, description: Description) -> dict[str, Finished]:
        return {
            identifier: Finished(ended.scope.inputs, dict(ended.scope.outputs), ended.scope.steps)
            for (document, identifier), ended in self.finished.items()
            if document == description.identity
        }

    def _outputs(self, part: Workflow, scope: Scope) -> None:
        scope.outputs = evaluated(part, scope)

    # Steps

    def _step(
        self, step: Step, scope: Scope, through: tuple[str, ...], begin: int
    ) -> Generator[Asked, Any, tuple[Attempt, Part | None]]:
        """
        Execute a step as often as its failure actions say; answers the last attempt and the action that follows.
        """
        run = self.runs.setdefault((through, step), StepRun(step, through))
        used: Counter[str] = Counter()
        while True:
            attempt = yield from self._guarded(step, scope, through, begin, run)
            action = chosen(step, attempt, scope, used)
            if action is not None and not attempt.ok and action.get("type") != "end":
                run.excused += [failure.exchange for failure in attempt.failures if failure.exchange is not None]
            if action is None or action.get("type") != "retry":
                return attempt, action
            used[str(action.get("name"))] += 1
            yield from self._before_retry(step, action, scope, through, begin)

    def _before_retry(
        self, step: Step, action: Part, scope: Scope, through: tuple[str, ...], begin: int
    ) -> Generator[Asked, Any, None]:
        after = retry_after(scope.exchange, float(action.get("retryAfter", 0)))
        if after > self._end - self._clock():
            said = f"a retry would wait {after:g} s, and the whole run may take {self._seconds:g} s"
            raise NotRun("time", said, action.location)
        if after:
            yield Pause(after)
        target = action.get("stepId")
        if isinstance(target, str):
            other = step.workflow.step(target)
            if other is None:
                raise NotRun("reference", f"there is no step {target!r}", action.location)
            if other is not step:
                run = self.runs.setdefault((through, other), StepRun(other, through))
                yield from self._guarded(other, scope, through, begin, run)
        elif isinstance(action.get("workflowId"), str):
            target, inputs = called(self._sources, action, scope)
            ended = yield from self.workflow(target, inputs, (*through, step.id))
            scope.workflows = {
                **scope.workflows,
                target.id: Finished(inputs, dict(ended.scope.outputs), ended.scope.steps),
            }

    def _guarded(
        self, step: Step, scope: Scope, through: tuple[str, ...], begin: int, run: StepRun
    ) -> Generator[Asked, Any, Attempt]:
        if self._clock() > self._end:
            raise NotRun("time", f"the whole run may take {self._seconds:g} s", step.location)
        if refusal := self._refused(step):
            raise NotRun(*refusal)
        attempt = Attempt(run)
        try:
            self._depends(step, scope)
            target = self._sources.of(step.description).target(step)
            if "x-inbox" in step.node and not isinstance(target, Operation):
                raise NotRun("inbox", "x-inbox stands at a step that calls an operation", step.location)
            if isinstance(target, Workflow):
                yield from self._sub(step, target, scope, through, attempt)
            elif isinstance(target, SourceChannel):
                yield from self._message(step, target, scope, begin, attempt)
                attempt.failures = [
                    replace(failure, exchange=self._cause(step, through) or failure.exchange)
                    for failure in attempt.failures
                ]
            else:
                yield from self._call(step, target, scope, attempt)
        except UnmadeError as error:
            attempt.ok = False
            said = Violation(error.pointer, "workflow-value", str(error), error.location)
            attempt.failures.append(Failure(said, scope.exchange))
        except Unsupported as error:
            raise NotRun(error.rule, str(error), step.location) from None
        except NowhereError as error:
            raise NotRun(error.rule, str(error), step.location) from None
        scope.steps[step.id] = {**scope.steps.get(step.id, {}), **evaluated(step, scope)}
        run.whole = True
        return attempt

    def _cause(self, step: Step, through: tuple[str, ...]) -> Exchange | None:
        """
        Return the exchange that a message follows from: that of the last step which it depends on.
        """
        for name in reversed(step.texts("dependsOn")):
            other = step.workflow.step(name)
            run = self.runs.get((through, other)) if other is not None else None
            if run is not None and run.exchanges:
                return run.exchanges[-1]
        return None

    def _depends(self, step: Step, scope: Scope) -> None:
        for name in step.texts("dependsOn"):
            found = ELSEWHERE.fullmatch(name)
            if found is None:
                there = name in scope.steps
            elif found["workflow"]:
                there = found["step"] in scope.workflows.get(found["workflow"], Finished({}, {}, {})).steps
            else:
                other = self._sources.of(step.description).source(found["source"]).description
                key = (other.identity if other is not None else "", found["remote"])
                there = key in self.finished and found["step"] in self.finished[key].scope.steps
            if not there:
                raise UnmadeError("", f"depends on {name}, which has not been executed", step.location)

    def _call(self, step: Step, operation: Operation, scope: Scope, attempt: Attempt) -> Generator[Asked, Any, None]:
        maker = self._makers.setdefault(id(operation.contract), Maker(operation.contract, self._settings))
        search = self._search(step, operation, maker, scope)
        if search is None:
            yield from self._exchange(step, operation, maker, scope, attempt)
            return
        message = yield from search.next()
        if message is None:
            raise UnmadeError("/message", self._missing(step, scope, search.cause), step.location)
        while message is not None:
            scope.message = message
            attempt.failures, attempt.ok = [], True
            yield from self._exchange(step, operation, maker, scope, attempt)
            exchange = scope.exchange
            if attempt.ok or exchange is None or exchange.status not in REFUSED:
                return
            # What it brought may have had another cause, and came late: the right one may still be on its way.
            message = yield from search.next()
            if message is not None:
                attempt.run.excused.append(exchange)

    def _exchange(
        self, step: Step, operation: Operation, maker: Maker, scope: Scope, attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        if self._letters is not None:
            yield from self._letters.settle(step, operation, scope)
        request = request_of(step, operation, scope, maker)
        if self._letters is not None:
            self._letters.leaving(step, operation, request.value)
        exchange: Exchange = yield Send(request, self._timeout(step, self._settings.timeout))
        attempt.run.exchanges.append(exchange)
        scope.exchange, scope.address = exchange, self._addresses(operation.contract)
        if exchange.response is None:
            said = exchange.said or "must answer"
            trouble = Violation("", exchange.trouble or "connection", said, step.location)
            attempt.failures.append(Failure(trouble, exchange))
        judge(step, scope, attempt)
        if attempt.ok or not 400 <= exchange.status < 500:
            return
        broken = violations(request)
        if broken and "criterion" in {failure.violation.rule for failure in attempt.failures}:
            said = f"the request itself does not keep the contract: {broken[0].pointer} {broken[0].message}"
            told = [replace(failure.violation, rule="workflow-request", mend=said) for failure in attempt.failures]
            attempt.failures = [Failure(violation, exchange) for violation in told]

    def _search(self, step: Step, operation: Operation, maker: Maker, scope: Scope) -> Search | None:
        part = wanted(step)
        if part is None:
            return None
        if set(part.node) != {"to"}:
            raise NotRun(
                "inbox", "x-inbox has one member, to: an address, or an expression that gives one", part.location
            )
        if self._letters is None:
            said = "needs the inbox of the provider's mails and SMS: name it with --inbox, or use --run"
            raise NotRun("inbox", said, part.location)
        to = receiver(part, scope)
        if not to:
            raise UnmadeError("", f"x-inbox: {part.get('to')} gives no address", part.location)
        return self._letters.search(step, to, operation, maker, self._end)

    def _missing(self, step: Step, scope: Scope, cause: str) -> str:
        """
        Say that no message came; whose fault that is, others that came show.
        """
        part = wanted(step)
        assert part is not None
        assert self._letters is not None
        if self._letters.nothing_at_all(chain([receiver(part, scope)], addresses(scope.inputs))):
            said = "no message at all came to the inbox: does the provider send its mails and SMS there?"
            raise NotRun("inbox", said, part.location)
        return f"must be sent within {self._settings.patience:g} s: {cause or 'the step before'} asks for it"

    def _timeout(self, step: Step, default: float) -> float:
        given = step.get("timeout")
        seconds = min(default, given / 1000) if isinstance(given, int) and given > 0 else default
        return max(0.001, min(seconds, self._end - self._clock()))

    def _sub(
        self, step: Step, target: Workflow, scope: Scope, through: tuple[str, ...], attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        _, inputs = called(self._sources, step, scope, target)
        ended = yield from self.workflow(target, inputs, (*through, step.id))
        scope.outputs, scope.exchange = ended.scope.outputs, ended.scope.exchange
        scope.address, scope.message = ended.scope.address, ended.scope.message
        if target.description is step.description:
            known = Finished(inputs, dict(ended.scope.outputs), ended.scope.steps)
            scope.workflows = {**scope.workflows, target.id: known}
        if not ended.ok:
            attempt.ok = False
            attempt.inner = ended.failed
            return
        # An exchange of its own belongs to the step that made it; here it only stands for $response.
        criteria = unmet_criteria(step.parts("successCriteria"), scope)
        attempt.failures += [
            Failure(Violation(one.pointer, "criterion", one.message, one.schema), scope.exchange) for one in criteria
        ]
        attempt.ok = not attempt.failures

    def _message(
        self, step: Step, channel: SourceChannel, scope: Scope, begin: int, attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        self._topics.ready(step, channel)
        if step.get("action") == "send":
            if self._letters is not None:
                self._letters.leaving(step, None, scope.inputs)
            yield from self._topics.send(step, channel, scope, attempt)
            return
        default = max(self._settings.patience, 0.001) if "timeout" not in step.node else 3_600.0
        yield from self._topics.receive(step, channel, scope, begin, attempt, self._timeout(step, default))
