"""
What every error is, and those of setting things up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from aegis_shell import ENVIRONMENT, install_hint

__all__ = ["AegisError", "ConfigurationError", "MissingExtraError", "Violation", "listed"]


class Violation(Protocol):
    """
    One way in which an instance breaks its contract: where and which rule, never the value.
    """

    @property
    def pointer(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def message(self) -> str: ...


class AegisError(Exception):
    """
    The root of everything that this SDK raises on purpose.
    """


class ConfigurationError(AegisError):
    """
    A client was set up in a way that cannot work.
    """


class MissingExtraError(ConfigurationError):
    """
    A feature needs a package that only an extra installs.
    """

    exit_code: ClassVar[int] = ENVIRONMENT

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.feature} needs the extra {self.extra!r}: {install_hint(self.extra)}"


def listed(head: str, violations: Sequence[Violation]) -> str:
    """
    *head*, and a line for each violation.
    """
    if not violations:
        return head
    lines = [f"  {violation.pointer or '/'} {violation.message} [{violation.rule}]" for violation in violations]
    return "\n".join([f"{head}:", *lines])
