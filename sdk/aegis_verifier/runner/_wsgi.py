"""
A WSGI application in this process (PEP 3333).
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from aegis_verifier._values import Exchange, Request, Response

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiTransport:
    """
    A WSGI application; each call has a thread of its own, so that one that hangs can be left behind.
    """

    def __init__(self, app: App) -> None:
        self.address = "http://provider"
        self._app = app

    def send(self, request: Request, timeout: float) -> Exchange:
        """
        Call the application, and wait at most *timeout* seconds.
        """
        started = time.perf_counter()
        found: list[Response | Exception] = []

        def call() -> None:
            try:
                found.append(self._call(request))
            except Exception as error:  # noqa: BLE001 - whatever the application raises is what we report
                found.append(error)

        thread = threading.Thread(target=call, name="aegis verify wsgi", daemon=True)
        thread.start()
        thread.join(timeout)
        took = time.perf_counter() - started
        if not found:
            return Exchange(request, None, "hang", f"must answer within {timeout:g} s", took)
        if isinstance(found[0], Exception):
            said = f"must answer; the application raised {type(found[0]).__name__}"
            return Exchange(request, None, "connection", said, took)
        return Exchange(request, found[0], seconds=took)

    def _call(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        body = request.body or b""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "provider",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "provider",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if request.body is not None or request.method in {"POST", "PUT", "PATCH"}:
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in request.headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        told: list[Any] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], None]:
            del exc_info
            told[:] = [status, headers]
            return written.append

        result = self._app(environ, start_response)
        try:
            content = b"".join([*written, *result])
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        found: dict[str, str] = {}
        for name, value in told[1]:
            key = name.lower()
            found[key] = f"{found[key]}, {value}" if key in found else value
        return Response(int(str(told[0]).split(" ", 1)[0]), found, content)

    def close(self) -> None:
        """
        Nothing is held.
        """
