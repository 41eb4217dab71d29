"""
Numbers: bounds and steps, exact in decimal.

`multipleOf: 0.01` means hundredths as they are written, so all reckoning is done with fractions of the written
decimals; a float is only made where its shortest text is exactly the number that was meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from aegis_contracts.instances._context import Conflict, Context, Json
from aegis_contracts.instances._values import FRACTION, INTEGER
from aegis_contracts.instances.words._vocabulary import vocabulary

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan

_FORMATS: Final[dict[str, tuple[int, int]]] = {
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "float": (-(2**127), 2**127),
    "double": (-(2**1023), 2**1023),
}
_WIDE: Final = 1000


def exact(number: Any) -> Fraction:
    """
    The number as it is written.
    """
    return Fraction(Decimal(repr(number))) if isinstance(number, float) else Fraction(number)


class NumberMaker:
    """
    Makes numbers within the bounds and on the steps of a plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._vocabulary = vocabulary()
        self.low: Fraction | None = None
        self.high: Fraction | None = None
        self.low_open = self.high_open = False
        self.steps: list[Fraction] = []
        self.whole = not plan.types & FRACTION
        self.broken = not plan.types & INTEGER
        for part in plan.parts:
            self._read(part.keywords)
        self.step = _common(self.steps) if self.steps else None
        if self.whole:
            self.step = _common([*self.steps, Fraction(1)])
        if self.low is not None and self.high is not None:
            narrow = self.low == self.high and (self.low_open or self.high_open)
            if self.low > self.high or narrow or (self.step and not self._room(self.step)):
                raise Conflict(plan.pointer, "minimum", "the bounds leave no number")

    def _read(self, keywords: dict[str, Any]) -> None:
        bounds = _FORMATS.get(keywords.get("format", ""))
        if bounds is not None:
            self._raise_low(Fraction(bounds[0]), open_=False)
            self._drop_high(Fraction(bounds[1]), open_=False)
        for keyword, value in keywords.items():
            if keyword == "minimum":
                self._raise_low(exact(value), open_=False)
            elif keyword == "maximum":
                self._drop_high(exact(value), open_=False)
            elif keyword == "exclusiveMinimum":
                self._raise_low(exact(value), open_=True)
            elif keyword == "exclusiveMaximum":
                self._drop_high(exact(value), open_=True)
            elif keyword == "multipleOf":
                self.steps.append(exact(value))

    def _raise_low(self, bound: Fraction, *, open_: bool) -> None:
        if self.low is None or bound > self.low or (bound == self.low and open_):
            self.low, self.low_open = bound, open_

    def _drop_high(self, bound: Fraction, *, open_: bool) -> None:
        if self.high is None or bound < self.high or (bound == self.high and open_):
            self.high, self.high_open = bound, open_

    # -- facts ---------------------------------------------------------------------------------------------------------

    def needed(self) -> Iterator[Plan]:
        """
        Nothing: a number has no parts.
        """
        return iter(())

    def admits(self, value: Any) -> bool:
        """
        Say whether *value* is within the bounds and on the steps.
        """
        number = exact(value)
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        if self.high is not None and (number > self.high or (self.high_open and number == self.high)):
            return False
        return all(number % step == 0 for step in self.steps)

    def _room(self, step: Fraction) -> _Factors:
        """
        The multiples of *step* between the bounds, as a range of factors; at most a handful where a bound is missing.
        """
        first = math.ceil(self.low / step) if self.low is not None else None
        last = math.floor(self.high / step) if self.high is not None else None
        if first is not None and self.low_open and first * step == self.low:
            first += 1
        if last is not None and self.high_open and last * step == self.high:
            last -= 1
        if first is not None and last is not None and last - first > 100 * _WIDE * max(1, math.floor(1 / step)):
            # A bound that is only the type's own (int32) says nothing about the values that are meant.
            first, last = _near_zero(first, last, _WIDE * max(1, math.floor(1 / step)))
        wide = _WIDE if step >= 1 else _WIDE * max(1, math.floor(1 / step))
        if first is None:
            first = 1 if last is None or last >= 1 else last - wide
        if last is None:
            last = max(first + wide, wide) if first <= wide else first + wide
        return _Factors(first, last)

    # -- making --------------------------------------------------------------------------------------------------------

    def make(self, context: Context, name: str) -> Json:
        """
        Make a number.
        """
        hint = self._vocabulary.number(name)
        if hint is not None:
            for _ in range(4):
                value = hint(context)
                if isinstance(value, float) and self.whole:
                    value = round(value)
                if not (self.broken and exact(value).denominator == 1) and self.admits(value):
                    return value
        return self._plain(context)

    def _plain(self, context: Context) -> Json:
        for digits in (None,) if self.step else (Fraction(1), Fraction(1, 100), Fraction(1, 10**4), *_FINER):
            step = self.step or digits or Fraction(1)
            if not self.whole and digits == 1 and (self.broken or context.chance(0.5)):
                continue
            factors = self._room(step)
            for _ in range(20 if factors else 0):
                number = context.between(factors.start, factors.stop - 1) * step
                if self.broken and number.denominator == 1:
                    continue
                value = _written(number, whole=self.whole)
                if value is not None and self.admits(value):
                    return value
        value = self._whole_multiple(context)
        if value is None:
            raise Conflict(self._plan.pointer, "multipleOf" if self.steps else "minimum", "no number was found")
        return value

    def _whole_multiple(self, context: Context) -> Json:
        """
        Far from zero a float cannot say hundredths, but a whole number still can be one's multiple.
        """
        factors = self._room(_common([*self.steps, Fraction(1)]))
        if self.broken or not factors:
            return None
        return int(context.between(factors.start, factors.stop - 1) * _common([*self.steps, Fraction(1)]))


_FINER: Final = tuple(Fraction(1, 10**digits) for digits in (7, 10, 15, 20, 40, 80, 160, 320))


def _near_zero(first: int, last: int, wide: int) -> tuple[int, int]:
    if first <= 1 <= last:
        return 1, min(last, wide)
    return (first, first + wide) if first > 1 else (last - wide, last)


class _Factors:
    """
    Whole numbers from *start* up to *stop*; like `range`, which `len` limits to the machine's word.
    """

    __slots__ = ("start", "stop")

    def __init__(self, first: int, last: int) -> None:
        self.start = first
        self.stop = last + 1

    def __bool__(self) -> bool:
        return self.stop > self.start


def _common(steps: list[Fraction]) -> Fraction:
    """
    The smallest number that all of *steps* divide.
    """
    result = steps[0]
    for step in steps[1:]:
        numerator = math.lcm(result.numerator * step.denominator, step.numerator * result.denominator)
        result = Fraction(numerator, result.denominator * step.denominator)
    return result


def _written(number: Fraction, *, whole: bool) -> int | float | None:
    """
    *number* as JSON would write it, or nothing where a float cannot.
    """
    if number.denominator == 1 and (whole or abs(number) > 2**53):
        return number.numerator
    try:
        value = float(number)
    except OverflowError:
        return number.numerator if number.denominator == 1 else None
    if exact(value) == number:
        return value
    return None
