"""
What settings take for a number: no text, no truth value, and nothing that compares as false with everything (NaN).
"""

from __future__ import annotations

import math

__all__ = ["number", "whole"]


def number(value: object) -> bool:
    """
    Say whether *value* is a finite number.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(value: object) -> bool:
    """
    Say whether *value* is a whole number.
    """
    return isinstance(value, int) and not isinstance(value, bool)
