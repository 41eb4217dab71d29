"""
The exchanges of a world.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_contracts import Violation
from aegis_mockserver import Site, World
from aegis_mockserver.control.journal._render import body_of, media_type_of
from aegis_mockserver.control.journal._secrets import redacted_line, secrets_of
from aegis_mockserver.control.journal._verification import check
from aegis_mockserver.control.journal._verification import differences as differing
from aegis_mockserver.world import Exchange
from aegis_mockserver.world._nearest import meant
from aegis_testing.books._counting import Near, Times, told


@dataclass(frozen=True, slots=True, repr=False)
class SeenExchange:
    """
    One request and its answer; ``repr`` shows neither headers nor bodies.

    Attributes:
        body, answer: what JSON and form bodies say, else their text.
        violations: the rules of the contract that the request broke.
    """

    operation: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    status: int
    answer_headers: Mapping[str, str]
    answer: Any
    violations: tuple[Violation, ...]
    line: str

    def __repr__(self) -> str:
        return f"<{self.line}>"


class Journal:
    """
    What was asked of the mock in one world, oldest first.
    """

    def __init__(self, site: Site, world: World) -> None:
        self._site = site
        self._world = world

    def __len__(self) -> int:
        return len(self._world.journal)

    def __iter__(self) -> Iterator[SeenExchange]:
        return (self._seen(exchange) for exchange in self._world.journal)

    def find(
        self,
        operation: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        exactly: bool = False,
    ) -> list[SeenExchange]:
        """
        Find exchanges; everything that is said must be so.

        Args:
            operation: its operationId; one that no contract has is refused.
            path: with ``*`` for anything.
            body: a part of the request's body; with *exactly* the whole of it.

        Raises:
            LookupError: there is no such operation; the nearest is named.
        """
        wanted = self._wanted(operation, method, path, status, query, headers, body, exactly=exactly)
        return [self._seen(exchange) for exchange in self._world.journal if not self._differences(exchange, wanted)]

    def verify(
        self,
        operation: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        exactly: bool = False,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> list[SeenExchange]:
        """
        Return the exchanges that are meant, if there are as many as wanted; at least one, if nothing says how many.

        Raises:
            AssertionError: there are not; what came nearest is told.
            LookupError: there is no such operation; the nearest is named.
        """
        counted = Times.of(times, at_least, at_most)
        wanted = self._wanted(operation, method, path, status, query, headers, body, exactly=exactly)
        found: list[SeenExchange] = []
        near: list[Near] = []
        for exchange in self._world.journal:
            if differences := self._differences(exchange, wanted):
                near.append(Near(self._line(exchange), differences))
            else:
                found.append(self._seen(exchange))
        if not counted.fits(len(found)):
            what = ", ".join(str(value) for name, value in wanted.items() if name in {"operation", "method", "path"})
            names = [exchange.operation or exchange.request.path for exchange in self._world.journal]
            raise AssertionError(told(f"{what or 'an exchange'} was called", len(found), counted, near, names))
        return found

    def clear(self) -> None:
        """
        Forget what was asked so far: what follows is looked at alone.
        """
        self._world.journal.clear()

    def _wanted(
        self, operation: str | None, method: str | None, path: str | None, status: int | None, query: Any, headers: Any,
        body: Any, *, exactly: bool,
    ) -> dict[str, Any]:  # fmt: skip
        wanted: dict[str, Any] = {
            name: value
            for name, value in (
                ("operation", operation),
                ("method", method),
                ("path", path),
                ("status", status),
                ("query", query),
                ("headers", headers),
                ("body", body),
            )
            if value is not None
        }
        if exactly:
            wanted["exactly"] = True
        if operation is not None:
            known = [one.key for one in self._site.operations]
            if operation not in known:
                raise LookupError(f"no contract has an operation {operation!r}; {meant(operation, known)}")
        check(wanted)
        return wanted

    def _differences(self, exchange: Exchange, wanted: Mapping[str, Any]) -> list[str]:
        return differing(exchange, wanted, lambda one: secrets_of(one, self._site))

    def _line(self, exchange: Exchange) -> str:
        shown = redacted_line(exchange, self._site).request
        return f"#{exchange.number} {shown.method} {shown.target} → {exchange.reply.status}"

    def _seen(self, exchange: Exchange) -> SeenExchange:
        request, reply = exchange.request, exchange.reply
        answered = tuple(reply.headers)
        return SeenExchange(
            exchange.operation,
            request.method,
            request.path,
            request.query.decode("latin-1"),
            _texts(request.headers),
            body_of(request.body, media_type_of(request.headers)),
            reply.status,
            _texts(answered),
            body_of(reply.body, media_type_of(answered)),
            exchange.violations,
            self._line(exchange),
        )


def _texts(lines: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in lines}
