"""
Providers to be verified, in a process of their own: ``library`` (FastAPI) or ``user`` (our mock); both count what they
are asked, and tell it at ``/-/count``.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn


def application(name: str) -> Any:
    """
    The ASGI application of a provider.
    """
    if name == "library":
        from tests.unit.verifier.library import library

        return library()
    from aegis_mockserver import open_site
    from aegis_mockserver.adapters.asgi import asgi_app

    return asgi_app(open_site())


def counting(app: Any) -> Any:
    """
    Count requests before they reach *app*.
    """
    number = 0

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        nonlocal number
        if scope["type"] == "http" and scope["path"] == "/-/count":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": str(number).encode()})
            return
        number += scope["type"] == "http"
        await app(scope, receive, send)

    return counted


if __name__ == "__main__":
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(counting(application(sys.argv[1])), log_level="error", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
