"""
The id of an exchange: the caller's if it has the form of one, else a new one.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import uuid4

__all__ = ["request_id_of"]

# openapi/common.yaml: RequestId
_FORM: Final = re.compile(r"[A-Za-z0-9._~-]{1,128}")


def request_id_of(given: str | None) -> str:
    """
    Repeat the ``X-Request-Id`` that was *given*, or make one.
    """
    return given if given is not None and _FORM.fullmatch(given) else str(uuid4())
