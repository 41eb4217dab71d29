"""
Criteria: whether a step met what its author says, and what of it did not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aegis_contracts import InvalidSchemaError, Verdict
from aegis_contracts.arazzo import (
    Access,
    Binary,
    Condition,
    ConditionError,
    Expression,
    ExpressionError,
    Literal,
    Not,
    Part,
    condition,
    named,
    parse,
)
from aegis_verifier._values import NOTHING
from aegis_verifier.workflows.expressions import _selectors
from aegis_verifier.workflows.expressions._scope import Scope, as_text, embedded, evaluate, into
from aegis_verifier.workflows.expressions._selectors import SelectorError


@dataclass(frozen=True)
class UnmetCriterion:
    """
    A criterion that does not hold.

    Args:
        pointer: the place in the exchange that it is about.
        message: what must hold; never the value that does not.
        schema: where the criterion stands.
    """

    pointer: str
    message: str
    schema: str


def unmet_criteria(criteria: Iterable[Part], scope: Scope) -> list[UnmetCriterion]:
    """
    List the criteria that do not hold.

    Raises:
        Unsupported: one of them cannot be evaluated here.
    """
    found: list[UnmetCriterion] = []
    for criterion in criteria:
        said = _said(criterion, scope)
        if said is not None:
            found.append(UnmetCriterion(_place(criterion), said, criterion.location))
    return found


def _said(criterion: Part, scope: Scope) -> str | None:
    text, kind = str(criterion.get("condition", "")), criterion.get("type", "simple")
    if kind == "simple":
        try:
            met = truth(condition(text), scope)
        except ConditionError as error:
            return f"must meet {text!r}, which cannot be read: it {error}"
        return None if met else f"must meet {text}"
    try:
        value = evaluate(parse(str(criterion.get("context", ""))), scope)
        name, version = _selectors.language(kind)
        where = f"{criterion.get('context')} must meet {name} {text}"
        if value is NOTHING or value is None:
            return f"{where}; there is nothing there"
        written = text if name == "regex" and "{$" not in text else embedded(text, scope)
        if name == "regex":
            return None if _matches(written, as_text(value)) else where
        return None if _selectors.holds(_selectors.select(name, version, written, value)) else where
    except ExpressionError as error:
        return f"must meet {text!r}, which cannot be evaluated: it {error}"
    except SelectorError as error:
        return f"must meet {text!r}, which {error}"


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Verdict:
    try:
        verdict = Verdict({"type": "string", "pattern": pattern})
        verdict.is_valid("")
    except InvalidSchemaError:
        raise SelectorError("is no regular expression that can be read") from None
    return verdict


def _matches(pattern: str, text: str) -> bool:
    return _pattern(pattern).is_valid(text)


def _place(criterion: Part) -> str:
    """
    Point to the first part of the exchange that a criterion is about.
    """
    given = criterion.get("context")
    try:
        if isinstance(given, str):
            expressions = [parse(given)]
        else:
            expressions = list(named(condition(str(criterion.get("condition", "")))))
    except ValueError:
        return ""
    return next((place for expression in expressions if (place := pointer(expression))), "")


def pointer(expression: Expression) -> str:
    """
    Return the place in an exchange that an expression names; empty where it names none.
    """
    inside = "".join(f"/{name}" for name in expression.inside) + expression.pointer
    match expression.source, expression.parts:
        case "statusCode", _:
            return "/status"
        case "response", ("header", name):
            return f"/header/{name.lower()}"
        case "response", ("body" | "payload",):
            return f"/body{inside}"
        case "message", ("header", name):
            return f"/message/header/{name}"
        case "message", (place,):
            return f"/message/{place}{inside}"
        case _:
            return ""


# Simple conditions


def truth(tree: Condition, scope: Scope) -> bool:
    """
    Say whether a condition passes.
    """
    value = _value(tree, scope)
    return value is not None and value is not False


def _value(tree: Condition, scope: Scope) -> Any:
    match tree:
        case Expression():
            found = evaluate(tree, scope)
            return None if found is NOTHING else found
        case Literal(value):
            return value
        case Access(operand, name):
            found = into(_value(operand, scope), name)
            return None if found is NOTHING else found
        case Not(operand):
            return not truth(operand, scope)
        case Binary("&&", left, right):
            return truth(left, scope) and truth(right, scope)
        case Binary("||", left, right):
            return truth(left, scope) or truth(right, scope)
        case Binary(operator, left, right):
            return _compared(operator, _value(left, scope), _value(right, scope))
    raise AssertionError(tree)


def _compared(operator: str, left: Any, right: Any) -> bool:
    if operator in {"==", "!="}:
        return _equal(left, right) == (operator == "==")
    pair = _ordered(left, right)
    if pair is None:
        return False
    one, other = pair
    match operator:
        case "<":
            return bool(one < other)
        case "<=":
            return bool(one <= other)
        case ">":
            return bool(one > other)
        case _:
            return bool(one >= other)


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        # A header or a query has no booleans, only their names.
        return as_text(left).casefold() == as_text(right).casefold()
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if isinstance(left, int | float | str) and isinstance(right, int | float | str):
        one, other = _number(left), _number(right)
        return one is not None and one == other
    return bool(left == right)


def _ordered(left: Any, right: Any) -> tuple[Any, Any] | None:
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    one, other = _number(left), _number(right)
    if one is not None and other is not None:
        return one, other
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold(), right.casefold()
    return None


def _number(value: Any) -> float | int | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > 100:
        return None
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return None
