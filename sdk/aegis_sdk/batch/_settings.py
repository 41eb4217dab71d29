"""
How a batch asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis_runtime._numbers import LONGEST, checked_count, checked_number
from aegis_sdk.clients._business import AT_MOST
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

    chunk: int = AT_MOST
    concurrency: int = 8
    rate: float | None = None
    daily_quota: int | None = None
    check_digit: Literal["warn", "refuse"] = "warn"
    max_retries: int = 2
    patience: float = 300.0

    def __post_init__(self) -> None:
        if checked_count("chunk", self.chunk, 1) > AT_MOST:
            raise ConfigurationError(f"chunk must be from 1 to {AT_MOST}: so many businesses fit into one call")
        if checked_count("concurrency", self.concurrency, 1) > 1000:
            raise ConfigurationError("concurrency must be from 1 to 1000")
        if self.rate is not None:
            checked_number("rate (calls a second)", self.rate, 1 / LONGEST)
        if self.daily_quota is not None:
            checked_count("daily_quota", self.daily_quota, 1)
        if self.check_digit not in ("warn", "refuse"):
            raise ConfigurationError('check_digit must be "warn" or "refuse"')
        checked_count("max_retries", self.max_retries)
        checked_number("patience", self.patience)
