"""
What a case expects of an answer beyond what holds for all answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aegis_contracts import Operation, Violation
from aegis_verifier._values import Exchange, Failure

# Refusals of what a request means, not of how it is written: fair where the contract declares them.
MEANING = frozenset({402, 403, 404, 408, 409, 410, 412, 421, 422, 423, 424, 425, 428, 429, 451})


def broken(exchange: Exchange, rule: str, message: str, pointer: str = "", mend: str = "") -> Failure:
    """
    Say that *exchange* breaks *rule*.
    """
    return Failure(Violation(pointer, rule, message, exchange.request.operation.source, mend), exchange)


def accepted(exchange: Exchange, what: str = "a request that keeps the contract") -> list[Failure]:
    """
    Expect success, or a declared refusal of what the request means.
    """
    status, operation = exchange.status, exchange.request.operation
    if not status or status < 400 or status >= 500 or operation.response(status) is None:
        return []  # told by the judge, if it is wrong
    if status in MEANING or status == 401:
        return []
    said = f"must take {what}; it was refused with {status}"
    return [broken(exchange, "refused-valid", said, "/status", "take what the schema allows, or narrow the schema")]


def refused(exchange: Exchange, statuses: Iterable[int], what: str, *, rule: str) -> list[Failure]:
    """
    Expect one of *statuses*; other declared refusals are wrong as well.
    """
    status = exchange.status
    allowed = sorted(statuses)
    if not status or status >= 500 or status in allowed or status == 429:
        return []  # told by the judge; and who asks too often is told nothing else
    wanted = " or ".join(map(str, allowed))
    verb = "was done" if status < 400 else f"was answered with {status}"
    return [broken(exchange, rule, f"must be refused with {wanted}: {what}; it {verb}", "/status")]


def declared(operation: Operation, statuses: Iterable[int]) -> set[int]:
    """
    Return those of *statuses* that an operation declares; all of them when it declares none.
    """
    wanted = set(statuses)
    return {status for status in wanted if operation.response(status) is not None} or wanted


def same(sent: Any, kept: Any) -> bool:
    """
    Say whether a value came back as it was sent: instants by what they mean, numbers by their value.
    """
    if isinstance(sent, bool) or isinstance(kept, bool):
        return sent is kept
    if isinstance(sent, int | float) and isinstance(kept, int | float):
        return abs(sent - kept) <= 1e-9 * max(1.0, abs(sent))
    if isinstance(sent, str) and isinstance(kept, str):
        return sent == kept or (_moment(sent) is not None and _moment(sent) == _moment(kept))
    if isinstance(sent, dict) and isinstance(kept, dict):
        return all(name in kept and same(value, kept[name]) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(kept, list):
        return len(sent) == len(kept) and all(map(same, sent, kept))
    return bool(sent == kept)


def _moment(text: str) -> datetime | None:
    if len(text) < 16 or text[4:5] != "-":
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(microsecond=found.microsecond // 1000 * 1000)
