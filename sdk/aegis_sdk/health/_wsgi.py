"""
Health as a WSGI application, for services without an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from aegis_sdk.health._asgi import answer
from aegis_sdk.health._paths import Answering, Paths, refusal

__all__ = ["WsgiHealthApp"]


class WsgiHealthApp:
    """
    Answers ``/health``, ``/ready`` and ``/live``.
    """

    def __init__(self, health: Answering, /, **paths: str) -> None:
        self._health = health
        self._paths = Paths(**paths)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def given(name: str) -> str | None:
            value: str | None = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
            return value

        method = environ["REQUEST_METHOD"]
        question = self._paths.question(str(environ.get("PATH_INFO", "")))
        if question is None:
            said = refusal(404, given)
        elif method not in {"GET", "HEAD"}:
            said = refusal(405, given)
        elif question == "live":
            said = answer(self._health.liveness(), given("x-request-id"))
        else:
            report = self._health.check_sync() if question == "health" else self._health.readiness_sync()
            said = answer(report, given("x-request-id"))
        start_response(f"{said.status} {HTTPStatus(said.status).phrase}", said.headers)
        return [] if method == "HEAD" else [said.content]
