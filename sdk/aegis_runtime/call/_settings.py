"""
What a client is set up with: what all its copies share, and what ``with_options`` changes.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from aegis_runtime._secret import Secret
from aegis_runtime.call._operation import OperationSpec
from aegis_runtime.resilience._circuit import Circuit
from aegis_runtime.resilience._clock import Clock
from aegis_runtime.resilience._retry import RetryPolicy

__all__ = ["Options", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Settings:
    """
    What all copies of a client share, its transport apart.
    """

    base_url: str
    token: Secret | None
    auth: str | None
    circuit: Circuit
    retry: RetryPolicy
    clock: Clock
    user_agent: str
    logger: logging.Logger
    max_response_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Options:
    """
    What ``with_options`` can change.
    """

    timeout: float | None
    connect_timeout: float | None
    max_retries: int
    headers: tuple[tuple[str, str], ...]
    strict: bool
    raw: bool = False

    def timeout_for(self, operation: OperationSpec[Any], own: float | None) -> float:
        """
        Seconds for a whole call: the call's own, else the client's, else the operation's, else the API's.
        """
        for seconds in (own, self.timeout, operation.timeout):
            if seconds is not None:
                return seconds
        return operation.api.timeout

    def connect_timeout_for(self, operation: OperationSpec[Any]) -> float:
        """
        Seconds for connecting, by the same order.
        """
        for seconds in (self.connect_timeout, operation.connect_timeout):
            if seconds is not None:
                return seconds
        return operation.api.connect_timeout
