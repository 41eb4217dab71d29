"""
Numbers of settings: one rule for all of them. No text, no truth value, nothing that compares as false with everything
(NaN), and no time that what waits underneath cannot count.
"""

from __future__ import annotations

from aegis_runtime.errors import ConfigurationError

__all__ = ["LONGEST", "checked_count", "checked_number", "checked_seconds", "number_fault", "seconds_fault"]

LONGEST = 1e9
"""Seconds: thirty years, and every clock, lock and socket underneath takes it."""


def number_fault(value: object, least: float = 0.0, most: float = LONGEST, *, above: bool = False) -> str:
    """
    What is wrong with a number from *least* to *most*, or nothing; with *above* it is more than *least*.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    # NaN is in no range, and an integer of any size can be compared.
    if (least < value if above else least <= value) and value <= most:
        return ""
    return f"must be a number {'above' if above else 'from'} {least:g}, at most {most:g}"


def seconds_fault(seconds: object) -> str:
    """
    What is wrong with a time limit, or nothing.
    """
    fault = number_fault(seconds, above=True)
    return fault.replace("a number", "a number of seconds")


def checked_seconds(name: str, seconds: float | None) -> float | None:
    """
    A time limit, found usable.

    Raises:
        ConfigurationError: it is not.
    """
    if seconds is not None and (fault := seconds_fault(seconds)):
        raise ConfigurationError(f"{name} {fault}")
    return seconds


def checked_number(name: str, value: float, least: float = 0.0, most: float = LONGEST) -> float:
    """
    A number, found usable.

    Raises:
        ConfigurationError: it is not.
    """
    if fault := number_fault(value, least, most):
        raise ConfigurationError(f"{name} {fault}")
    return value


def checked_count(name: str, count: int, least: int = 0) -> int:
    """
    A count, found usable.

    Raises:
        ConfigurationError: it is not.
    """
    whole = isinstance(count, int) and not isinstance(count, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not whole or count < least:
        raise ConfigurationError(f"{name} must be a whole number from {least}")
    return count
