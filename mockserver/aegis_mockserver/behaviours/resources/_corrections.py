"""
What ``x-mock`` on an operation says of what it does to a resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from aegis_contracts import Operation
from aegis_mockserver.behaviours.resources._resource import Carried, Input, Output, Page, Steps, Use

_MEMBERS = frozenset({"state", "store", "action", "id", "taken", "shown", "entry", "page"})
_INPUTS = ("size", "after", "before", "offset", "number")
_OUTPUTS: dict[str, Carried] = {
    "next": "next token",
    "next-address": "next address",
    "more": "more",
    "total": "total",
    "last-id": "last id",
}


def is_off(given: object) -> bool:
    """
    Say whether ``x-mock`` wants no state.
    """
    if given is False:
        return True
    return isinstance(given, dict) and cast("Mapping[str, Any]", given).get("state") is False


def corrected(use: Use, operation: Operation, said: Mapping[str, Any]) -> Use:
    """
    Change what was inferred as ``x-mock`` says.

    Raises:
        LookupError: it says what cannot be.
    """
    unknown = sorted(said.keys() - _MEMBERS)
    if unknown:
        raise LookupError(f"x-mock: {unknown[0]!r} is none of {', '.join(sorted(_MEMBERS))}")
    use = replace(
        use,
        taken=_steps("taken", said.get("taken", list(use.taken))),
        shown=_steps("shown", said.get("shown", list(use.shown))),
        entry=_steps("entry", said.get("entry", list(use.entry))),
    )
    if "page" in said:
        use = replace(use, page=_page(use.page or Page(), operation, said["page"]))
    return use


def _steps(name: str, value: Any) -> Steps:
    steps = value.split(".") if isinstance(value, str) else value
    if not isinstance(steps, list):
        raise LookupError(f"x-mock: {name} must be names of members, one inside the other")
    return tuple(str(step) for step in cast("list[Any]", steps) if step != "")


def _page(page: Page, operation: Operation, said: Any) -> Page:
    if not isinstance(said, dict):
        raise LookupError(f"x-mock: page must be an object of {', '.join((*_INPUTS, *_OUTPUTS))}")
    given = cast("Mapping[str, Any]", said)
    unknown = sorted(given.keys() - {*_INPUTS, *_OUTPUTS})
    if unknown:
        raise LookupError(f"x-mock: page: {unknown[0]!r} is none of {', '.join((*_INPUTS, *_OUTPUTS))}")
    queries = {parameter.name for parameter in operation.parameters if parameter.location == "query"}
    inputs: dict[str, Any] = {}
    for name in _INPUTS:
        if name in given:
            wanted = str(given[name])
            counts = name in {"size", "offset", "number"}
            inputs[name] = Input(wanted, "query" if wanted in queries else "body", "", counts)
    outputs = tuple(
        Output(_steps(name, given[name]), carries, frozenset({"string"} if "next" in name else ()))
        for name, carries in _OUTPUTS.items()
        if name in given
    )
    changed = replace(page, **inputs)
    if outputs:
        told = {output.carries for output in outputs}
        changed = replace(changed, outputs=(*(one for one in page.outputs if one.carries not in told), *outputs))
    if changed.after is not None:
        tells = any(output.carries in {"next token", "next address"} for output in changed.outputs)
        return replace(changed, style="token" if tells else "item")
    style = "number" if changed.number is not None else "offset" if changed.offset is not None else changed.style
    return replace(changed, style=style)
