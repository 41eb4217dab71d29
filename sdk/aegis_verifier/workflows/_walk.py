"""
The walk through a workflow: which step comes next, what it asks for, and what came of it.

It is a generator, as every script of the verifier: it yields what it needs from the world (an exchange, a pause, a
record) and is sent the answer, so the whole of it runs without a socket.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from aegis_contracts import Contract, Operation, Violation
from aegis_contracts.arazzo import (
    ELSEWHERE,
    Channel,
    CircleError,
    Description,
    ExpressionError,
    NowhereError,
    Part,
    Sources,
    Step,
    Workflow,
    ordered,
)
from aegis_verifier._drafts import violations
from aegis_verifier._maker import Maker
from aegis_verifier._settings import Settings
from aegis_verifier._values import NOTHING, Exchange, Failure, Request, Wait
from aegis_verifier.workflows import _messages
from aegis_verifier.workflows._context import Context, Finished, Message, resolve
from aegis_verifier.workflows._criteria import Unmet, unmet
from aegis_verifier.workflows._messages import Arrivals, Publish
from aegis_verifier.workflows._requests import UnmadeError, request_of
from aegis_verifier.workflows._selectors import SelectorError, Unsupported

MOST_STEPS = 400
MOST_DEPTH = 10
MOST_RETRIES = 100
SECONDS = 120.0


@dataclass(frozen=True)
class Send:
    """
    A request, and how long its answer may take.
    """

    request: Request
    timeout: float


@dataclass(frozen=True)
class Pause:
    """
    So many seconds in which nothing is done.
    """

    seconds: float


Asked: TypeAlias = Send | Pause | Publish | Wait


class NotRun(Exception):  # noqa: N818 - no error: what is not run here, told with its place
    """
    Something in a document that is not run.

    Args:
        rule: what it is, in one word.
        location: where it stands, as ``file#/pointer``.
    """

    def __init__(self, rule: str, message: str, location: str) -> None:
        super().__init__(f"{message} [{rule}] ({location})")
        self.rule = rule
        self.location = location


@dataclass
class StepRun:
    """
    Everything that came of one step at one place of a run, however often it was executed.

    Args:
        through: the steps that led into its workflow, outermost first.
        excused: exchanges whose failure the workflow itself deals with.
        open: why it could not be decided.
        whole: it was executed to its end, once at least.
    """

    step: Step
    through: tuple[str, ...] = ()
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    failures: list[Failure] = field(default_factory=list[Failure])
    excused: list[Exchange] = field(default_factory=list[Exchange])
    open: str = ""
    whole: bool = False


@dataclass
class Ended:
    """
    How a workflow ended.

    Args:
        failed: the step that failed and what of it, when nothing dealt with it.
    """

    context: Context
    failed: list[tuple[StepRun, Failure]] = field(default_factory=list[tuple[StepRun, Failure]])
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """
        Say whether it reached what it was for.
        """
        return not self.failed and not self.stopped


@dataclass
class Attempt:
    """
    One execution of a step.
    """

    run: StepRun
    failures: list[Failure] = field(default_factory=list[Failure])
    inner: list[tuple[StepRun, Failure]] = field(default_factory=list[tuple[StepRun, Failure]])
    ok: bool = True


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
        self._records = records
        self._addresses = addresses
        self._makers: dict[int, Maker] = {}
        self._clock = clock
        self._end = clock() + seconds
        self._seconds = seconds
        self._steps = 0
        self._taken: set[int] = set()
        self._letters: Counter[str] = Counter()

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
        first = self._records.all() if self._records is not None else []
        context = Context(workflow.description, inputs, workflows=self._ended(workflow.description))
        ended = Ended(context)
        begin = len(first)
        at = 0
        while at < len(steps):
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise NotRun("loop", f"more than {MOST_STEPS} steps were executed", workflow.location)
            step = steps[at]
            following = steps[at + 1] if at + 1 < len(steps) else None
            self._look_ahead(following, context)
            attempt, action = yield from self._step(step, context, through, begin)
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
            other, parameters = self._called(action, context)
            moved = yield from self.workflow(other, parameters, (*through, step.id))
            ended.failed, ended.stopped = moved.failed, not moved.ok
            context.exchange = moved.context.exchange
            break
        self._outputs(workflow, context)
        return ended

    def _ended(self, description: Description) -> dict[str, Finished]:
        return {
            identifier: Finished(ended.context.inputs, dict(ended.context.outputs), ended.context.steps)
            for (document, identifier), ended in self.finished.items()
            if document == description.identity
        }

    def _outputs(self, part: Workflow, context: Context) -> None:
        context.outputs = _evaluated(part, context)

    # Steps

    def _step(
        self, step: Step, context: Context, through: tuple[str, ...], begin: int
    ) -> Generator[Asked, Any, tuple[Attempt, Part | None]]:
        """
        Execute a step as often as its failure actions say; answers the last attempt and the action that follows.
        """
        run = self.runs.setdefault((through, step), StepRun(step, through))
        used: Counter[str] = Counter()
        while True:
            attempt = yield from self._guarded(step, context, through, begin, run)
            action = self._chosen(step, attempt, context, used)
            if action is not None and not attempt.ok and action.get("type") != "end":
                run.excused += [failure.exchange for failure in attempt.failures if failure.exchange is not None]
            if action is None or action.get("type") != "retry":
                return attempt, action
            used[str(action.get("name"))] += 1
            yield from self._before_retry(step, action, context, through, begin)

    def _chosen(self, step: Step, attempt: Attempt, context: Context, used: Counter[str]) -> Part | None:
        for action in step.actions(success=attempt.ok):
            if "reference" in action.node:
                raise NotRun("reference", f"{action.get('reference')} leads nowhere", action.location)
            try:
                if unmet(action.parts("criteria"), context):
                    continue
            except Unsupported as error:
                raise NotRun(error.rule, str(error), action.location) from None
            limit = min(int(action.get("retryLimit", 1)), MOST_RETRIES)
            if action.get("type") == "retry" and used[str(action.get("name"))] >= limit:
                continue
            return action
        return None

    def _before_retry(
        self, step: Step, action: Part, context: Context, through: tuple[str, ...], begin: int
    ) -> Generator[Asked, Any, None]:
        after = _retry_after(context.exchange, float(action.get("retryAfter", 0)))
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
                yield from self._guarded(other, context, through, begin, run)
        elif isinstance(action.get("workflowId"), str):
            called, inputs = self._called(action, context)
            ended = yield from self.workflow(called, inputs, (*through, step.id))
            context.workflows = {
                **context.workflows,
                called.id: Finished(inputs, dict(ended.context.outputs), ended.context.steps),
            }

    def _guarded(
        self, step: Step, context: Context, through: tuple[str, ...], begin: int, run: StepRun
    ) -> Generator[Asked, Any, Attempt]:
        if self._clock() > self._end:
            raise NotRun("time", f"the whole run may take {self._seconds:g} s", step.location)
        if refusal := self._refused(step):
            raise NotRun(*refusal)
        attempt = Attempt(run)
        try:
            self._depends(step, context)
            target = self._sources.of(step.description).target(step)
            if isinstance(target, Workflow):
                yield from self._sub(step, target, context, through, attempt)
            elif isinstance(target, Channel):
                yield from self._message(step, target, context, begin, attempt)
                attempt.failures = [
                    replace(failure, exchange=self._cause(step, through) or failure.exchange)
                    for failure in attempt.failures
                ]
            else:
                yield from self._call(step, target, context, attempt)
        except UnmadeError as error:
            attempt.ok = False
            said = Violation(error.pointer, "workflow-value", str(error), error.location)
            attempt.failures.append(Failure(said, context.exchange))
        except Unsupported as error:
            raise NotRun(error.rule, str(error), step.location) from None
        except NowhereError as error:
            raise NotRun(error.rule, str(error), step.location) from None
        context.steps[step.id] = {**context.steps.get(step.id, {}), **_evaluated(step, context)}
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

    def _depends(self, step: Step, context: Context) -> None:
        for name in step.texts("dependsOn"):
            found = ELSEWHERE.fullmatch(name)
            if found is None:
                there = name in context.steps
            elif found["workflow"]:
                there = found["step"] in context.workflows.get(found["workflow"], Finished({}, {}, {})).steps
            else:
                other = self._sources.of(step.description).source(found["source"]).description
                key = (other.identity if other is not None else "", found["remote"])
                there = key in self.finished and found["step"] in self.finished[key].context.steps
            if not there:
                raise UnmadeError("", f"depends on {name}, which has not been executed", step.location)

    def _call(
        self, step: Step, operation: Operation, context: Context, attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        contract = operation.contract
        maker = self._makers.setdefault(id(contract), Maker(contract, self._settings))
        context.message = yield from self._letter(step, operation, maker, context)
        request = request_of(step, operation, context, maker)
        exchange: Exchange = yield Send(request, self._timeout(step, self._settings.timeout))
        attempt.run.exchanges.append(exchange)
        context.exchange, context.address = exchange, self._addresses(contract)
        if exchange.response is None:
            said = exchange.said or "must answer"
            trouble = Violation("", exchange.trouble or "connection", said, step.location)
            attempt.failures.append(Failure(trouble, exchange))
        self._judge(step, context, attempt)
        if attempt.ok or not 400 <= exchange.status < 500:
            return
        broken = violations(request)
        if broken and "criterion" in {failure.violation.rule for failure in attempt.failures}:
            said = f"the request itself does not keep the contract: {broken[0].pointer} {broken[0].message}"
            told = [replace(failure.violation, rule="workflow-request", mend=said) for failure in attempt.failures]
            attempt.failures = [Failure(violation, exchange) for violation in told]

    def _judge(self, step: Step, context: Context, attempt: Attempt) -> None:
        criteria = step.parts("successCriteria")
        found = unmet(criteria, context)
        exchange = context.exchange
        if not criteria and exchange is not None and exchange.response is not None and not exchange.succeeded:
            said = "must succeed (2xx or 3xx): the step has no successCriteria"
            found = [Unmet("/status", said, step.location)]
        attempt.failures += [
            Failure(Violation(one.pointer, "criterion", one.message, one.schema), exchange) for one in found
        ]
        attempt.ok = attempt.ok and not attempt.failures

    def _timeout(self, step: Step, default: float) -> float:
        given = step.get("timeout")
        seconds = min(default, given / 1000) if isinstance(given, int) and given > 0 else default
        return max(0.001, min(seconds, self._end - self._clock()))

    def _sub(
        self, step: Step, target: Workflow, context: Context, through: tuple[str, ...], attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        _, inputs = self._called(step, context, target)
        ended = yield from self.workflow(target, inputs, (*through, step.id))
        context.outputs, context.exchange = ended.context.outputs, ended.context.exchange
        context.address, context.message = ended.context.address, ended.context.message
        if target.description is step.description:
            known = Finished(inputs, dict(ended.context.outputs), ended.context.steps)
            context.workflows = {**context.workflows, target.id: known}
        if not ended.ok:
            attempt.ok = False
            attempt.inner = ended.failed
            return
        # An exchange of its own belongs to the step that made it; here it only stands for $response.
        criteria = unmet(step.parts("successCriteria"), context)
        attempt.failures += [
            Failure(Violation(one.pointer, "criterion", one.message, one.schema), context.exchange) for one in criteria
        ]
        attempt.ok = not attempt.failures

    def _called(self, part: Part, context: Context, target: Workflow | None = None) -> tuple[Workflow, dict[str, Any]]:
        try:
            other = target or self._sources.of(part.description).workflow(str(part.get("workflowId")))
        except NowhereError as error:
            raise NotRun(error.rule, str(error), part.location) from None
        inputs: dict[str, Any] = _defaults(other)
        listed = part.parameters() if isinstance(part, Step) else part.parts("parameters")
        for parameter in listed:
            try:
                value = resolve(parameter.get("value"), context)
            except (ExpressionError, SelectorError) as error:
                raise NotRun("expression", str(error), parameter.location) from None
            if value is not NOTHING:
                inputs[str(parameter.get("name", ""))] = value
        return other, inputs

    # Messages

    def _message(
        self, step: Step, channel: Channel, context: Context, begin: int, attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        _messages.kafka_only(channel)
        if self._records is None:
            said = "needs the Kafka that the provider uses: name it with --kafka, or use --run"
            raise NotRun("kafka", said, step.location)
        if step.get("action") == "send":
            record, message = _messages.outgoing(channel, step, context)
            broken = _messages.violations(channel, message)
            if broken:
                said = f"the message does not keep its contract: {broken[0].pointer} {broken[0].message}"
                raise UnmadeError("/message", said, step.location)
            trouble: str = yield record
            if trouble:
                raise UnmadeError("/message", f"could not be sent: {trouble}", step.location)
            context.message = message
            attempt.failures += _of_message(unmet(step.parts("successCriteria"), context), context)
            attempt.ok = not attempt.failures
            return
        yield from self._receive(step, channel, context, begin, attempt)

    def _receive(
        self, step: Step, channel: Channel, context: Context, begin: int, attempt: Attempt
    ) -> Generator[Asked, Any, None]:
        topic = _messages.address(channel, step, context)
        wanted = resolve(step.get("correlationId"), context) if "correlationId" in step.node else None
        criteria = step.parts("successCriteria")
        seen: list[Message] = []
        records = self._records
        assert records is not None

        def look() -> tuple[int, Message] | None:
            seen.clear()
            for index, record in enumerate(records.all()[begin:], begin):
                if record.topic != topic or index in self._taken:
                    continue
                message = _messages.incoming(record)
                if wanted is not None and not _messages.correlated(channel, message, wanted):
                    continue
                seen.append(message)
                context.message = message
                if not unmet(criteria, context):
                    return index, message
            return None

        seconds = self._timeout(step, max(self._settings.patience, 0.001) if "timeout" not in step.node else 3_600.0)
        found: tuple[int, Message] | None = yield Wait(look, seconds)
        if found is not None:
            self._taken.add(found[0])
            context.message = found[1]
            attempt.failures += [Failure(one, context.exchange) for one in _messages.violations(channel, found[1])]
        elif seen:
            context.message = seen[-1]
            attempt.failures += _of_message(unmet(criteria, context), context)
        else:
            context.message = None
            which = " with this correlationId" if wanted is not None else ""
            said = f"must come over {topic}{which} within {seconds:g} s; none did"
            attempt.failures.append(Failure(Violation("/message", "message", said, step.location), context.exchange))
        attempt.ok = not attempt.failures

    def _look_ahead(self, following: Step | None, context: Context) -> None:
        """
        Remember what is in the inbox before the step that causes the message which the next one waits for.
        """
        part = _messages.inbox_of(following) if following is not None else None
        inbox = self._settings.inbox
        if part is not None and inbox is not None and (to := _messages.receiver(part, context)):
            self._letters[to] = len(inbox.texts(to))

    def _letter(
        self, step: Step, operation: Operation, maker: Maker, context: Context
    ) -> Generator[Asked, Any, Message | None]:
        part = _messages.inbox_of(step)
        if part is None:
            return context.message
        inbox = self._settings.inbox
        if inbox is None:
            said = "needs the inbox of the provider's mails and SMS: name it with --inbox, or use --run"
            raise NotRun("inbox", said, part.location)
        to = _messages.receiver(part, context)
        if not to:
            raise UnmadeError("", f"x-inbox: {part.get('to')} gives no address", part.location)
        before = self._letters[to]
        found: Message | None = yield Wait(
            lambda: _messages.letter(inbox.texts(to)[before:], operation, maker), self._settings.patience
        )
        if found is None:
            if not any(inbox.texts(address) for address in {to, *_messages.addresses(context.inputs)}):
                said = "no message at all came to the inbox: does the provider send its mails and SMS there?"
                raise NotRun("inbox", said, part.location)
            said = f"must be sent within {self._settings.patience:g} s: the step before asks for it"
            raise UnmadeError("/message", said, part.location)
        return found


def _of_message(found: list[Unmet], context: Context) -> list[Failure]:
    return [Failure(Violation(one.pointer, "criterion", one.message, one.schema), context.exchange) for one in found]


def _evaluated(part: Step | Workflow, context: Context) -> dict[str, Any]:
    """
    Evaluate outputs; one that leads nowhere is left out, and is missed where it is used.
    """
    found: dict[str, Any] = {}
    outputs = part.get("outputs")
    for name, value in outputs.items() if isinstance(outputs, dict) else ():
        try:
            given = resolve(value, context)
        except (ExpressionError, SelectorError):
            continue
        except Unsupported as error:
            raise NotRun(error.rule, str(error), part.location) from None
        if given is not NOTHING:
            found[name] = given
    return found


def _defaults(workflow: Workflow) -> dict[str, Any]:
    schema = workflow.inputs
    node = schema.resolved if schema is not None else None
    properties = node.get("properties") if isinstance(node, dict) else None
    return {
        name: member["default"]
        for name, member in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(member, dict) and "default" in member
    }


def _retry_after(exchange: Exchange | None, own: float) -> float:
    """
    Return how long to wait: what the provider says goes before what the document says (Arazzo 1.1 §Failure Action).
    """
    response = exchange.response if exchange is not None else None
    said = response.headers.get("retry-after", "") if response is not None else ""
    if said.isdecimal() and len(said) < 10:
        return float(said)
    if said:
        from datetime import UTC, datetime
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return own
    return own
