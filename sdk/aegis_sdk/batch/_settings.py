"""
How a batch asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from aegis_sdk.errors import ConfigurationError

__all__ = ["BatchSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """
    How a batch asks.

    Args:
        chunk: businesses in one call, at most 100.
        concurrency: calls at once.
        rate: calls a second; ``None`` for as many as are answered.
        daily_quota: businesses that may be asked for in one day of Korea; the tax service allows 1,000,000.
        check_digit: whether numbers whose sum does not hold are asked for with a warning in their verdict, or are
            ``invalid``.
        max_retries: further attempts for one business, or for a connection, before it is given up.
        patience: seconds that the whole batch waits for a registry that fails, counted from its last answer; one that
            has never answered is given 15.

    Raises:
        ConfigurationError: a value cannot be meant.
    """

    chunk: int = 100
    concurrency: int = 8
    rate: float | None = None
    daily_quota: int | None = None
    check_digit: Literal["warn", "refuse"] = "warn"
    max_retries: int = 2
    patience: float = 300.0

    def __post_init__(self) -> None:
        if not 1 <= self.chunk <= 100:
            raise ConfigurationError("chunk must be from 1 to 100: so many businesses fit into one call")
        if not 1 <= self.concurrency <= 1000:
            raise ConfigurationError("concurrency must be from 1 to 1000")
        if self.rate is not None and not 0 < self.rate < math.inf:
            raise ConfigurationError("rate must be more than 0 calls a second")
        if self.daily_quota is not None and self.daily_quota < 1:
            raise ConfigurationError("daily_quota must be at least 1")
        if self.check_digit not in ("warn", "refuse"):
            raise ConfigurationError('check_digit must be "warn" or "refuse"')
        if self.max_retries < 0 or not 0 <= self.patience < math.inf:
            raise ConfigurationError("max_retries and patience must be at least 0")
