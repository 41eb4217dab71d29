"""
Every answer against its contract and against HTTP itself, the same for all kinds of cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts import Operation, Response, Violation
from aegis_contracts.exchange import ResponseChecker, bodiless
from aegis_verifier._names import SECRETS, plain
from aegis_verifier._plan import answered, json_media
from aegis_verifier._values import Exchange, Failure
from aegis_verifier.checks._problems import Problems
from aegis_verifier.checks._undeclared import undeclared

LEAKS = (
    b"Traceback (most recent call last)",
    b"\n\tat java.",
    b"at Object.<anonymous>",
    b"SQLSTATE[",
    b"goroutine 1 [",
)
_SHORTEST_SECRET = 6


class Judge:
    """
    Judges the exchanges of one run; what is compiled for an operation is kept.
    """

    def __init__(self) -> None:
        self._checkers: dict[int, ResponseChecker] = {}
        self._problems: dict[int, Problems] = {}
        self._known: dict[int, frozenset[str]] = {}

    def failures(self, exchange: Exchange) -> list[Failure]:
        """
        List what an exchange breaks.
        """
        if exchange.request.garbled and 400 <= exchange.status < 500:
            return [Failure(violation, exchange, "warning") for violation in self._violations(exchange)]
        return [Failure(violation, exchange) for violation in self._violations(exchange)] + [
            Failure(violation, exchange, "warning") for violation in self._warnings(exchange)
        ]

    def _violations(self, exchange: Exchange) -> Iterator[Violation]:
        operation, response = exchange.request.operation, exchange.response
        if response is None:
            rule = exchange.trouble or "connection"
            yield Violation("", rule, exchange.said, operation.source, "answer every request, whatever it holds")
            return
        yield from self._failed(operation, exchange, response.status)
        declared = operation.response(response.status)
        if exchange.request.foreign or (declared is None and response.status in exchange.request.provoked):
            return  # HTTP's own answer, in a form of its own
        checker = self._checkers.get(id(operation))
        if checker is None:
            checker = self._checkers[id(operation)] = ResponseChecker(operation)
        found = checker.violations(response.status, response.headers, response.body)
        # An undeclared 5xx was told already, as what it is.
        yield from (
            v for v in found if not (v.rule == "status" and response.status >= 500) and not _untold(v, exchange)
        )
        problems = self._problems.get(id(operation.contract))
        if problems is None:
            problems = self._problems[id(operation.contract)] = Problems(operation.contract)
        yield from problems.violations(exchange)
        yield from self._shown(exchange)

    @staticmethod
    def _failed(operation: Operation, exchange: Exchange, status: int) -> Iterator[Violation]:
        if (
            status < 500
            or (status == 503 and _reports(operation))
            or (status == 501 and status in exchange.request.provoked)
        ):
            return
        said = f"must not fail: {status} means that the provider broke, or what it needs is missing"
        yield Violation("/status", "server-error", said, operation.source, "handle what the contract allows")

    def _shown(self, exchange: Exchange) -> Iterator[Violation]:
        response, operation = exchange.response, exchange.request.operation
        assert response is not None
        if any(mark in response.body for mark in LEAKS):
            said = "must not show the provider's insides (a stack trace or a database error)"
            yield Violation("/body", "leak", said, operation.source, "answer a problem with a request id instead")
        known = self._known.get(id(operation))
        if known is None:
            known = self._known[id(operation)] = frozenset(map(plain, answered(operation)))
        if response.status < 400:
            for pointer, name in _secret_members(response.value, ""):
                if plain(name) not in known:
                    said = "must not be answered: its name says that it is a secret, and the contract declares no such"
                    yield Violation(pointer, "secret", said, operation.source, "leave it out")
        for secret in exchange.request.secrets:
            if len(secret) >= _SHORTEST_SECRET and secret.encode() in response.body:
                said = "must not repeat a secret that was sent (writeOnly)"
                yield Violation("/body", "write-only", said, operation.source, "leave it out of the answer")

    def _warnings(self, exchange: Exchange) -> Iterator[Violation]:
        response, operation = exchange.response, exchange.request.operation
        if response is None or not 200 <= response.status < 300:
            return
        declared = operation.response(response.status)
        if (
            declared is not None
            and not declared.content
            and response.body
            and not bodiless(operation.method, response.status)
        ):
            said = "is not declared: the contract describes no content for this status"
            yield Violation("/body", "undeclared", said, declared.source, "declare the content, or send none")
        media = json_media(declared.content) if declared is not None else None
        if media is not None and media.schema is not None:
            yield from undeclared(media.schema, response.value)


def _untold(violation: Violation, exchange: Exchange) -> bool:
    """
    Say whether the contract is only silent: without ``content`` it says nothing of a body, unless HTTP forbids one.
    """
    response, operation = exchange.response, exchange.request.operation
    return violation.rule == "content" and response is not None and not bodiless(operation.method, response.status)


def _reports(operation: Operation) -> bool:
    """
    Say whether 503 is an answer like 200: a health report has the same schema with both.
    """
    good, bad = operation.responses.get("200"), operation.responses.get("503")
    return good is not None and bad is not None and _schema(good) is not None and _schema(good) is _schema(bad)


def _schema(response: Response) -> Any:
    media = json_media(response.content)
    return media.schema if media is not None else None


def _secret_members(value: Any, pointer: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > 5:
        return
    if isinstance(value, dict):
        for name, member in value.items():
            if plain(name) in SECRETS and member not in (None, "", False):
                yield f"/body{pointer}/{name}", name
            yield from _secret_members(member, f"{pointer}/{name}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value[:20]):
            yield from _secret_members(item, f"{pointer}/{index}", depth + 1)
