"""
``--proxy``: a real provider answers, the contract judges both directions, the journal records.

What the provider does not have (no connection, 501, or a 404 or 405 that the contract does not know) the mock answers.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import httpx

from aegis_contracts import Violation
from aegis_mockserver.core._route import Routed, route
from aegis_mockserver.world._messages import RawHeaders, Reply, Request

if TYPE_CHECKING:
    from aegis_mockserver.core._provider import Provider

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
        request = Request.received(method, target, headers, body)
        found = route(site.rules.routes, request)
        routed = found if isinstance(found, Routed) else None
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
        if routed is not None and _unimplemented(routed, answered.status_code):
            return site.respond(method, target, headers, body)
        reply = _reply(answered, method)
        violations, faults = self._judge(routed, answered)
        if violations:
            reply.headers.append((b"x-mock-violations", str(len(violations)).encode()))
        if faults:
            reply.headers.append((b"x-mock-response-violations", str(len(faults)).encode()))
        title, key = (routed.operation.title, routed.operation.key) if routed is not None else ("", "")
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

    def _judge(
        self, routed: Routed | None, answered: httpx.Response
    ) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
        if routed is None or self._site.validate == "off":
            return (), ()
        request, operation = routed.request, routed.operation
        reading = operation.reader.read(routed.path_values, routed.query, request.fields, request.body)
        fields = {name.lower(): value for name, value in answered.headers.items()}
        return tuple(reading.violations), tuple(operation.violations(answered.status_code, fields, answered.content))


def _unimplemented(routed: Routed, status: int) -> bool:
    """
    Say whether the provider does not have the operation.
    """
    return status == 501 or (status in {404, 405} and str(status) not in routed.operation.declared.responses)


def _reply(answered: httpx.Response, method: str) -> Reply:
    content = answered.content
    headers = [(name.lower(), value) for name, value in answered.headers.raw if name.lower() not in _HOP]
    if answered.status_code >= 200 and answered.status_code not in {204, 304}:
        length = answered.headers.get("content-length", "0") if method == "HEAD" else str(len(content))
        headers.append((b"content-length", length.encode()))
    return Reply(answered.status_code, headers, content)
