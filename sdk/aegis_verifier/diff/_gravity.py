"""
How grave a change is, whom it concerns, and the step in SemVer 2.0 that it asks for.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["breaking", "undecided", "warning", "info"]
Direction: TypeAlias = Literal["request", "response", "event", "none"]
Bump: TypeAlias = Literal["major", "minor", "patch"]
GRAVITY: Final[tuple[Severity, ...]] = ("breaking", "undecided", "warning", "info")
