"""
One shape for the health of every part that works in the background: publisher, consumer, relay.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["PartHealth"]


class PartHealth:
    """
    Whether a part is well, and why not. True and false like its answer; as text it is the contract's word for it.

    Attributes:
        healthy: whether it works, and what waits for it moves.
        reasons: why not, for people; free of values.
    """

    __slots__ = ()

    healthy: bool
    reasons: tuple[str, ...]

    @property
    def status(self) -> Literal["healthy", "unhealthy"]:
        """
        ``healthy`` or ``unhealthy``.
        """
        return "healthy" if self.healthy else "unhealthy"

    @property
    def why(self) -> str:
        """
        The reasons in one line; empty when all is well.
        """
        return "; ".join(self.reasons)

    def __bool__(self) -> bool:
        return self.healthy

    def __str__(self) -> str:
        return self.status if self.healthy else f"unhealthy: {self.why}"
