"""
Health as a FastAPI router, so that it stands in the service's own document.
"""

from __future__ import annotations

from typing import Any

from aegis_sdk.errors import MissingExtraError
from aegis_sdk.health._asgi import answer, asked
from aegis_sdk.health._paths import Answering, Paths, Question

__all__ = ["router"]

_SAID: dict[Question, tuple[str, str]] = {
    "health": ("getHealth", "Health of the service"),
    "ready": ("getReadiness", "Whether requests may be sent here"),
    "live": ("getLiveness", "Whether the process runs"),
}


def router(health: Answering, /, **paths: str) -> Any:
    """
    Make the router: ``app.include_router(health.router())``.
    """
    try:
        from fastapi import APIRouter, Request, Response
    except ImportError:
        raise MissingExtraError("Health.router", "fastapi") from None

    from aegis_sdk.user import ServiceHealth

    found = APIRouter(tags=["service"])
    asks = Paths(**paths)

    def add(path: str, question: Question) -> None:
        async def ask(request: Request) -> Response:
            said = answer(await asked(health, question), request.headers.get("x-request-id"))
            return Response(said.content, said.status, dict(said.headers))

        operation_id, summary = _SAID[question]
        described: dict[int | str, dict[str, Any]] = {
            200: {"model": ServiceHealth} if question == "health" else {"description": "Yes."},
            503: {"description": "No; the body says why."},
        }
        # `from __future__ import annotations` hides the local names from FastAPI, so they are handed over.
        ask.__annotations__ = {"request": Request, "return": Response}
        found.add_api_route(path, ask, methods=["GET"], operation_id=operation_id, summary=summary, responses=described)

    add(asks.health, "health")
    add(asks.ready, "ready")
    add(asks.live, "live")
    return found
