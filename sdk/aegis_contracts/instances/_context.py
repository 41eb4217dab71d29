"""
What one generation carries: its place in the random stream, its budget and its switches.

Nothing here reads a clock, an environment or `hash()`: a value is a function of schema and seed. Every property and
item draws from a stream derived from its parent's and its own name, so that a change in one place leaves the others
as they were.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, TypeAlias, TypeVar

Json: TypeAlias = Any
Trouble: TypeAlias = "dict[str | int | None, Any]"

T = TypeVar("T")

# After so many failures in one place, what is optional there is left out.
HOPELESS: Final = 6
_MASK: Final = (1 << 64) - 1
_UNIT: Final = 2.0**-53


class Ungeneratable(Exception):  # noqa: N818 (said of a schema, as a fact)
    """
    No valid value was found; *pointer* and *keyword* say which part of the schema stood in the way.
    """

    def __init__(self, pointer: str, keyword: str, reason: str) -> None:
        super().__init__(f"cannot generate a value for #{pointer}: {keyword}: {reason}")
        self.pointer = pointer
        self.keyword = keyword
        self.reason = reason


class Conflict(Exception):  # noqa: N818 (said of a schema, as a fact)
    """
    This combination of schemas admits no value, or none was found; another choice may.
    """

    def __init__(self, pointer: str, keyword: str, reason: str) -> None:
        super().__init__(f"#{pointer}: {keyword}: {reason}")
        self.pointer = pointer
        self.keyword = keyword
        self.reason = reason

    def said(self) -> Conflict:
        """
        The same, to be raised or kept: an exception that is raised again and again drags a growing traceback along.
        """
        return Conflict(self.pointer, self.keyword, self.reason)


class Exhausted(Exception):  # noqa: N818 (said of a schema, as a fact)
    """
    The budget of work for one value is used up.
    """


def salt(text: str) -> int:
    """
    A number for *text* that is the same in every process.
    """
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) + 1


def start(seed: str) -> int:
    """
    The first state of the stream that belongs to *seed*.
    """
    return int.from_bytes(blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def mix(state: int, number: int) -> int:
    """
    A new state from a state and a number (the finalizer of splitmix64).
    """
    z = (state + number * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Context:
    """
    The random stream, the budget and the switches of one generation.

    Args:
        state: where the random stream begins.
        left: how many values may still be made before only what is required is made.
        deepest: from which nesting on only what is required is made.
        work: how many steps may be taken at all, retries included.
        optional: the chance that an optional property is there; `None` lets the budget decide.
        examples: whether examples and defaults are used.
        trouble: instance paths where an earlier attempt failed, as nested dicts (`None` holds the number of failures).
    """

    __slots__ = (
        "deepest",
        "depth",
        "examples",
        "label",
        "left",
        "optional",
        "probing",
        "repeat",
        "state",
        "subject",
        "trouble",
        "work",
    )

    def __init__(
        self,
        state: int,
        *,
        left: int,
        deepest: int,
        work: int,
        optional: float | None = None,
        examples: bool = True,
        trouble: Trouble | None = None,
    ) -> None:
        self.state = state
        self.left = left
        self.deepest = deepest
        self.work = work
        self.optional = optional
        self.examples = examples
        self.trouble = trouble
        self.depth = 0
        self.repeat = 0
        self.label = ""
        self.probing = False
        # What one thing is said to be: the person and the place that all its properties speak of.
        self.subject = state

    def below(self, number: int) -> int:
        """
        A number from 0 up to, and without, *number*.
        """
        self.state = state = (self.state * 6364136223846793005 + 1442695040888963407) & _MASK
        if number <= 1 << 32:
            return ((state >> 32) * number) >> 32
        bits = state >> 32
        for _ in range(number.bit_length() // 32 + 1):
            self.state = state = (self.state * 6364136223846793005 + 1442695040888963407) & _MASK
            bits = bits << 32 | state >> 32
        return bits % number

    def between(self, low: int, high: int) -> int:
        """
        A number from *low* to *high*, both included.
        """
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        """
        True with *probability*.
        """
        self.state = state = (self.state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (state >> 11) * _UNIT < probability

    def pick(self, choices: Sequence[T]) -> T:
        """
        One of *choices*.
        """
        self.state = state = (self.state * 6364136223846793005 + 1442695040888963407) & _MASK
        return choices[((state >> 32) * len(choices)) >> 32]

    @property
    def scarce(self) -> bool:
        """
        Whether only what is required should be made from here on.
        """
        return self.left <= 0 or self.depth >= self.deepest

    def spend(self) -> None:
        """
        Count one step of work.
        """
        self.work -= 1
        if self.work < 0:
            raise Exhausted
