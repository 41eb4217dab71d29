"""
Simple conditions (Arazzo 1.1 §Criterion Object): literals, operators and runtime expressions, from text to a tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from aegis_contracts.arazzo._expressions import Expression, ExpressionError, parse

_MOST_DEPTH = 60
_MOST = 10_000
_BLANK = re.compile(r"\s+")
_OPERATOR = re.compile(r"==|!=|<=|>=|&&|\|\||[<>!()\[\].]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])")
_STRING = re.compile(r"'((?:[^']|'')*)'|\"([^\"]*)\"")
_WORD = re.compile(r"(?:true|false|null)\b")
# Within a condition an expression ends at a blank, at an operator, and at a bracket that it did not open.
_EXPRESSION = re.compile(r"\$(?:(?!==|!=|<=|>=|&&|\|\|)[^\s<>()\[\]'\",])+")
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class ConditionError(ValueError):
    """
    Text that is no simple condition, and why.
    """


@dataclass(frozen=True)
class Literal:
    """
    A boolean, null, a number or a string.
    """

    value: Any


@dataclass(frozen=True)
class Access:
    """
    A step into the value of *operand*: a name or an index.
    """

    operand: Condition
    name: str


@dataclass(frozen=True)
class Not:
    """
    The opposite of *operand*.
    """

    operand: Condition


@dataclass(frozen=True)
class Binary:
    """
    Two operands and what is between them.
    """

    operator: str
    left: Condition
    right: Condition


Condition: TypeAlias = Literal | Access | Not | Binary | Expression
_Token: TypeAlias = tuple[str, Any]


def condition(text: str) -> Condition:
    """
    Read a simple condition.

    Raises:
        ConditionError: it is none.
    """
    if len(text) > _MOST:
        raise ConditionError(f"is longer than {_MOST} characters")
    reader = _Reader(list(_tokens(text)))
    found = reader.either(0)
    left = reader.ahead()
    if left is not None:
        raise ConditionError(f"has {left[1]!s} where it should end")
    return found


def named(tree: Condition) -> Iterator[Expression]:
    """
    Find the runtime expressions of a condition.
    """
    match tree:
        case Expression():
            yield tree
        case Not(operand) | Access(operand, _):
            yield from named(operand)
        case Binary(_, left, right):
            yield from named(left)
            yield from named(right)
        case _:
            return


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
        elif text[at] == "$":
            found = _EXPRESSION.match(text, at)
            if found is None:
                raise ConditionError("has a $ that begins no runtime expression")
            try:
                yield "expression", parse(found[0])
            except ExpressionError as error:
                raise ConditionError(f"{found[0]} {error}") from None
            at = found.end()
        elif word := _WORD.match(text, at):
            yield "literal", {"true": True, "false": False, "null": None}[word[0]]
            at = word.end()
        elif number := _NUMBER.match(text, at):
            yield "literal", float(number[0]) if re.search("[.eE]", number[0]) else int(number[0])
            at = number.end()
        elif string := _STRING.match(text, at):
            yield "literal", string[1].replace("''", "'") if string[1] is not None else string[2]
            at = string.end()
        elif operator := _OPERATOR.match(text, at):
            at = operator.end()
            name = re.compile(r"[A-Za-z_][\w\-]*").match(text, at) if operator[0] == "." else None
            if name is not None:
                yield "member", name[0]
                at = name.end()
            else:
                yield "operator", operator[0]
        else:
            raise ConditionError(f"cannot be read from {text[at : at + 20]!r} on; strings stand in single quotes")


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def ahead(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _took(self, *operators: str) -> str:
        token = self.ahead()
        if token is not None and token[0] == "operator" and token[1] in operators:
            self._at += 1
            return str(token[1])
        return ""

    def either(self, depth: int) -> Condition:
        if depth > _MOST_DEPTH:
            raise ConditionError(f"is nested more than {_MOST_DEPTH} deep")
        left = self._both(depth)
        while self._took("||"):
            left = Binary("||", left, self._both(depth))
        return left

    def _both(self, depth: int) -> Condition:
        left = self._compared(depth)
        while self._took("&&"):
            left = Binary("&&", left, self._compared(depth))
        return left

    def _compared(self, depth: int) -> Condition:
        left = self._single(depth)
        while operator := self._took(*COMPARISONS):
            left = Binary(operator, left, self._single(depth))
        return left

    def _single(self, depth: int) -> Condition:
        if depth > _MOST_DEPTH:
            raise ConditionError(f"is nested more than {_MOST_DEPTH} deep")
        if self._took("!"):
            return Not(self._single(depth + 1))
        if self._took("("):
            found = self.either(depth + 1)
            if not self._took(")"):
                raise ConditionError("has a bracket that is not closed")
            return self._inside(found)
        token = self.ahead()
        if token is None:
            raise ConditionError("ends where a value is missing")
        kind, value = token
        if kind not in {"literal", "expression"}:
            raise ConditionError(f"has {value} where a value should be")
        self._at += 1
        return self._inside(value) if isinstance(value, Expression) else Literal(value)

    def _inside(self, found: Condition) -> Condition:
        while (token := self.ahead()) is not None:
            if token[0] == "member":
                self._at += 1
                found = Access(found, token[1])
            elif self._took("["):
                inner = self.ahead()
                if inner is None or inner[0] != "literal" or not isinstance(inner[1], int | str):
                    raise ConditionError("has no index between its brackets")
                self._at += 1
                if not self._took("]"):
                    raise ConditionError("has a bracket that is not closed")
                found = Access(found, str(inner[1]))
            else:
                break
        return found
