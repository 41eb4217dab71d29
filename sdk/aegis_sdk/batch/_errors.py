"""
Why a batch does not begin, or stops before its end. A bad row is no reason: it is a verdict.
"""

from __future__ import annotations

from aegis_sdk.errors import AegisError

__all__ = ["BatchError", "BatchInputError", "BatchStoppedError"]


class BatchError(AegisError):
    """
    A batch did not come to its end.
    """

    exit_code = 1


class BatchInputError(BatchError):
    """
    A file cannot be what it is given as; nothing was asked.
    """

    exit_code = 2


class BatchStoppedError(BatchError):
    """
    The registry lets nobody go on: unreachable, the key refused, the day's quota used up. What is done is kept, and the
    same call goes on from there.
    """

    exit_code = 3
