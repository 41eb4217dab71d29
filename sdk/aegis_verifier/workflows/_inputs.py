"""
The inputs of workflows that nobody calls: what is given, what the schema proposes, and the rest made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts import DanglingReferenceError, InvalidSchemaError
from aegis_contracts.arazzo import Workflow
from aegis_contracts.instances import Ungeneratable


class InputsError(ValueError):
    """
    Inputs that cannot be used, or that cannot be made.
    """


def inputs_of(workflow: Workflow, given: Mapping[str, Any], seed: str) -> dict[str, Any]:
    """
    Return the inputs of a workflow: those given, defaults and examples of its own schema, and made ones.

    Examples behind a ``$ref`` are somebody else's, and the same for all who refer to them; they are not used.

    Raises:
        InputsError: none can be made, or what is given does not meet the schema.
    """
    own = {**_own(given, workflow)}
    schema = workflow.inputs
    if schema is None:
        return own
    try:
        made = schema.generator("request", examples=False).generate(f"{seed}/{workflow.id}", name=workflow.id)
    except (Ungeneratable, InvalidSchemaError, DanglingReferenceError) as error:
        if schema.is_valid(own):
            return own
        raise InputsError(f"no inputs could be made for {workflow.id}: {error}; give some with --inputs") from None
    proposed = _proposed(schema.resolved)
    found = {**(made if isinstance(made, dict) else {}), **proposed, **own}
    if not schema.is_valid(found, "request"):
        broken = schema.violations(own or found, "request")
        wrong = [v for v in broken if v.pointer.split("/")[1:2] and v.pointer.split("/")[1] in own]
        if wrong:
            raise InputsError(f"--inputs for {workflow.id}: {wrong[0].pointer} {wrong[0].message}")
        found = {**(made if isinstance(made, dict) else {}), **own}
    return found


def _own(given: Mapping[str, Any], workflow: Workflow) -> Mapping[str, Any]:
    """
    Pick a workflow's inputs out of a file: below its id, else those at the top whose names it knows.
    """
    named = given.get(workflow.id)
    if isinstance(named, dict):
        return named
    schema = workflow.inputs
    node = schema.resolved if schema is not None else {}
    known = node.get("properties") if isinstance(node, dict) else None
    return {name: value for name, value in given.items() if isinstance(known, dict) and name in known}


def _proposed(node: Any) -> dict[str, Any]:
    properties = node.get("properties") if isinstance(node, dict) else None
    found: dict[str, Any] = {}
    for name, member in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(member, dict):
            continue
        examples = member.get("examples")
        if "default" in member:
            found[name] = member["default"]
        elif isinstance(examples, list) and examples:
            found[name] = examples[0]
        elif "example" in member:
            found[name] = member["example"]
    return found


def unknown(given: Mapping[str, Any], workflows: list[Workflow]) -> list[str]:
    """
    Name what is given and no workflow takes.
    """
    known: set[str] = {workflow.id for workflow in workflows}
    for workflow in workflows:
        schema = workflow.inputs
        node = schema.resolved if schema is not None else {}
        properties = node.get("properties") if isinstance(node, dict) else None
        known |= set(properties) if isinstance(properties, dict) else set()
    return [name for name in given if name not in known]


__all__ = ["InputsError", "inputs_of", "unknown"]
