"""
What comes of a step and goes into the next one: criteria, outputs, and the inputs of workflows that are called.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts import Violation
from aegis_contracts.arazzo import ExpressionError, NowhereError, Part, Sources, Step, Workflow
from aegis_verifier._values import NOTHING, Failure
from aegis_verifier.workflows._runs import Attempt, NotRun
from aegis_verifier.workflows.expressions._criteria import UnmetCriterion, unmet_criteria
from aegis_verifier.workflows.expressions._scope import Scope, resolve
from aegis_verifier.workflows.expressions._selectors import SelectorError, Unsupported


def judge(step: Step, scope: Scope, attempt: Attempt) -> None:
    """
    Hold what came of a step to its success criteria.
    """
    criteria = step.parts("successCriteria")
    found = unmet_criteria(criteria, scope)
    exchange = scope.exchange
    if not criteria and exchange is not None and exchange.response is not None and not exchange.succeeded:
        said = "must succeed (2xx or 3xx): the step has no successCriteria"
        found = [UnmetCriterion("/status", said, step.location)]
    attempt.failures += [
        Failure(Violation(one.pointer, "criterion", one.message, one.schema), exchange) for one in found
    ]
    attempt.ok = attempt.ok and not attempt.failures


def called(
    sources: Sources, part: Part, scope: Scope, target: Workflow | None = None
) -> tuple[Workflow, dict[str, Any]]:
    """
    Find the workflow that a step or an action calls, and its inputs.
    """
    try:
        other = target or sources.of(part.description).workflow(str(part.get("workflowId")))
    except NowhereError as error:
        raise NotRun(error.rule, str(error), part.location) from None
    inputs: dict[str, Any] = defaults(other)
    listed = part.parameters() if isinstance(part, Step) else part.parts("parameters")
    for parameter in listed:
        try:
            value = resolve(parameter.get("value"), scope)
        except (ExpressionError, SelectorError) as error:
            raise NotRun("expression", str(error), parameter.location) from None
        if value is not NOTHING:
            inputs[str(parameter.get("name", ""))] = value
    return other, inputs


def evaluated(part: Step | Workflow, scope: Scope) -> dict[str, Any]:
    """
    Evaluate outputs; one that leads nowhere is left out, and is missed where it is used.
    """
    found: dict[str, Any] = {}
    outputs = part.get("outputs")
    for name, value in outputs.items() if isinstance(outputs, dict) else ():
        try:
            given = resolve(value, scope)
        except (ExpressionError, SelectorError):
            continue
        except Unsupported as error:
            raise NotRun(error.rule, str(error), part.location) from None
        if given is not NOTHING:
            found[name] = given
    return found


def defaults(workflow: Workflow) -> dict[str, Any]:
    """
    Collect the defaults of a workflow's inputs.
    """
    schema = workflow.inputs
    node = schema.resolved if schema is not None else None
    properties = node.get("properties") if isinstance(node, dict) else None
    return {
        name: member["default"]
        for name, member in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(member, dict) and "default" in member
    }
