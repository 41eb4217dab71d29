"""
How often something was wanted, and the message when it was not so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aegis_mockserver.control.journal._secrets import NOBODYS, Secrets
from aegis_mockserver.control.journal._verification import Comparison

SHOWN = 5


class Times(NamedTuple):
    """
    How often: exactly, or within bounds; at least once if nothing is said.
    """

    low: int
    high: int | None

    @classmethod
    def of(cls, times: int | None, at_least: int | None, at_most: int | None) -> Times:
        """
        Read what a verification was told.

        Raises:
            ValueError: it says two things at once, or nothing possible.
        """
        if times is not None and not at_least is at_most is None:
            raise ValueError("times says exactly how often: leave at_least and at_most out")
        low = next((n for n in (times, at_least) if n is not None), 0 if at_most is not None else 1)
        high = times if times is not None else at_most
        if low < 0 or (high is not None and high < low):
            raise ValueError("times, at_least and at_most are numbers from 0, and at_least is not more than at_most")
        return cls(low, high)

    def fits(self, count: int) -> bool:
        """
        Say whether *count* is as wanted.
        """
        return self.low <= count and (self.high is None or count <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {_times(self.low)}"
        return _times(self.low) if self.low == self.high else f"{self.low} to {_times(self.high)}"


class Near(NamedTuple):
    """
    One that was not meant, and in which points.
    """

    line: str
    differences: Sequence[str]


def differences(wanted: Mapping[str, Any], actual: Any, pointer: str, secrets: Iterable[str] = ()) -> list[str]:
    """
    Say in which points *actual* has not what is wanted; of a secret only that it is another one.
    """
    known = Secrets(secrets) if secrets else NOBODYS
    return Comparison(lambda: known)(wanted, actual, pointer)


def told(what: str, count: int, times: Times, near: Sequence[Near], names: Iterable[str]) -> str:
    """
    Say what was wanted, what was near and what there was at all.
    """
    lines = [f"{what}: {_times(count)}, wanted {times}"]
    for one in sorted(near, key=lambda one: len(one.differences))[:SHOWN] if count < times.low else ():
        lines.append(f"  near: {one.line}")
        lines += [f"    {difference}" for difference in one.differences[:10]]
    counted = Counter(names)
    listed = ", ".join(f"{number}× {name}" for name, number in counted.most_common(20))
    lines.append(f"  there: {listed}" if listed else "  there: nothing at all")
    return "\n".join(lines)


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
