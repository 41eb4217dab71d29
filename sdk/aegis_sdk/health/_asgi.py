"""
Health as an ASGI application: mount it, or serve it on a port of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from aegis_sdk.health._paths import Answer, Answering, Paths, Question, refusal
from aegis_sdk.health._report import HealthReport
from aegis_sdk.provider._request_id import request_id_of

__all__ = ["HealthApp", "answer"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class HealthApp:
    """
    Answers ``/health``, ``/ready`` and ``/live``, wherever it is mounted.
    """

    def __init__(self, health: Answering, /, **paths: str) -> None:
        self._health = health
        self._paths = Paths(**paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the health application answers HTTP, and nothing of the kind {scope['type']}")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = str(scope["path"])
        root = str(scope.get("root_path", ""))
        question = self._paths.question(path.removeprefix(root) if root else path) or self._paths.question(path)
        if question is None:
            said = refusal(404, headers.get)
        elif scope["method"] not in {"GET", "HEAD"}:
            said = refusal(405, headers.get)
        else:
            said = answer(await asked(self._health, question), headers.get("x-request-id"))
        sent = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said.headers]
        await send({"type": "http.response.start", "status": said.status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else said.content})


async def asked(health: Answering, question: Question) -> HealthReport:
    """
    Ask *health* what a path asks.
    """
    if question == "live":
        return health.liveness()
    return await (health.check() if question == "health" else health.readiness())


def answer(report: HealthReport, request_id: str | None) -> Answer:
    """
    The answer with *report*, headers included.
    """
    content = report.content
    headers = [*report.headers.items(), ("content-length", str(len(content)))]
    return Answer(report.status_code, [*headers, ("x-request-id", request_id_of(request_id))], content)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        said = await receive()
        kind = str(said["type"])
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
