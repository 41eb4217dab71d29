"""
Whether everything that a description refers to is there: operations, channels, workflows, steps, outputs, inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aegis_contracts import json_pointer
from aegis_contracts._model import Operation
from aegis_contracts._violation import Finding, Severity
from aegis_contracts.arazzo._conditions import ConditionError, condition, named
from aegis_contracts.arazzo._description import Description, Part, Step, Workflow
from aegis_contracts.arazzo._expressions import Expression, ExpressionError, expressions, read
from aegis_contracts.arazzo._order import ELSEWHERE, CircleError, named_steps, ordered
from aegis_contracts.arazzo._source import NowhereError, SourceChannel
from aegis_contracts.arazzo._sources import Sources
from aegis_contracts.documents._documents import DanglingReferenceError, Place
from aegis_shell import did_you_mean

# What a source on the web holds is not known here; a runner is told which file stands for it.
_UNKNOWN = "is not fetched"


def references(description: Description, sources: Sources) -> Iterator[Finding]:
    """
    Report what refers to nothing.
    """
    checker = _Checker(description, sources)
    yield from checker.sources()
    for workflow in description.workflows.values():
        yield from checker.workflow(workflow)


class _Checker:
    def __init__(self, description: Description, sources: Sources) -> None:
        self._description = description
        self._sources = sources

    def _said(self, place: Place, rule: str, message: str, mend: str = "", severity: Severity = "error") -> Finding:
        return self._description.documents.finding(place, rule, message, mend, severity)

    def _nowhere(self, place: Place, error: NowhereError) -> Iterator[Finding]:
        if error.rule == "reference":
            yield self._said(place, error.rule, str(error), error.mend)

    def sources(self) -> Iterator[Finding]:
        for part in self._description.source_descriptions():
            try:
                self._sources.source(str(part.get("name", "")))
            except NowhereError as error:
                severity: Severity = "warning" if _UNKNOWN in str(error) else "error"
                yield self._said(part.place.at("url"), "source", str(error), error.mend, severity)

    def workflow(self, workflow: Workflow) -> Iterator[Finding]:
        yield from self._inputs(workflow)
        for index, name in enumerate(workflow.texts("dependsOn")):
            try:
                self._sources.workflow(name)
            except NowhereError as error:
                yield from self._nowhere(workflow.place.at("dependsOn", index), error)
        for name in ("successActions", "failureActions"):
            yield from self._actions(workflow, workflow, name)
        yield from self._reusable(workflow, "parameters")
        yield from self._expressions(workflow, workflow, ("outputs", "parameters"), later=True)
        try:
            order = [step.id for step in ordered(workflow)]
        except CircleError as error:
            yield self._said(workflow.place.at("steps"), "circle", f"cannot be put in an order: {error}")
            return
        jumps = any(
            action.get("type") in {"goto", "retry"}
            for step in workflow.steps
            for success in (True, False)
            for action in step.actions(success=success)
        )
        for step in workflow.steps:
            yield from self._step(workflow, step, order, jumps)

    def _inputs(self, workflow: Workflow) -> Iterator[Finding]:
        schema = workflow.inputs
        if schema is None:
            return
        try:
            schema.projection("none")
        except DanglingReferenceError as error:
            yield self._said(workflow.place.at("inputs"), "reference", str(error))

    def _step(self, workflow: Workflow, step: Step, order: list[str], jumps: bool) -> Iterator[Finding]:
        yield from self._target(step)
        yield from self._depends(workflow, step)
        yield from self._reusable(step, "parameters")
        for name in ("onSuccess", "onFailure"):
            yield from self._actions(workflow, step, name)
        yield from self._criteria(workflow, step, "successCriteria")
        fields = ("parameters", "requestBody", "outputs", "correlationId", "workflowId")
        yield from self._expressions(workflow, step, fields, later=False)
        for other in sorted(named_steps(step)):
            if other in order and order.index(other) >= order.index(step.id):
                said = f"uses an output of {other}, which comes later"
                severity: Severity = "warning" if jumps else "error"
                yield self._said(step.place, "order", said, f"add dependsOn: [{other}], or move it up", severity)

    def _target(self, step: Step) -> Iterator[Finding]:
        name = step.target
        if not name or not isinstance(step.get(name), str):
            return
        place, text = step.place.at(name), step.get(name)
        try:
            match name:
                case "operationId":
                    found: Operation | SourceChannel | None = self._sources.operation(text)
                case "operationPath" | "channelPath":
                    found = self._sources.path(text)
                case _:
                    called = self._sources.workflow(text)
                    yield from self._given(step, called)
                    found = None
        except NowhereError as error:
            yield from self._nowhere(place, error)
            return
        if isinstance(found, SourceChannel):
            if name == "operationPath":
                yield self._said(place, "step-target", "names a channel", "write channelPath")
            if "action" not in step.node and name == "operationId":
                yield self._said(step.place, "missing-field", "misses the field action", "add action: send or receive")
        elif found is not None:
            if name == "channelPath":
                yield self._said(place, "step-target", "names an operation of OpenAPI", "write operationPath")
            for field in ("action", "correlationId"):
                if field in step.node:
                    said = "belongs to steps of AsyncAPI; this one calls an operation of OpenAPI"
                    yield self._said(step.place.at(field), "step-target", said, "leave it out")
            yield from self._parameters(step, found)

    def _given(self, step: Step, called: Workflow) -> Iterator[Finding]:
        known = _properties(called)
        if known is None:
            return
        for part in step.parts("parameters"):
            name = part.get("name")
            if isinstance(name, str) and name not in known:
                said = f"workflow {called.id} has no input {name!r}"
                yield self._said(part.place.at("name"), "parameter", said, did_you_mean(name, known), "warning")

    def _parameters(self, step: Step, operation: Operation) -> Iterator[Finding]:
        given: set[tuple[str, str]] = set()
        for part in step.parameters():
            name, where = str(part.get("name", "")), part.get("in")
            own = part.place.pointer.startswith(step.place.pointer + "/")
            if where is None:
                continue
            given.add((where, name.lower() if where == "header" else name))
            known = [p.name for p in operation.parameters if p.location == where]
            there = {n.lower() if where == "header" else n for n in known}
            if own and (name.lower() if where == "header" else name) not in there:
                severity: Severity = "error" if where == "path" else "warning"
                said = f"{operation.key} has no {where} parameter {name!r}"
                if where == "path" or known:
                    yield self._said(part.place.at("name"), "parameter", said, did_you_mean(name, known), severity)
        for parameter in operation.parameters:
            if parameter.location == "path" and ("path", parameter.name) not in given:
                said = f"gives no path parameter {parameter.name}, which {operation.key} needs"
                yield self._said(step.place, "parameter", said, "add it to parameters")

    def _depends(self, workflow: Workflow, step: Step) -> Iterator[Finding]:
        known = [other.id for other in workflow.steps]
        for index, name in enumerate(step.texts("dependsOn")):
            place = step.place.at("dependsOn", index)
            if not name.startswith("$"):
                if name not in known:
                    yield self._said(place, "reference", f"there is no step {name!r}", did_you_mean(name, known))
                continue
            found = ELSEWHERE.fullmatch(name)
            if found is None:
                mend = "write a stepId, $workflows.<workflowId>.steps.<stepId> or the same in a source description"
                yield self._said(place, "expression", "is no reference to a step", mend)
                continue
            target = found["workflow"] or f"$sourceDescriptions.{found['source']}.{found['remote']}"
            try:
                other = self._sources.workflow(target)
            except NowhereError as error:
                yield from self._nowhere(place, error)
                continue
            if other.step(found["step"]) is None:
                mend = did_you_mean(found["step"], [one.id for one in other.steps])
                yield self._said(place, "reference", f"{other.id} has no step {found['step']!r}", mend)

    def _actions(self, workflow: Workflow, part: Part, name: str) -> Iterator[Finding]:
        yield from self._reusable(part, name)
        for action in part.parts(name):
            if "reference" in action.node:
                continue
            step, other = action.get("stepId"), action.get("workflowId")
            if isinstance(step, str) and workflow.step(step) is None:
                mend = did_you_mean(step, [one.id for one in workflow.steps])
                yield self._said(action.place.at("stepId"), "reference", f"there is no step {step!r}", mend)
            if isinstance(other, str):
                try:
                    self._sources.workflow(other)
                except NowhereError as error:
                    yield from self._nowhere(action.place.at("workflowId"), error)
            yield from self._criteria(workflow, action, "criteria")
            yield from self._expressions(workflow, action, ("parameters",), later=False)

    def _criteria(self, workflow: Workflow, part: Part, name: str) -> Iterator[Finding]:
        for criterion in part.parts(name):
            text, kind = criterion.get("condition"), criterion.get("type", "simple")
            context = criterion.get("context")
            if isinstance(context, str):
                yield from self._expression(workflow, context, criterion.place.at("context"), later=False)
            if not isinstance(text, str):
                continue
            place = criterion.place.at("condition")
            if kind == "simple":
                try:
                    found = list(named(condition(text)))
                except ConditionError as error:
                    yield self._said(place, "condition", str(error), "such as $statusCode == 200")
                    continue
                for expression in found:
                    yield from self._known(workflow, expression, place, later=False)
            else:
                yield from self._expression(workflow, text, place, later=False, embedded=True)

    def _reusable(self, part: Part, name: str) -> Iterator[Finding]:
        for one in part.parts(name):
            reference = one.node.get("reference")
            if not isinstance(reference, str):
                continue
            components = self._description.document.get("components")
            words = reference.split(".")
            group = components.get(words[1]) if isinstance(components, dict) and len(words) > 1 else None
            known = list(group) if isinstance(group, dict) else []
            mend = did_you_mean(words[-1], known) or "name one as $components.<kind>.<name>"
            yield self._said(one.place, "reference", f"{reference} leads nowhere", mend)

    def _expressions(self, workflow: Workflow, part: Part, fields: Iterable[str], *, later: bool) -> Iterator[Finding]:
        for field in fields:
            for pointer, text in expressions(part.node.get(field)):
                place = Place(part.place.uri, part.place.at(field).pointer + pointer)
                if not pointer.endswith("/reference"):
                    yield from self._expression(workflow, text, place, later=later or field == "outputs")

    def _expression(
        self, workflow: Workflow, text: str, place: Place, *, later: bool, embedded: bool = False
    ) -> Iterator[Finding]:
        try:
            found = read(f"{{{text}}}") if embedded and text.startswith("{$") and text.endswith("}}") else read(text)
        except ExpressionError as error:
            yield self._said(place, "expression", f"{text[:80]} {error}", "see Runtime Expressions of Arazzo")
            return
        for expression in found:
            yield from self._known(workflow, expression, place, later=later)

    def _known(self, workflow: Workflow, expression: Expression, place: Place, *, later: bool) -> Iterator[Finding]:
        match expression.source:
            case "steps":
                yield from self._step_output(workflow, expression, expression.parts, place)
            case "inputs":
                known = _properties(workflow)
                yield from self._among(expression, expression.parts[0], known, place, "input")
            case "workflows":
                identifier, field, name = expression.parts[0], expression.parts[1], expression.parts[-1]
                other = self._description.workflows.get(identifier)
                if other is None:
                    mend = did_you_mean(identifier, self._description.workflows)
                    yield self._said(place, "reference", f"there is no workflow {identifier!r}", mend)
                elif field == "steps":
                    yield from self._step_output(other, expression, expression.parts[2:], place)
                elif field == "outputs":
                    yield from self._among(expression, name, other.get("outputs") or {}, place, "output")
            case "sourceDescriptions" if expression.parts[0] not in self._sources.names():
                mend = did_you_mean(expression.parts[0], self._sources.names())
                said = f"there is no source description {expression.parts[0]!r}"
                yield self._said(place, "reference", said, mend)
            case "components" if self._description.component(*expression.parts) is None:
                yield self._said(place, "reference", f"{expression} leads nowhere")
            case "outputs" if not later:
                said = "$outputs is known to outputs alone"
                yield self._said(place, "expression", said, "write $steps.<stepId>.outputs.<name>", "warning")
            case _:
                return

    def _step_output(
        self, workflow: Workflow, expression: Expression, parts: tuple[str, ...], place: Place
    ) -> Iterator[Finding]:
        identifier, name = parts
        other = workflow.step(identifier)
        if other is None:
            mend = did_you_mean(identifier, [step.id for step in workflow.steps])
            yield self._said(place, "reference", f"there is no step {identifier!r}", mend)
            return
        yield from self._among(expression, name, other.get("outputs") or {}, place, f"output of {identifier}")

    def _among(self, expression: Expression, name: str, known: Any, place: Place, what: str) -> Iterator[Finding]:
        if known is None or not isinstance(known, dict | list | set | frozenset):
            return
        # A dot may be part of the name or begin a step into the value.
        if any(name == one or name.startswith(f"{one}.") for one in known):
            return
        severity: Severity = "warning" if what == "input" else "error"
        mend = did_you_mean(name, known) or (f"known are {', '.join(map(str, list(known)[:10]))}" if known else "")
        yield self._said(place, "reference", f"{expression} leads nowhere: there is no such {what}", mend, severity)


def _properties(workflow: Workflow) -> set[str] | None:
    """
    Name the inputs of a workflow; None where its schema leaves them open.
    """
    schema = workflow.inputs
    if schema is None:
        return set()
    try:
        root = schema.projected("none")
    except DanglingReferenceError:
        return None
    if not isinstance(root, dict):
        return None
    node: Any = root
    for _ in range(10):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
            break
        node = json_pointer.find(root, reference.removeprefix("#"))
    if not isinstance(node, dict) or any(word in node for word in ("allOf", "anyOf", "oneOf", "$ref", "if")):
        return None
    properties = node.get("properties")
    return set(properties) if isinstance(properties, dict) else None
