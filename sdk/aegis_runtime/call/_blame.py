"""
Whose doing it is that an attempt failed: the circuit counts what the provider did, and nothing else.
"""

from __future__ import annotations

from typing import Any

from aegis_runtime.call._operation import OperationSpec
from aegis_runtime.call._settings import Options

__all__ = ["is_the_providers"]

# Trust and the base URL's scheme are for whoever sets up the client: no circuit is there to spare somebody who is well.
_NOT_THE_PROVIDER = frozenset({"busy", "certificate", "local", "proxy", "request", "tls", "too_large", "transport"})


def is_the_providers(reason: str, operation: OperationSpec[Any], options: Options, timeout: float) -> bool:
    """
    Say whether a failure is the provider's doing.

    A provider that was given less time than the contract gives it did nothing wrong: that timeout is the caller's own.

    Args:
        reason: of the failure.
        timeout: seconds that the attempt had.
    """
    if reason in _NOT_THE_PROVIDER:
        return False
    if reason == "connect_timeout":
        usual = operation.connect_timeout or operation.api.connect_timeout
        return min(timeout, options.connect_timeout_for(operation)) >= usual
    return reason != "timeout" or timeout >= (operation.timeout or operation.api.timeout)
