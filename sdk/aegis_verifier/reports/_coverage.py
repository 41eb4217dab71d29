"""
What a run covered of the contract, counted on its claims and their exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange._scalars import follow
from aegis_verifier._plan import json_media
from aegis_verifier.runner import Run

_KEYWORDS = frozenset(
    [
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minItems",
        "maxItems",
        "uniqueItems",
        "contains",
        "minProperties",
        "maxProperties",
        "required",
        "additionalProperties",
    ]
)


@dataclass
class Share:
    """
    How many there are, and how many of them were covered; the rest by name.
    """

    name: str
    all: set[str] = field(default_factory=set[str])
    covered: set[str] = field(default_factory=set[str])

    @property
    def missing(self) -> list[str]:
        """
        What was not covered.
        """
        return sorted(self.all - self.covered)

    def __str__(self) -> str:
        return f"{len(self.all & self.covered)} of {len(self.all)} {self.name}"


@dataclass
class Coverage:
    """
    Operations that were accepted once, statuses that were seen, parameters that were sent, keywords that were tried,
    and steps of workflows that were run, where there are any.
    """

    operations: Share = field(default_factory=lambda: Share("operations succeeded"))
    statuses: Share = field(default_factory=lambda: Share("statuses seen"))
    parameters: Share = field(default_factory=lambda: Share("parameters sent"))
    keywords: Share = field(default_factory=lambda: Share("keywords tried"))
    steps: Share = field(default_factory=lambda: Share("workflow steps run"))

    @property
    def shares(self) -> tuple[Share, ...]:
        """
        All of them.
        """
        shares = (self.operations, self.statuses, self.parameters, self.keywords)
        return (*shares, self.steps) if self.steps.all else shares

    def line(self) -> str:
        """
        Write it on one line.
        """
        return "covered   " + ", ".join(map(str, self.shares))


def coverage(run: Run) -> Coverage:
    """
    Count what a run covered.
    """
    found = Coverage()
    found.steps.all |= run.steps
    for contract in run.contracts:
        for operation in contract.operations.values():
            found.operations.all.add(operation.key)
            found.statuses.all |= {f"{operation.key} {status}" for status in operation.responses if status.isdecimal()}
            found.parameters.all |= {f"{operation.key} {p.location} {p.name}" for p in operation.parameters}
            found.keywords.all |= {f"{operation.key} {place}" for place in _places(operation)}
    for outcome in run.outcomes:
        case = outcome.case
        if case.kind == "workflows" and not outcome.open:
            step = case.name.partition(" in ")[0]
            found.steps.covered.add(step if "/" in step else f"{case.operation.key}/{step}")
        if case.kind == "invalid" and outcome.verdict != "open":
            found.keywords.covered |= {f"{case.operation.key} {place}" for place in _tried(case.name)}
        if case.kind == "boundaries" and outcome.exchanges:
            found.keywords.covered |= {f"{case.operation.key} {place}" for place in _edges(case.name)}
        for exchange in outcome.exchanges:
            operation = exchange.request.operation
            if 200 <= exchange.status < 400:
                found.operations.covered.add(operation.key)
            found.statuses.covered.add(f"{operation.key} {exchange.status}")
            sent = _sent(operation, exchange.request.target, {name.lower() for name, _ in exchange.request.headers})
            found.parameters.covered |= {f"{operation.key} {name}" for name in sent}
    return found


def _sent(operation: Operation, target: str, headers: set[str]) -> Iterator[str]:
    query = target.partition("?")[2]
    names = {part.partition("=")[0].partition("[")[0] for part in query.split("&")}
    for parameter in operation.parameters:
        match parameter.location:
            case "path":
                yield f"path {parameter.name}"
            case "header" if parameter.name.lower() in headers:
                yield f"header {parameter.name}"
            case "query" if parameter.name in names:
                yield f"query {parameter.name}"
            case "cookie" if "cookie" in headers:
                yield f"cookie {parameter.name}"
            case "querystring" if query:
                yield f"querystring {parameter.name}"
            case _:
                pass


def _places(operation: Operation) -> Iterator[str]:
    body = operation.request_body
    media = json_media(body.content) if body is not None else None
    if media is not None and media.schema is not None:
        root = media.schema.projected("request")
        yield from (f"body{pointer} {keyword}" for pointer, keyword in _keywords(root, root, "", 0))
    for parameter in operation.parameters:
        if parameter.schema is not None:
            root = parameter.schema.projected("request")
            for pointer, keyword in _keywords(root, root, "", 3):
                if not pointer and not (keyword == "type" and _is_text(root)):  # any text is a string there
                    yield f"{parameter.location} {parameter.name} {keyword}"


def _is_text(root: Any) -> bool:
    return isinstance(root, dict) and "string" in str(root.get("type", ""))


def _keywords(node: Any, root: Any, pointer: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        target = follow(node["$ref"], root)
        node = {**target, **{k: v for k, v in node.items() if k != "$ref"}} if isinstance(target, dict) else node
    if not isinstance(node, dict) or depth > 6:
        return
    for keyword in _KEYWORDS & node.keys():
        if keyword == "required":
            yield from ((f"{pointer}/{name}", "required") for name in node["required"])
        elif keyword != "additionalProperties" or node[keyword] is False:
            yield pointer, keyword
    for name, inner in node.get("properties", {}).items() if depth < 3 else ():
        yield from _keywords(inner, root, f"{pointer}/{name}", depth + 1)


def _tried(name: str) -> Iterator[str]:
    place, _, rule = name.rpartition(" ")
    yield f"{place.replace('body itself', 'body')} {rule}"


_EDGES = {"shortest": "minLength", "longest": "maxLength", "least": "minimum", "greatest": "maximum", "value": "enum"}


def _edges(name: str) -> Iterator[str]:
    place, mark, said = name.partition(" the ")
    word = said.partition(" ")[0]
    if mark and word in _EDGES:
        yield f"{place} {_EDGES[word]}"
