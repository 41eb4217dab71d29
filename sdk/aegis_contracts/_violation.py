"""
Facts about instances and documents: what a check reports, never what it raises.

A fact carries no value of the instance, so it can be logged, answered and stored as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One rule of a contract that an instance breaks.

    Args:
        pointer: JSON pointer into the instance (RFC 6901; empty for the whole); HTTP messages begin it with
            ``/path``, ``/query``, ``/header``, ``/cookie`` or ``/body``.
        rule: the JSON Schema keyword, or the name of our own rule.
        message: what must hold; never the value that does not.
        schema: where the rule stands, as ``file#/pointer``.
        mend: how to mend the instance, when that is not plain from the message.
    """

    pointer: str
    rule: str
    message: str
    schema: str = ""
    mend: str = ""

    def __hash__(self) -> int:
        return hash((self.pointer, self.rule))  # what tells most of them apart, as refusals are looked up by them

    def __str__(self) -> str:
        place = self.pointer or "/"
        source = f" ({self.schema})" if self.schema else ""
        return f"{place} {self.message}{source}"

    @property
    def told(self) -> str:
        """
        Say what is broken to somebody who has no files of ours: without the place of the rule.
        """
        return f"{self.pointer or '/'} {self.message}"

    def under(self, prefix: str) -> Violation:
        """
        Return the same fact about an instance that holds this one at *prefix*.
        """
        return Violation(prefix + self.pointer, self.rule, self.message, self.schema, self.mend)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that is wrong with a contract document, with its place in the file.

    Args:
        source: the file as the user named it.
        line: line in the file, from 1; 0 when the document did not come from text.
        column: column in the line, from 1; 0 likewise.
        pointer: JSON pointer into the document.
        rule: the rule's name, stable for use in waivers.
        message: what is wrong.
        mend: what to write instead.
        severity: an ``error`` stops a start; a ``warning`` does not.
    """

    source: str
    line: int
    column: int
    pointer: str
    rule: str
    message: str
    mend: str
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """
        Say where the finding is, the way editors and terminals make it clickable.
        """
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source

    def __str__(self) -> str:
        pointer = f" {self.pointer}" if self.pointer else ""
        return f"{self.place}:{pointer} [{self.rule}] {self.message}\n    mend: {self.mend}"


class ContractError(Exception):
    """
    A contract document is refused; every reason is in ``findings``.
    """

    # What a command that ends with this error ends with: its input cannot be used.
    exit_code: ClassVar[int] = 2

    def __init__(self, findings: tuple[Finding, ...], *, shown: int = 20) -> None:
        lines = [str(finding) for finding in findings[:shown]]
        if len(findings) > shown:
            lines.append(f"… and {len(findings) - shown} more")
        super().__init__("\n".join(lines))
        self.findings = findings

    def __reduce__(self) -> tuple[type[ContractError], tuple[tuple[Finding, ...]]]:
        return (type(self), (self.findings,))
