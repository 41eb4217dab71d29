"""
In which order a workflow's steps are executed one after the other: as written, unless ``dependsOn`` says otherwise.
"""

from __future__ import annotations

import re

from aegis_contracts.arazzo._description import Step, Workflow
from aegis_contracts.arazzo._expressions import ExpressionError, expressions, read

ELSEWHERE = re.compile(
    r"\$(?:workflows\.(?P<workflow>[^.]+)|sourceDescriptions\.(?P<source>[^.]+)\.(?P<remote>[^.]+))\.steps\.(?P<step>[^.]+)"
)


class CircleError(ValueError):
    """
    Steps that wait for each other.
    """


def named_steps(step: Step) -> set[str]:
    """
    Name the steps whose outputs a step uses.
    """
    found: set[str] = set()
    for name in ("parameters", "requestBody", "correlationId", "workflowId"):
        for _, text in expressions(step.get(name)):
            try:
                found |= {expression.parts[0] for expression in read(text) if expression.source == "steps"}
            except ExpressionError:
                continue
    return found


def ordered(workflow: Workflow) -> list[Step]:
    """
    Put the steps in an order that keeps to ``dependsOn`` and, where there is any, to the outputs that steps use.

    Raises:
        CircleError: there is no such order.
    """
    steps = list(workflow.steps)
    if not any(step.texts("dependsOn") for step in steps):
        return steps
    known = {step.id: step for step in steps}
    needs = {
        step.id: [n for n in (*step.texts("dependsOn"), *sorted(named_steps(step))) if n in known] for step in steps
    }
    done: dict[str, Step] = {}
    for step in steps:
        _visit(step.id, known, needs, done)
    return list(done.values())


def _visit(first: str, known: dict[str, Step], needs: dict[str, list[str]], done: dict[str, Step]) -> None:
    stack: list[tuple[str, int]] = [(first, 0)]
    above: set[str] = set()
    while stack:
        name, at = stack.pop()
        if name in done:
            continue
        above.add(name)
        if at == len(needs[name]):
            done[name] = known[name]
            above.discard(name)
            continue
        stack.append((name, at + 1))
        need = needs[name][at]
        if need in above:
            raise CircleError(f"{need} and {name} wait for each other")
        if need not in done:
            stack.append((need, 0))
