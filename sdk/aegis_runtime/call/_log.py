"""
What an API's logger is told of calls: a line for every attempt at DEBUG, for every retry at INFO. (Circuits tell it
when they open, at WARNING, and close.) It has the name of the package that the client was generated into.

An allow-list by construction: these functions are handed operation ids, path templates, numbers and request ids,
nothing else.
"""

from __future__ import annotations

import logging
from typing import Any

from aegis_runtime.call._operation import OperationSpec

__all__ = ["attempted", "retrying"]


def attempted(
    logger: logging.Logger,
    operation: OperationSpec[Any],
    outcome: int | str,
    elapsed: float,
    attempt: int,
    request_id: str,
) -> None:
    """
    An attempt ended with a status, or with the reason why there is none.
    """
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug(
            "%s %s %s: %s in %.3f s, attempt %d, request %s",
            operation.operation_id,
            operation.method,
            operation.path,
            outcome,
            elapsed,
            attempt,
            request_id,
        )


def retrying(
    logger: logging.Logger, operation: OperationSpec[Any], delay: float, attempt: int, request_id: str
) -> None:
    """
    Another attempt follows.
    """
    logger.info("%s: attempt %d failed, next in %.1f s, request %s", operation.operation_id, attempt, delay, request_id)
