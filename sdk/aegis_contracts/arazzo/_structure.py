"""
Whether a document looks like Arazzo at all: fields by object, what they may hold, and what must not stand together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from aegis_contracts._violation import Finding, Severity
from aegis_contracts.arazzo._description import TARGETS, Description
from aegis_contracts.documents._documents import Place
from aegis_shell import did_you_mean

_NAME = re.compile(r"[a-zA-Z0-9._\-]+")
_SOURCE_NAME = re.compile(r"[A-Za-z0-9_\-]+")
PLACES = ("path", "query", "querystring", "header", "cookie")
VERSIONS = {
    "jsonpath": ("rfc9535", "draft-goessner-dispatch-jsonpath-00"),
    "xpath": ("xpath-31", "xpath-30", "xpath-20", "xpath-10"),
    "jsonpointer": ("rfc6901",),
}


class Field(NamedTuple):
    """
    What a field holds: ``text``, ``number``, ``count``, ``any``, ``schema``, one of some words, an object of a kind, a
    ``[list]`` or a ``{map}`` of it.
    """

    holds: str
    required: bool = False
    words: tuple[str, ...] = ()


_T, _RT = Field("text"), Field("text", True)
OBJECTS: dict[str, dict[str, Field]] = {
    "Arazzo": {
        "arazzo": _RT,
        "$self": _T,
        "info": Field("Info", True),
        "sourceDescriptions": Field("[Source Description]", True),
        "workflows": Field("[Workflow]", True),
        "components": Field("Components"),
    },
    "Info": {"title": _RT, "summary": _T, "description": _T, "version": _RT},
    "Source Description": {
        "name": _RT,
        "url": _RT,
        "type": Field("text", words=("openapi", "asyncapi", "arazzo")),
    },
    "Workflow": {
        "workflowId": _RT,
        "summary": _T,
        "description": _T,
        "inputs": Field("schema"),
        "dependsOn": Field("[text]"),
        "steps": Field("[Step]", True),
        "successActions": Field("[Success Action]"),
        "failureActions": Field("[Failure Action]"),
        "outputs": Field("{value}"),
        "parameters": Field("[Parameter]"),
    },
    "Step": {
        "stepId": _RT,
        "description": _T,
        "operationId": _T,
        "operationPath": _T,
        "channelPath": _T,
        "workflowId": _T,
        "parameters": Field("[Parameter]"),
        "requestBody": Field("Request Body"),
        "successCriteria": Field("[Criterion]"),
        "onSuccess": Field("[Success Action]"),
        "onFailure": Field("[Failure Action]"),
        "outputs": Field("{value}"),
        "timeout": Field("count"),
        "correlationId": Field("any"),
        "action": Field("text", words=("send", "receive")),
        "dependsOn": Field("[text]"),
    },
    "Parameter": {"name": _RT, "in": Field("text", words=PLACES), "value": Field("any", True)},
    "Success Action": {
        "name": _RT,
        "type": Field("text", True, ("end", "goto")),
        "workflowId": _T,
        "stepId": _T,
        "parameters": Field("[Parameter]"),
        "criteria": Field("[Criterion]"),
    },
    "Failure Action": {
        "name": _RT,
        "type": Field("text", True, ("end", "goto", "retry")),
        "workflowId": _T,
        "stepId": _T,
        "parameters": Field("[Parameter]"),
        "retryAfter": Field("number"),
        "retryLimit": Field("count"),
        "criteria": Field("[Criterion]"),
    },
    "Criterion": {"context": _T, "condition": _RT, "type": Field("type")},
    "Expression Type": {"type": Field("text", True, tuple(VERSIONS)), "version": _T},
    "Selector": {"context": _RT, "selector": _RT, "type": Field("type", True)},
    "Request Body": {"contentType": _T, "payload": Field("any"), "replacements": Field("[Payload Replacement]")},
    "Payload Replacement": {"target": _RT, "targetSelectorType": Field("type"), "value": Field("any", True)},
    "Components": {
        "inputs": Field("{schema}"),
        "parameters": Field("{Parameter}"),
        "successActions": Field("{Success Action}"),
        "failureActions": Field("{Failure Action}"),
    },
    "Reusable": {"reference": _RT, "value": Field("any")},
}
# Fields that came with Arazzo 1.1.
_NEW = {("Step", name) for name in ("channelPath", "timeout", "correlationId", "action", "dependsOn")} | {
    ("Success Action", "parameters"),
    ("Failure Action", "parameters"),
    ("Payload Replacement", "targetSelectorType"),
}
_LISTS = {
    "parameters": ("name", "in"),
    "successActions": ("name",),
    "failureActions": ("name",),
    "onSuccess": ("name",),
    "onFailure": ("name",),
}
_REUSED = frozenset({"Parameter", "Success Action", "Failure Action"})
_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "must be a string"),
    "number": (lambda value: _is_number(value) and value >= 0, "must be a number, not negative"),
    "count": (
        lambda value: isinstance(value, int) and _is_number(value) and value >= 0,
        "must be a whole number, not negative",
    ),
    "schema": (lambda value: isinstance(value, dict | bool), "must be a JSON Schema"),
    "any": (lambda value: True, ""),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def structure(description: Description) -> Iterator[Finding]:
    """
    Report every place where the document's shape is not Arazzo's.
    """
    yield from _Walk(description).object("Arazzo", description.document, description.root)


class _Walk:
    def __init__(self, description: Description) -> None:
        self._documents = description.documents
        self._old = description.version.startswith("1.0")

    def _said(self, place: Place, rule: str, message: str, mend: str = "", severity: Severity = "error") -> Finding:
        return self._documents.finding(place, rule, message, mend, severity)

    def object(self, kind: str, node: Any, place: Place) -> Iterator[Finding]:
        if not isinstance(node, dict):
            yield self._said(place, "structure", f"must be a {kind} Object", "write its fields by name")
            return
        if kind in _REUSED and "reference" in node:
            kind = "Reusable"
        fields = OBJECTS[kind]
        for name, field in fields.items():
            if field.required and name not in node:
                yield self._said(place, "missing-field", f"misses the field {name}", f"add {name}")
        for name, value in node.items():
            if str(name).startswith("x-"):
                continue
            known = fields.get(name)
            if known is None:
                said = f"is no field of a {kind} Object"
                mend = did_you_mean(str(name), fields) or f"its fields are {', '.join(fields)}"
                yield self._said(place.at(str(name)), "unknown-field", said, mend)
                continue
            if self._old and (kind, name) in _NEW:
                yield self._said(
                    place.at(name), "arazzo-version", f"{name} came with Arazzo 1.1", "write arazzo: 1.1.0"
                )
            yield from self._held(known, value, place.at(name), kind)
        yield from self._together(kind, node, place)
        for name, keys in _LISTS.items():
            if name in fields:
                yield from self._repeated(node.get(name), keys, place.at(name))

    def _repeated(self, listed: Any, keys: tuple[str, ...], place: Place) -> Iterator[Finding]:
        seen: set[tuple[str, ...]] = set()
        for index, item in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(item, dict):
                continue
            key = tuple(str(item.get(name)) for name in ("reference",) if name in item) or tuple(
                str(item.get(name)) for name in keys
            )
            if key in seen:
                yield self._said(place.at(index), "duplicate", "is there twice", "leave one of them out")
            seen.add(key)

    def _held(self, field: Field, value: Any, place: Place, kind: str) -> Iterator[Finding]:
        holds = field.holds
        if holds.startswith("["):
            if not isinstance(value, list):
                yield self._said(place, "structure", "must be a list", "begin each item with a dash")
                return
            for index, item in enumerate(value):
                yield from self._held(Field(holds[1:-1]), item, place.at(index), kind)
        elif holds.startswith("{"):
            if not isinstance(value, dict):
                yield self._said(place, "structure", "must be a map", "write names and values")
                return
            for name, item in value.items():
                if not _NAME.fullmatch(str(name)):
                    yield self._said(place.at(str(name)), "name", "must be a name of letters, digits, ., - and _")
                yield from self._held(Field(holds[1:-1]), item, place.at(str(name)), kind)
        elif holds == "type":
            yield from self._type(value, place, kind)
        elif holds == "value":
            if isinstance(value, dict):
                yield from self.object("Selector", value, place)
            elif not isinstance(value, str):
                yield self._said(place, "structure", "must be a runtime expression or a Selector Object")
        elif holds in _TYPES:
            fits, said = _TYPES[holds]
            if not fits(value):
                yield self._said(place, "structure", said)
            elif field.words and value not in field.words:
                mend = did_you_mean(value, field.words)
                yield self._said(place, "structure", f"must be one of {', '.join(field.words)}", mend)
        else:
            yield from self.object(holds, value, place)

    def _type(self, value: Any, place: Place, kind: str) -> Iterator[Finding]:
        words = ("simple", "regex", "jsonpath", "xpath") if kind == "Criterion" else tuple(VERSIONS)
        if isinstance(value, str):
            if value not in words:
                yield self._said(place, "structure", f"must be one of {', '.join(words)}", did_you_mean(value, words))
            return
        yield from self.object("Expression Type", value, place)
        versions = VERSIONS.get(str(value.get("type", ""))) if isinstance(value, dict) else None
        if versions and "version" in value and value["version"] not in versions:
            mend = did_you_mean(str(value["version"]), versions)
            yield self._said(place.at("version"), "structure", f"must be one of {', '.join(versions)}", mend)

    def _together(self, kind: str, node: dict[str, Any], place: Place) -> Iterator[Finding]:
        match kind:
            case "Step":
                named = [name for name in TARGETS if name in node]
                if len(named) != 1:
                    said = f"must name one of {', '.join(TARGETS)}; it names {' and '.join(named) or 'none'}"
                    yield self._said(place, "step-target", said, "say what the step does, once")
                if node.get("successCriteria") == []:
                    yield self._said(place.at("successCriteria"), "structure", "must hold at least one criterion")
                if "workflowId" in node:
                    for name in ("action", "correlationId", "requestBody"):
                        if name in node:
                            said = "does not belong to a step that runs a workflow"
                            severity: Severity = "warning" if name == "requestBody" else "error"
                            yield self._said(place.at(name), "step-target", said, "leave it out", severity)
                if named and named[0] in {"operationId", "operationPath", "channelPath"}:
                    yield from self._located(node, place)
                depends = node.get("dependsOn")
                if isinstance(depends, list) and (not depends or len(set(map(str, depends))) < len(depends)):
                    yield self._said(place.at("dependsOn"), "structure", "must name steps, each of them once")
                if "channelPath" in node and "action" not in node:
                    yield self._said(place, "missing-field", "misses the field action", "add action: send or receive")
                if "correlationId" in node and node.get("action") != "receive":
                    said = "belongs to a step with action: receive"
                    yield self._said(place.at("correlationId"), "structure", said, "add action: receive")
            case "Success Action" | "Failure Action":
                both = [name for name in ("stepId", "workflowId") if name in node]
                if node.get("type") == "goto" and len(both) != 1:
                    yield self._said(place, "action-target", "goto must name either stepId or workflowId")
                elif len(both) > 1:
                    yield self._said(place, "action-target", "stepId and workflowId exclude each other")
            case "Criterion":
                if node.get("type", "simple") != "simple" and "context" not in node:
                    said = "misses the context that a condition of its type is applied to"
                    yield self._said(place, "missing-field", said, "such as context: $response.body")
            case "Arazzo":
                if "#" in str(node.get("$self", "")):
                    yield self._said(place.at("$self"), "structure", "must be a URI without a fragment")
                yield from self._unique(node, place)
            case "Source Description" if not _SOURCE_NAME.fullmatch(str(node.get("name", "a"))):
                yield self._said(place.at("name"), "name", "must be a name of letters, digits, - and _")
            case _:
                return

    def _located(self, node: dict[str, Any], place: Place) -> Iterator[Finding]:
        listed = node.get("parameters")
        for index, item in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(item, dict) and "reference" not in item and "in" not in item:
                said = "misses the field in, which a step that calls an operation needs"
                mend = f"add in: {', '.join(PLACES[:-1])} or {PLACES[-1]}"
                yield self._said(place.at("parameters", index), "missing-field", said, mend)

    def _unique(self, node: dict[str, Any], place: Place) -> Iterator[Finding]:
        for group, key in (("sourceDescriptions", "name"), ("workflows", "workflowId")):
            listed = node.get(group)
            if listed == []:
                yield self._said(place.at(group), "structure", "must hold at least one entry")
            yield from self._twice(listed, key, place.at(group))
        workflows = node.get("workflows")
        for index, workflow in enumerate(workflows if isinstance(workflows, list) else []):
            if isinstance(workflow, dict):
                if workflow.get("steps") == []:
                    yield self._said(place.at("workflows", index, "steps"), "structure", "must hold at least one step")
                yield from self._twice(workflow.get("steps"), "stepId", place.at("workflows", index, "steps"))

    def _twice(self, listed: Any, key: str, place: Place) -> Iterator[Finding]:
        seen: set[str] = set()
        for index, item in enumerate(listed if isinstance(listed, list) else []):
            name = item.get(key) if isinstance(item, dict) else None
            if isinstance(name, str):
                if name in seen:
                    said = f"{key} {name!r} is there twice"
                    yield self._said(place.at(index, key), "duplicate", said, "give one of them another name")
                seen.add(name)
