"""
How operations are called, and what of a path counts.
"""

from __future__ import annotations

import re
from typing import Final

from aegis_contracts import Operation

_EXPRESSION: Final = re.compile(r"\{[^{}]*\}")


def name_of(operation: Operation) -> str:
    """
    Name an operation for a person.
    """
    return f"{operation.method} {operation.path}"


def template(path: str) -> str:
    """
    A path without the names of its parameters: they are no part of any request.
    """
    return _EXPRESSION.sub("{}", path)
