"""
Observing the requests that a service answers, whatever it is written with.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any, Protocol

from aegis_contracts import Match, Routes
from aegis_sdk._scope import ENDPOINT

UNMATCHED = "unmatched"
CANCELLED = "cancelled"

__all__ = ["MetricsMiddleware", "WsgiMetricsMiddleware"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Observer(Protocol):
    """
    What is told of each request: ``UserServiceMetrics``, or metrics of your own.
    """

    def record_api_request(self, method: str, endpoint: str, status_code: int | str, duration: float) -> None:
        """
        Observe a request on *endpoint*, a path template, that took *duration* seconds.
        """
        ...


class MetricsMiddleware:
    """
    Observes what an ASGI application answers, by the path template that the request matched.

    The template is that of *paths*, else of the contract at the door (``ContractMiddleware``), else of the route that
    Starlette or FastAPI found; a request that matched none is ``unmatched``, whatever its path.

    Args:
        paths: the path templates of the service, such as ``contract.document["paths"]``; needed where the framework
            does not tell the route.
    """

    def __init__(self, app: Application, metrics: Observer, *, paths: Iterable[str] = ()) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = _Templates(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | str | None = None
        path, root = str(scope["path"]), str(scope.get("root_path", ""))
        began = time.perf_counter()

        async def observing(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, observing)
        except asyncio.CancelledError:
            status = CANCELLED
            raise
        finally:
            took = time.perf_counter() - began
            template = self._templates.find(path.removeprefix(root) or path) or _told(scope, root) or UNMATCHED
            # Whoever answers for an application that raised before it answered says 500.
            self._metrics.record_api_request(str(scope["method"]), template, status or 500, took)


class WsgiMetricsMiddleware:
    """
    Observes what a WSGI application answers.

    Args:
        paths: the path templates of the service, such as ``contract.document["paths"]``.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], metrics: Observer, *, paths: Iterable[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = _Templates(paths)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status = 500
        began = time.perf_counter()

        def observing(line: str, headers: Any, *rest: Any) -> Any:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, headers, *rest)

        def record() -> None:
            template = self._templates.find(str(environ.get("PATH_INFO", ""))) or UNMATCHED
            took = time.perf_counter() - began
            self._metrics.record_api_request(str(environ["REQUEST_METHOD"]), template, status, took)

        try:
            return _Recorded(self._app(environ, observing), record)
        except BaseException:
            record()
            raise


class _Recorded:
    """
    A body that says when it is over (PEP 3333: the server closes what it iterates).
    """

    def __init__(self, body: Iterable[bytes], record: Callable[[], None]) -> None:
        self._body = body
        self._record = record

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            if (close := getattr(self._body, "close", None)) is not None:
                close()
        finally:
            self._record()


class _Templates:
    def __init__(self, paths: Iterable[str]) -> None:
        self._routes: Routes[str] = Routes()
        for path in paths:
            self._routes.add("", path, path)

    def find(self, path: str) -> str | None:
        found = self._routes.find("", path)
        return found.value if isinstance(found, Match) else None


def _told(scope: Scope, root: str) -> str | None:
    """
    The template that the contract at the door told, or that of the route that the framework found, with those of the
    applications that it is mounted in.
    """
    if isinstance(told := scope.get(ENDPOINT), str):
        return told
    route = scope.get("route")
    template = getattr(route, "path_format", None) or getattr(route, "path", None)
    if not isinstance(template, str):
        return None
    mounted = str(scope.get("root_path", "")).removeprefix(root)
    if mounted and not mounted.endswith(template):
        values = {str(value): f"{{{name}}}" for name, value in dict(scope.get("path_params") or {}).items()}
        template = "/".join(values.get(part, part) for part in mounted.split("/")) + template
    return template
