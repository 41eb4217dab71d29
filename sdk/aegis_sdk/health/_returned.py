"""
What a check's return value means for the health.
"""

from __future__ import annotations

from typing import cast

from aegis_sdk.health._reason import plain
from aegis_sdk.health._report import HEALTHY, Result


def read(name: str, said: object) -> Result:
    """
    What a check's return value means.

    ``False`` and whatever has a false ``healthy`` or ``status`` is unhealthy, and so is a text other than
    ``healthy``, whose reason is told where it stands behind ``unhealthy:``; everything else, ``None`` too, means that
    the check came through.
    """
    if said is False:
        return Result("the check failed")
    if isinstance(said, Result):
        return said
    if isinstance(said, str):
        if said in {HEALTHY, "ok", "OK", "PONG"}:
            return Result()
        # A text in the contract's own form is said on purpose; any other one may be whatever a driver has answered.
        mark, _, why = said.partition(":")
        return Result(plain(why.strip()) if mark.strip() == "unhealthy" else "the check failed")
    healthy = getattr(said, "healthy", None)
    if not isinstance(healthy, bool):
        status = getattr(said, "status", None)
        healthy = status == HEALTHY if status in {HEALTHY, "unhealthy"} else True
    if healthy:
        return Result()
    reasons = getattr(said, "reasons", None) or getattr(said, "why", None) or f"{name} says so"
    return Result(plain(reasons if isinstance(reasons, str) else "; ".join(map(str, cast("tuple[str, ...]", reasons)))))
