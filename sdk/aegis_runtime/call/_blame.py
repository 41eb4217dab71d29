"""
Whose doing it is that an attempt failed: the circuit counts what the provider did, and nothing else.
"""

from __future__ import annotations

from typing import Any

from aegis_runtime.call._operation import OperationSpec
from aegis_runtime.call._read import pick
from aegis_runtime.call._settings import Options
from aegis_runtime.transports._seam import Response

__all__ = ["is_the_providers", "is_the_proxys"]

# Trust and the base URL's scheme are for whoever sets up the client: no circuit is there to spare somebody who is well.
_NOT_THE_PROVIDER = frozenset(
    {"busy", "certificate", "forwarder", "local", "proxy", "request", "tls", "too_large", "transport"}
)


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


def is_the_proxys(response: Response, operation: OperationSpec[Any]) -> bool:
    """
    Say whether an answer of 5xx may be one that a proxy on the way wrote itself: it says so, or it is nothing that
    the contract's provider would say.
    """
    if not response.forwarded or response.status < 500:
        return False
    headers = response.headers
    # RFC 9209 §2.1: what the next hop answered has its status told; what was made here has an error, or nothing.
    told = headers.get("proxy-status", "").lower()
    if told:
        return "received-status" not in told
    if any(name.startswith("proxy-") for name in headers):
        return True
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    spec = pick(operation.errors, response.status)
    declared = spec is not None and kind in spec.content
    return not (declared or kind == "application/json" or kind.endswith("+json"))
