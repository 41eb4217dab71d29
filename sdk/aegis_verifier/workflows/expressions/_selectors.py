"""
JSONPath, XPath and JSON Pointer: what they select, by the libraries that keep to their standards.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from aegis_contracts import json_pointer
from aegis_verifier.workflows.expressions import _evaluation
from aegis_verifier.workflows.expressions._evaluator import Refusal

_DEFAULTS = {"jsonpath": "rfc9535", "xpath": "xpath-31", "jsonpointer": "rfc6901"}
_XPATHS = frozenset({"xpath-10", "xpath-20", "xpath-30", "xpath-31"})
# What the draft of 2007 has and RFC 9535 has not: scripts, and steps that only some of its readers know.
_OLD = re.compile(r"\[\s*\(|\.length\b|=~|\^|~$")
_MOST = 2_000
_MOST_XML = 4 * 1024 * 1024


class Unsupported(Exception):  # noqa: N818 - a fact about a document, told with its place by who runs it
    """
    Something that a document may say, and that is not run here.

    Args:
        rule: what it is, in one word.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class SelectorError(ValueError):
    """
    A selector that cannot be read or applied; a condition that has one fails (Arazzo 1.1 §Evaluation Errors).
    """


def language(node: Any) -> tuple[str, str]:
    """
    Return the language and the version that a type says.
    """
    if isinstance(node, Mapping):
        name = str(node.get("type", ""))
        return name, str(node.get("version") or _DEFAULTS.get(name, ""))
    return str(node), _DEFAULTS.get(str(node), "")


def select(name: str, version: str, expression: str, value: Any) -> Any:
    """
    Return the nodes that an expression selects; XPath may answer a boolean, a number or a string instead.

    Raises:
        SelectorError: it is none, or cannot be applied to the value.
        Unsupported: this version is not run here.
    """
    if len(expression) > _MOST:
        raise SelectorError(f"is longer than {_MOST} characters")
    match name:
        case "jsonpath":
            return [node for _, node in _nodes(version, expression, value)]
        case "xpath":
            return _xpath(version, expression, value)
        case "jsonpointer":
            try:
                return [json_pointer.resolve(value, expression)]
            except json_pointer.NothingThereError:
                return []
            except json_pointer.PointerError as error:
                raise SelectorError(f"is no JSON pointer: it {error.reason}") from None
        case _:
            raise Unsupported("selector", f"selectors of type {name!r} are not known")


def _nodes(version: str, expression: str, value: Any) -> list[tuple[tuple[int | str, ...], Any]]:
    if version not in {"rfc9535", "draft-goessner-dispatch-jsonpath-00"}:
        raise Unsupported("jsonpath-version", f"JSONPath {version!r} is not known")
    if version != "rfc9535" and _OLD.search(expression):
        said = "scripts and regular expressions of the JSONPath draft are not run; RFC 9535 has functions for them"
        raise Unsupported("jsonpath-version", said)
    if not isinstance(value, dict | list):
        raise SelectorError("is applied to what is neither an object nor a list")
    found: list[tuple[tuple[int | str, ...], Any]] = _evaluated(_evaluation.jsonpath, expression, value)
    return found


def _xpath(version: str, expression: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise SelectorError("is applied to what is no XML")
    if len(value) > _MOST_XML:
        raise SelectorError(f"is applied to more than {_MOST_XML >> 20} MiB of XML")
    if "<!DOCTYPE" in value or "<!ENTITY" in value:
        raise SelectorError("is applied to XML with a document type declaration, which is not read")
    if version not in _XPATHS:
        raise Unsupported("xpath-version", f"XPath {version!r} is not known")
    return _evaluated(_evaluation.xpath, version, expression, value)


def _evaluated(evaluate: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return evaluate(*arguments)
    except _evaluation.TooLongError:
        raise SelectorError(f"takes longer than {_evaluation.SECONDS:g} s") from None
    except Refusal as refusal:
        if refusal.extra:
            raise Unsupported("extra", str(refusal)) from None
        raise SelectorError(str(refusal)) from None


def holds(found: Any) -> bool:
    """
    Say whether a condition passes with what its expression selected (XPath's effective boolean value).
    """
    if isinstance(found, list):
        single = found[0] if len(found) == 1 else None
        return bool(single) if isinstance(single, bool | int | float) else bool(found)
    return bool(found)


def put(target: str, name: str, version: str, value: Any, into: Any) -> Any:
    """
    Return *into* with *value* at each place that *target* names.

    Raises:
        SelectorError: it names none.
        Unsupported: places cannot be named so here.
    """
    if name == "jsonpath":
        pointers = [json_pointer.join(*location) for location, _ in _nodes(version, target, into)]
        if not pointers:
            raise SelectorError("names no place of the payload")
    elif name == "jsonpointer":
        pointers = [target]
    else:
        raise Unsupported("replacement", f"replacements by {name} are not run; JSON Pointer and JSONPath are")
    whole = copy.deepcopy(into)
    for pointer in pointers:
        whole = _set(whole, pointer, value)
    return whole


def _set(whole: Any, pointer: str, value: Any) -> Any:
    try:
        tokens = json_pointer.split(pointer)
        if not tokens:
            return value
        owner = json_pointer.resolve(whole, json_pointer.join(*tokens[:-1]))
    except json_pointer.PointerError as error:
        raise SelectorError(f"names no place of the payload: it {error.reason}") from None
    last = tokens[-1]
    if isinstance(owner, dict):
        owner[last] = value
    elif isinstance(owner, list) and last == "-":
        owner.append(value)
    elif isinstance(owner, list) and last.isdecimal() and int(last) < len(owner):
        owner[int(last)] = value
    else:
        raise SelectorError("names no place of the payload")
    return whole
