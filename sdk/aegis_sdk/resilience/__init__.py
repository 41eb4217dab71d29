"""
The SDK's circuit breaker and retries for anything that can be called, not only for the clients' operations.

They are the very circuit and the very back-off of the clients. Retry only what may be done twice.
"""

from __future__ import annotations

from aegis_runtime import CircuitState
from aegis_sdk.errors import CircuitOpenError
from aegis_sdk.resilience._breaker import CircuitBreaker
from aegis_sdk.resilience._retry import Retry, retry

__all__ = ["CircuitBreaker", "CircuitOpenError", "CircuitState", "Retry", "retry"]
