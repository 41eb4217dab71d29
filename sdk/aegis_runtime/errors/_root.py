"""
What every error is, and those of setting things up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

__all__ = ["ConfigurationError", "IntegrationError", "MissingExtraError", "SchemaViolation", "Violation", "listed"]


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


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """
    One place where a value breaks its schema, as the runtime finds it.
    """

    pointer: str
    rule: str
    message: str


class IntegrationError(Exception):
    """
    The root of everything that is raised on purpose.
    """


class ConfigurationError(IntegrationError, ValueError):
    """
    A client was set up in a way that cannot work.
    """


class MissingExtraError(ConfigurationError):
    """
    A feature needs a package that only an extra installs.
    """

    exit_code: ClassVar[int] = 3
    """For commands: the environment refuses."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        from aegis_shell import install_hint

        return f"{self.feature} needs the extra {self.extra!r}: {install_hint(self.extra)}"


def listed(head: str, violations: Sequence[Violation]) -> str:
    """
    *head*, and a line for each violation.
    """
    if not violations:
        return head
    lines = [f"  {violation.pointer or '/'} {violation.message} [{violation.rule}]" for violation in violations]
    return "\n".join([f"{head}:", *lines])
