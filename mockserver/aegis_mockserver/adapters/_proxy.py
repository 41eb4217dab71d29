"""
``--proxy``: a real provider answers, the contract judges both directions, the journal records.

What the provider does not have (no connection, 501, or a 404 or 405 that the contract does not know) the mock answers.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import httpx

from aegis_contracts import MethodNotAllowed, Violation
from aegis_mockserver.core import _journey
from aegis_mockserver.world._messages import RawHeaders, Reply, Request

if TYPE_CHECKING:
    from aegis_mockserver.core._provider import Provider
    from aegis_mockserver.core._served import Served

log = logging.getLogger("aegis_mockserver")
_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
        b"transfer-encoding", b"upgrade", b"host", b"content-length", b"content-encoding", b"date", b"x-mock-world",
        b"accept-encoding",
    }
)  # fmt: skip


class Proxy:
    """
    Forwards requests to a provider.

    Args:
        url: the provider's base address.
    """

    def __init__(self, site: Provider, url: str, *, timeout: float = 30.0) -> None:
        self._site = site
        self._url = url.rstrip("/")
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    async def aclose(self) -> None:
        """
        Close the connections to the provider.
        """
        await self._client.aclose()

    async def forward(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> Reply:
        """
        Let the provider answer, or the mock where the provider cannot.
        """
        site = self._site
        if target.startswith(b"/__mock__"):
            return site.respond(method, target, headers, body)
        started = time.perf_counter()
        path, _, query = target.partition(b"?")
        request = Request(method, _journey.text_of(path), query, headers, body)
        served, path_values = self._route(request)
        try:
            answered = await self._client.request(
                method,
                self._url + target.decode("latin-1"),
                content=body,
                headers=[(name, value) for name, value in headers if name not in _HOP],
            )
        except httpx.HTTPError as error:
            log.warning("the provider did not answer (%s); the mock does", type(error).__name__)
            return site.respond(method, target, headers, body)
        if served is not None and _unimplemented(served, answered.status_code):
            return site.respond(method, target, headers, body)
        reply = _reply(answered, method)
        violations, faults = self._judge(served, path_values, request, answered)
        if violations:
            reply.headers.append((b"x-mock-violations", str(len(violations)).encode()))
        if faults:
            reply.headers.append((b"x-mock-response-violations", str(len(faults)).encode()))
        title, key = (served.title, served.key) if served is not None else ("", "")
        world = site.worlds.get(request.fields.get("x-mock-world", "")[:200])
        seconds = time.perf_counter() - started
        world.record(
            seconds,
            request,
            reply,
            contract=title,
            operation=key,
            origin="proxy",
            violations=violations,
            faults=faults,
        )
        return reply

    def _route(self, request: Request) -> tuple[Served | None, dict[str, str]]:
        found = self._site.routes.find(request.method, request.path)
        if found is None or isinstance(found, MethodNotAllowed):
            return None, {}
        return found.value, found.path_values

    def _judge(
        self, served: Served | None, path_values: dict[str, str], request: Request, answered: httpx.Response
    ) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
        if served is None or self._site.validate == "off":
            return (), ()
        reading = served.reader.read(path_values, request.query.decode("latin-1"), request.fields, request.body)
        fields = {name.lower(): value for name, value in answered.headers.items()}
        return tuple(reading.violations), tuple(served.check(answered.status_code, fields, answered.content))


def _unimplemented(served: Served, status: int) -> bool:
    """
    Say whether the provider does not have the operation.
    """
    return status == 501 or (status in {404, 405} and str(status) not in served.operation.responses)


def _reply(answered: httpx.Response, method: str) -> Reply:
    content = answered.content
    headers = [(name.lower(), value) for name, value in answered.headers.raw if name.lower() not in _HOP]
    if answered.status_code >= 200 and answered.status_code not in {204, 304}:
        length = answered.headers.get("content-length", "0") if method == "HEAD" else str(len(content))
        headers.append((b"content-length", length.encode()))
    return Reply(answered.status_code, headers, content)
