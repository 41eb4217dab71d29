"""
Where the paths of a contract begin on a provider: below one of its servers, or at the root.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from aegis_verifier._maker import Maker
from aegis_verifier._values import Open
from aegis_verifier.runner._transport import Transport

_PROBED = 5


def server_path(maker: Maker, transport: Transport, end: float | None = None) -> str:
    """
    Find out below which path the provider offers the contract: that of one of its servers, or none.

    A provider under test is at an address of its own, so only the servers' paths count. Where there is a choice it is
    asked which one leads somewhere.

    Args:
        end: nothing is asked after this reading of ``time.perf_counter``.
    """
    own = urlsplit(transport.address).path.rstrip("/")
    paths: list[str] = []
    for server in maker.contract.document.get("servers") or [{"url": "/"}]:
        path = urlsplit(_filled(server)).path.rstrip("/")
        paths.append("" if own.endswith(path) else path)
    choices = list(dict.fromkeys([*paths, ""]))
    if len(choices) == 1:
        return choices[0]
    for prefix in choices:
        if _leads(maker, transport, prefix, end):
            return prefix
    return choices[0]


def _filled(server: Any) -> str:
    url = str(server.get("url", "/"))
    for name, variable in (server.get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return url


def _leads(maker: Maker, transport: Transport, prefix: str, end: float | None) -> bool:
    tried = sorted(maker.plan.operations, key=lambda operation: ("{" in operation.path, operation.method != "GET"))
    for operation in tried[:_PROBED]:
        try:
            request = maker.request(maker.draft(operation, "probe", "minimal"), {})
        except Open:
            continue
        # Without credentials and body: it shows that the path exists, and does nothing.
        bare = replace(request, target=prefix + request.target, body=None)
        left = end - time.perf_counter() if end is not None else maker.settings.timeout
        if left <= 0:
            return False
        exchange = transport.send(bare, min(left, maker.settings.timeout))
        if exchange.status not in {0, 404}:
            return True
    return False
