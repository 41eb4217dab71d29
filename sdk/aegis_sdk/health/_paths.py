"""
What is asked by which path, the same for every kind of server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol, get_args

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.health._report import HealthReport
from aegis_sdk.provider._request_id import request_id_of

__all__ = ["Answer", "Answering", "Paths", "Question", "refusal"]

Question = Literal["health", "ready", "live"]


class Answer(NamedTuple):
    """
    An answer that every kind of server can send.
    """

    status: int
    headers: list[tuple[str, str]]
    content: bytes


class Answering(Protocol):
    """
    What knows the answers, with an event loop and without: ``Health``.
    """

    def liveness(self) -> HealthReport: ...

    async def check(self) -> HealthReport: ...

    async def readiness(self) -> HealthReport: ...

    def check_sync(self) -> HealthReport: ...

    def readiness_sync(self) -> HealthReport: ...


class Paths:
    """
    Which path asks what.

    Args:
        health: everything, as the contract has it.
        ready: whether requests may be sent here.
        live: whether the process runs.
    """

    def __init__(self, *, health: str = "/health", ready: str = "/ready", live: str = "/live") -> None:
        given = {health: "health", ready: "ready", live: "live"}
        if len(given) < len(get_args(Question)):
            raise ConfigurationError("Health: health, ready and live need paths that differ")
        for path in given:
            if not path.startswith("/"):
                raise ConfigurationError(f"Health: the path {path} must begin with /")
        self.health = health
        self.ready = ready
        self.live = live

    def question(self, path: str) -> Question | None:
        """
        What *path* asks, or ``None``.
        """
        path = path.rstrip("/") or "/"
        if path == self.health:
            return "health"
        if path == self.ready:
            return "ready"
        return "live" if path == self.live else None


def refusal(status: int, given: Callable[[str], str | None]) -> Answer:
    """
    The problem for a path or method that is not there.
    """
    from aegis_sdk._generated.user.problems import METHOD_NOT_ALLOWED, NOT_FOUND

    kind = NOT_FOUND if status == 404 else METHOD_NOT_ALLOWED
    headers = {"allow": "GET, HEAD"} if status == 405 else {}
    written = kind.response(request_id=request_id_of(given("x-request-id")), headers=headers)
    return Answer(written.status, written.headers, written.content)
