"""
Runtime expressions (Arazzo 1.1 §Runtime Expressions): from text to what they name, and where text holds some.

One liberty beyond the grammar: the specification's own examples go on with ``.name`` and ``[0]`` behind a body, a
payload or an output, so these are read as steps into the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aegis_contracts import json_pointer

SOURCES = (
    "url",
    "method",
    "statusCode",
    "request",
    "response",
    "message",
    "inputs",
    "outputs",
    "steps",
    "workflows",
    "sourceDescriptions",
    "components",
    "self",
)
COMPONENTS = ("parameters", "successActions", "failureActions")
_HEAD = re.compile(r"\$([A-Za-z]+)")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_STRICT = re.compile(r"[A-Za-z0-9_\-]+")
_NAME = re.compile(r"[A-Za-z0-9._\-]+")
_INSIDE = re.compile(r"\.([^.\[\]#{}\s]+)|\[(\d+)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]")
_MOST = 4_000


class ExpressionError(ValueError):
    """
    Text that is no runtime expression, and why.
    """


@dataclass(frozen=True)
class Expression:
    """
    One runtime expression.

    Args:
        source: the word behind the ``$``.
        parts: the words behind it, such as ``("header", "Location")``.
        inside: steps into the value, in front of the pointer.
        pointer: JSON pointer into the value.
    """

    text: str
    source: str
    parts: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    pointer: str = ""

    def __str__(self) -> str:
        return self.text


def is_expression(text: str) -> bool:
    """
    Say whether *text* begins as a runtime expression does; ``$100`` and ``$.store`` do not.
    """
    found = _HEAD.match(text)
    if found is None or found[1] not in SOURCES:
        return False
    rest = text[found.end() :]
    return rest.startswith(".") or not rest or found[1] in {"url", "method", "statusCode", "self"}


def parse(text: str) -> Expression:
    """
    Read one runtime expression.

    Raises:
        ExpressionError: it is none.
    """
    head = _HEAD.match(text)
    if head is None or head[1] not in SOURCES:
        raise ExpressionError(f"begins with none of {', '.join(f'${name}' for name in SOURCES)}")
    if len(text) > _MOST:
        raise ExpressionError(f"is longer than {_MOST} characters")
    source, rest = head[1], text[head.end() :]
    if "{" in rest or "}" in rest:
        raise ExpressionError("holds a curly brace")
    match source:
        case "url" | "method" | "statusCode" | "self":
            if rest:
                raise ExpressionError(f"has something behind ${source}")
            return Expression(text, source)
        case "request" | "response" | "message":
            return _of_message(text, source, rest)
        case "inputs" | "outputs":
            return _named(text, source, (), rest)
        case "steps":
            identifier, rest = _word(rest, "a stepId")
            if not rest.startswith(".outputs."):
                raise ExpressionError("must go on with .outputs.<name> behind the stepId")
            return _named(text, source, (identifier,), rest.removeprefix(".outputs"))
        case "workflows":
            identifier, rest = _word(rest, "a workflowId")
            field, rest = _word(rest, "inputs or outputs")
            if field == "steps":  # no grammar has it, and the specification's own documents do
                step, rest = _word(rest, "a stepId")
                if not rest.startswith(".outputs."):
                    raise ExpressionError("must go on with .outputs.<name> behind the stepId")
                return _named(text, source, (identifier, field, step), rest.removeprefix(".outputs"))
            if field not in {"inputs", "outputs"}:
                raise ExpressionError("must go on with .inputs.<name> or .outputs.<name> behind the workflowId")
            return _named(text, source, (identifier, field), rest)
        case "sourceDescriptions":
            name, rest = _word(rest, "the name of a source description")
            if len(rest) < 2 or not rest.startswith("."):
                raise ExpressionError("must name an operation, a workflow or a field behind the source description")
            return Expression(text, source, (name, rest[1:]))
        case _:
            kind, rest = _word(rest, f"one of {', '.join(COMPONENTS)}")
            if kind not in COMPONENTS:
                raise ExpressionError(f"must name one of {', '.join(COMPONENTS)}")
            if not rest.startswith(".") or not _NAME.fullmatch(rest[1:]):
                raise ExpressionError(f"must name one of the components' {kind}")
            return Expression(text, source, (kind, rest[1:]))


def _word(rest: str, what: str) -> tuple[str, str]:
    found = _STRICT.match(rest, 1) if rest.startswith(".") else None
    if found is None:
        raise ExpressionError(f"must name {what}")
    return found[0], rest[found.end() :]


def _of_message(text: str, source: str, rest: str) -> Expression:
    place, mark, name = rest[1:].partition(".") if rest.startswith(".") else ("", "", "")
    if place in {"header", "query", "path"} and mark:
        if not name or (place == "header" and not _TOKEN.fullmatch(name)):
            # AsyncAPI writes $message.header#/name, with a pointer into all headers.
            raise ExpressionError(f"must name a {place}")
        return Expression(text, source, (place, name))
    for place in ("body", "payload", "header"):
        if rest.startswith(f".{place}") and (place != "header" or rest.startswith(".header#")):
            inside, pointer = _into(rest[len(place) + 1 :])
            return Expression(text, source, (place,), inside, pointer)
    raise ExpressionError(f"must go on with header.<name>, query.<name>, path.<name> or body behind ${source}")


def _named(text: str, source: str, parts: tuple[str, ...], rest: str) -> Expression:
    found = _NAME.match(rest, 1) if rest.startswith(".") else None
    if found is None:
        raise ExpressionError("must name a value")
    name = found[0]
    inside, pointer = _into(rest[found.end() :])
    return Expression(text, source, (*parts, name), inside, pointer)


def _into(rest: str) -> tuple[tuple[str, ...], str]:
    inside: list[str] = []
    at = 0
    while found := _INSIDE.match(rest, at):
        inside.append(next(part for part in found.groups() if part is not None))
        at = found.end()
    rest = rest[at:]
    if not rest or rest == "#":
        return tuple(inside), ""
    if not rest.startswith("#"):
        raise ExpressionError(f"cannot be read from {rest[:20]!r} on")
    try:
        json_pointer.split(rest[1:])
    except json_pointer.InvalidPointerError as error:
        raise ExpressionError(f"ends with no JSON pointer: it {error.reason}") from None
    return tuple(inside), rest[1:]


def pieces(text: str) -> list[str | Expression]:
    """
    Read text with embedded expressions: ``https://{$inputs.host}/`` is two texts around an expression.

    Raises:
        ExpressionError: what stands in the braces is none.
    """
    found: list[str | Expression] = []
    at = 0
    while (start := text.find("{$", at)) >= 0:
        end = text.find("}", start)
        inner = text[start + 1 : end] if end >= 0 else text[start + 1 :]
        if end < 0 or not is_expression(inner):
            if end >= 0 and _HEAD.match(inner):
                raise ExpressionError(f"{{{inner}}} {_why(inner)}")
            found.append(text[at : start + 2])
            at = start + 2
            continue
        if start > at:
            found.append(text[at:start])
        found.append(parse(inner))
        at = end + 1
    if at < len(text):
        found.append(text[at:])
    return found


def _why(text: str) -> str:
    try:
        parse(text)
    except ExpressionError as error:
        return str(error)
    return "is no runtime expression"


def expressions(value: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """
    Find the texts in *value* that are an expression or hold some: pointer and text.
    """
    if depth > 60:
        return
    if isinstance(value, str):
        if is_expression(value) or "{$" in value:
            yield "", value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from ((json_pointer.join(str(name)) + p, t) for p, t in expressions(member, depth + 1))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ((f"/{index}{p}", t) for p, t in expressions(item, depth + 1))


def read(text: str) -> list[Expression]:
    """
    Return the expressions of a text: itself, or those that are embedded.

    Raises:
        ExpressionError: one of them is none.
    """
    if is_expression(text):
        return [parse(text)]
    return [piece for piece in pieces(text) if isinstance(piece, Expression)]
