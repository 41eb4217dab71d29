"""
Routes, their answers, and what breaks the contract.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from aegis_contracts import Operation, Response, Violation
from aegis_contracts.exchange import ResponseChecker
from aegis_mockserver import Site, World, open_site
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.world._nearest import meant

if TYPE_CHECKING:
    import respx

_EXPRESSION = re.compile(r"\\\{[^{}]+\\\}")


class ContractRoutes:
    """
    The routes of a router, one for each operation, named by it.

    A request that breaks its contract fails the test on the spot, whatever the code under test catches, and ``check``
    fails it once more where that happened on another thread.

    Attributes:
        violations: what requests broke, by operation.
    """

    def __init__(self, router: respx.Router, site: Site, world: World, bases: Iterable[str] = ()) -> None:
        self._router = router
        self._site = site
        self._world = world
        self._transport = MockTransport(site, world.name)
        self._answers: dict[str, list[httpx.Response]] = {}
        self._told = 0
        self._thread = threading.get_ident()
        self.violations: list[tuple[str, Violation]] = []
        given = [base.rstrip("/") for base in bases]
        # Paths without expressions first: /users/me is no user of the id "me".
        for operation in sorted(site.operations, key=lambda one: one.path.count("{")):
            for base in dict.fromkeys(given or _servers(operation.declared)):
                path = _EXPRESSION.sub("[^/?]+", re.escape(operation.path))
                pattern = f"^{re.escape(base)}{path}(?:\\?.*)?$"
                route = router.route(method=operation.declared.method, url__regex=pattern, name=operation.key)
                route.mock(side_effect=self._answering(operation, base))

    def __getitem__(self, operation: str) -> respx.Route:
        """
        Return the route of an operation: what was called, and how often.

        Raises:
            LookupError: there is no such operation; the nearest is named.
        """
        self._operation(operation)
        return self._router[operation]

    def answer(
        self,
        operation: str,
        status: int,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """
        Let the next calls of an operation be answered like this; requests are checked all the same.

        Raises:
            LookupError: there is no such operation; the nearest is named.
            ValueError: the contract does not admit this answer: no provider would give it.
        """
        found = self._operation(operation)
        declared = found.declared.response(status)
        given = {**_required_headers(declared), **{name.lower(): value for name, value in (headers or {}).items()}}
        content = b""
        if json is not None:
            media = [name for name in (declared.content if declared else {}) if "json" in name]
            given.setdefault("content-type", media[0] if media else "application/json")
            content = _write(json)
        wrong = ResponseChecker(found.declared).violations(status, given, content)
        if wrong:
            lines = "\n".join(f"  {_line(violation)}" for violation in wrong[:20])
            raise ValueError(f"{operation} never answers {status} like this:\n{lines}")
        reply = httpx.Response(status, headers=given, content=content)
        self._answers.setdefault(operation, []).extend([reply] * times)

    def check(self) -> None:
        """
        Fail the test if a request broke its contract and nobody was told.
        """
        untold, self._told = self.violations[self._told :], len(self.violations)
        if untold:
            pytest.fail(_message(untold), pytrace=False)

    def _operation(self, key: str) -> CompiledOperation:
        for operation in self._site.operations:
            if operation.key == key:
                return operation
        raise LookupError(f"no contract has an operation {key!r}; {meant(key, [o.key for o in self._site.operations])}")

    def _answering(self, operation: CompiledOperation, base: str) -> Callable[[httpx.Request], httpx.Response]:
        prefix = urlsplit(base).path
        own = next(iter(_paths(operation.declared)), "")

        def answer(request: httpx.Request) -> httpx.Response:
            target = own + request.url.raw_path.decode("ascii").removeprefix(prefix)
            url = request.url.copy_with(raw_path=target.encode())
            inner = httpx.Request(request.method, url, headers=request.headers, content=request.read())
            reply = self._transport.handle_request(inner)
            *_, exchange = self._world.journal
            if exchange.violations:
                found = [(operation.key, violation) for violation in exchange.violations]
                self.violations += found
                if threading.get_ident() == self._thread:
                    self._told = len(self.violations)
                # Not an Exception, so that no except clause of the code under test hides it.
                pytest.fail(_message(found), pytrace=False)
            canned = self._answers.get(operation.key)
            return canned.pop(0) if canned else reply

        return answer


def contract_routes(
    router: respx.Router, *documents: str | Path, base_url: str = "", site: Site | None = None, world: str = ""
) -> ContractRoutes:
    """
    Give a respx router a route for every operation of these contracts; of the bundled ones if none is named.

    Args:
        base_url: where the code under test sends to; the contract's own servers if left out.
        site: what serves the contracts already; then the documents are not read.
        world: of which world the answers are.
    """
    served = site if site is not None else open_site(*documents)
    return ContractRoutes(router, served, served.worlds.get(world), (base_url,) if base_url else ())


def _required_headers(response: Response | None) -> dict[str, str]:
    """
    Make the headers that every answer has, such as a request id.
    """
    headers = response.headers.items() if response is not None else ()
    return {
        name.lower(): str(header.schema.generator("response").generate(name))
        for name, header in headers
        if header.required and header.schema is not None
    }


def _servers(operation: Operation) -> list[str]:
    return [str(server.get("url", "")).rstrip("/") for server in operation.servers]


def _paths(operation: Operation) -> list[str]:
    return [urlsplit(url).path for url in _servers(operation)]


def _write(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _message(found: Iterable[tuple[str, Violation]]) -> str:
    lines = [f"  {operation}: {_line(violation)}" for operation, violation in found]
    return "\n".join(["a request breaks its contract:", *lines])


def _line(violation: Violation) -> str:
    return f"{violation}{f'; mend: {violation.mend}' if violation.mend else ''}"
