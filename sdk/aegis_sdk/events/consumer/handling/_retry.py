"""
What happens to an event whose handler failed: again, later, or to the dead letters.

The decision is pure: it reads an error and a count and says what to do; waiting and sending are the consumer's.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import ClassVar

from aegis_runtime import RetryPolicy
from aegis_sdk.errors import EventError

__all__ = ["Again", "GiveUp", "HandlerRetry", "Reject", "RetryLater"]

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


class RetryLater(EventError):  # noqa: N818 — raised to say it, not to report an error
    """
    Raised by a handler that cannot handle this event yet: it is offered again, and no attempt is counted.

    Args:
        after: seconds to wait; without it the policy's own delay is used.
    """

    def __init__(self, after: float | None = None) -> None:
        super().__init__(after)
        self.after = after


class Reject(EventError):  # noqa: N818 — likewise
    """
    Raised by a handler that will never handle this event: it goes to the dead letters at once.

    Args:
        code: a short word for the reason; it travels in the dead letter's headers, so it must not be made of values.
    """

    def __init__(self, code: str = "rejected") -> None:
        if not _CODE.fullmatch(code):
            raise ValueError("a reject code is 1 to 64 letters, digits, '_', '.' or '-': it becomes a header")
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Again:
    """
    Offer the event to its handler again after *delay* seconds.
    """

    delay: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """
    Send the event to the dead letters, for this *reason*.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerRetry:
    """
    How often a handler is tried and how long is waited in between.

    The defaults are the platform's: three retries, one second doubling up to a minute, jitter between half and whole.

    Args:
        attempts: calls of the handler for one event, the first one included.
        base: seconds before the first retry.
        factor: how much longer each further wait is.
        maximum: the longest wait in seconds.
        permanent: errors that no retry can mend; they go to the dead letters at once.
        patience: seconds after which even ``RetryLater`` gives up; ``None`` waits as long as it takes.
    """

    attempts: int = 4
    base: float = 1.0
    factor: float = 2.0
    maximum: float = 60.0
    permanent: tuple[type[Exception], ...] = ()
    patience: float | None = None

    NEVER: ClassVar[HandlerRetry]

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts counts the first call too, so it is at least 1")
        if not (self.base >= 0 and self.maximum >= 0 and self.factor >= 1):
            raise ValueError("base and maximum are seconds from 0, factor is at least 1")

    def decide(
        self, error: BaseException, attempts: int, elapsed: float, chance: float | None = None
    ) -> Again | GiveUp:
        """
        Say what follows after *attempts* calls, the last of which raised *error*, *elapsed* seconds after the first.

        Args:
            chance: a number from 0 to 1 in place of a random one.
        """
        if isinstance(error, Reject):
            return GiveUp(error.code)
        if isinstance(error, RetryLater):
            if self.patience is not None and elapsed >= self.patience:
                return GiveUp("patience_exhausted")
            return Again(self.delay(0, chance) if error.after is None else max(0.0, error.after))
        if isinstance(error, self.permanent):
            return GiveUp("permanent_error")
        if attempts >= self.attempts:
            return GiveUp("retries_exhausted")
        return Again(self.delay(attempts - 1, chance))

    def delay(self, retries: int, chance: float | None = None) -> float:
        """
        Seconds before the next attempt when *retries* have been made already.
        """
        return RetryPolicy(
            base=self.base,
            maximum=self.maximum,
            factor=self.factor,
            random=random.random if chance is None else lambda: chance,
        ).delay(retries)


HandlerRetry.NEVER = HandlerRetry(attempts=1)
