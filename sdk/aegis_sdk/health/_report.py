"""
What a health check answers: the contract's ``ServiceHealth``, and the words that stand in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

__all__ = ["HEALTHY", "HealthReport", "Result"]

HEALTHY: Final = "healthy"
# openapi/user.yaml: HealthCheck has at most 300 characters.
_LONGEST: Final = 300
_RETRY_AFTER: Final = "5"


@dataclass(frozen=True, slots=True)
class Result:
    """
    What one check found; *why* is empty when all is well.
    """

    why: str = ""

    def __bool__(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        if not self.why:
            return HEALTHY
        text = f"unhealthy: {self.why}"
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """
    The state of a service and of what it depends on.

    Attributes:
        results: what each check found, by name, in the order in which the checks were given.
        timestamp: when it was asked.
        ready: whether the service may be sent requests.
    """

    results: Mapping[str, Result]
    timestamp: datetime
    ready: bool = True

    def __bool__(self) -> bool:
        return all(self.results.values())

    @property
    def status(self) -> str:
        """
        ``healthy``, or ``unhealthy`` as soon as one check fails.
        """
        return HEALTHY if self else "unhealthy"

    @property
    def status_code(self) -> int:
        """
        200, or 503 as soon as one check fails.
        """
        return 200 if self else 503

    @property
    def body(self) -> dict[str, Any]:
        """
        the contract's ``ServiceHealth``, the same with 200 and 503.
        """
        moment = self.timestamp.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        return {
            "status": self.status,
            "timestamp": f"{moment}Z",
            "checks": {name: str(result) for name, result in self.results.items()},
        }

    @property
    def content(self) -> bytes:
        """
        The body as JSON.
        """
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def headers(self) -> dict[str, str]:
        """
        What an answer with this report says of itself, ``Retry-After`` with 503.
        """
        told = {"content-type": "application/json", "cache-control": "no-store"}
        if self.status_code == 503:
            told["retry-after"] = _RETRY_AFTER
        return told
