"""
What a batch found, in numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from aegis_sdk.clients._business import BusinessVerdict

__all__ = ["Summary"]


@dataclass(slots=True)
class Summary:
    """
    What a batch found, in numbers.

    Attributes:
        rows: verdicts, one for each row.
        statuses: how many there are of each status.
        check_digit_warnings: numbers whose sum does not hold.
        asked: businesses that were asked for, repeated attempts too.
        calls: to the registry.
        seconds: over all runs of this batch.
        compared: verdicts that a last time has one for, too.
        new: numbers that the last time had none for.
        changed: such as ``{"active → closed": 3}``.
    """

    rows: int = 0
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    check_digit_warnings: int = 0
    asked: int = 0
    calls: int = 0
    seconds: float = 0.0
    compared: int = 0
    new: int = 0
    changed: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, verdict: BusinessVerdict) -> None:
        """
        Count one verdict.
        """
        self.rows += 1
        self.statuses[verdict.status] = self.statuses.get(verdict.status, 0) + 1
        self.check_digit_warnings += not verdict.check_digit

    def as_value(self) -> dict[str, Any]:
        """
        Return the numbers as JSON.
        """
        return asdict(self)

    def lines(self) -> list[str]:
        """
        Say it in words.
        """
        rate = f", {self.rows / self.seconds:,.0f}/s" if self.seconds else ""
        said = [
            f"{self.rows:,} rows in {self.seconds:,.1f} s{rate}; {self.calls:,} calls for {self.asked:,} businesses"
        ]
        said += [
            f"  {status:<14}{count:>12,}" for status, count in sorted(self.statuses.items(), key=lambda each: -each[1])
        ]
        if self.check_digit_warnings:
            said.append(f"  {self.check_digit_warnings:,} numbers have a check digit that does not match")
        if self.compared or self.new:
            total = sum(self.changed.values())
            said.append(f"since last time: {total:,} of {self.compared:,} changed, {self.new:,} new")
            said += [
                f"  {what:<28}{count:>12,}" for what, count in sorted(self.changed.items(), key=lambda each: -each[1])
            ]
        return said
