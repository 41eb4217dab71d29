"""
Faults: what may go wrong on purpose, per operation and world.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Distribution = Literal["fixed", "uniform", "normal", "lognormal", "exponential"]
KEYS = frozenset(
    {
        "operation", "latency", "jitter", "distribution", "error_rate", "status", "schedule",
        "reset", "truncate", "bytes_per_second", "rate_limit", "window", "retry_after", "times",
    }
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """
    One fault.

    Args:
        operation: key of the operation, or ``*`` for every one.
        latency: seconds before the answer.
        jitter: width of the distribution, in seconds.
        distribution: fixed, uniform, normal, lognormal or exponential.
        error_rate: share (0…1) of calls that *status*, *reset* and *truncate* are for.
        status: answer this status instead.
        schedule: statuses for one call after the other, 0 for the true answer; begins again at its end.
        reset: end the connection instead of answering.
        truncate: send only this share of the body, then end the connection.
        bytes_per_second: send the body no faster.
        rate_limit: calls in each *window*; beyond them 429 with ``Retry-After``.
        window: seconds that *rate_limit* counts over.
        retry_after: what ``Retry-After`` says with *status*.
        times: the fault is for this many calls, then it is over; 0 for ever.
        number: counts from 1 in its world.
    """

    operation: str = "*"
    latency: float = 0.0
    jitter: float = 0.0
    distribution: Distribution = "fixed"
    error_rate: float = 1.0
    status: int = 0
    schedule: tuple[int, ...] = ()
    reset: bool = False
    truncate: float | None = None
    bytes_per_second: int | None = None
    rate_limit: int = 0
    window: float = 1.0
    retry_after: int | None = None
    times: int = 0
    calls: int = field(default=0, compare=False)
    window_start: float = field(default=0.0, compare=False)
    window_calls: int = field(default=0, compare=False)
    number: int = field(default=0, compare=False)

    def as_value(self) -> dict[str, Any]:
        """
        Return the fault as JSON.
        """
        value = asdict(self)
        return {key: value[key] for key in sorted(KEYS) if value[key] not in (0, 0.0, None, (), False)} | {
            "calls": self.calls,
            "number": self.number,
        }


@dataclass(frozen=True, slots=True)
class Effect:
    """
    What a fault does to one call.
    """

    delay: float = 0.0
    status: int = 0
    retry_after: int | None = None
    reset: bool = False
    truncate: float | None = None
    bytes_per_second: int | None = None


NO_EFFECT = Effect()


def read_fault(value: Mapping[str, Any]) -> Fault:
    """
    Read a fault as the control API, the command line or ``x-mock-faults`` write it.

    Raises:
        ValueError: it says something unknown or impossible.
    """
    unknown = sorted(set(value) - KEYS - {"calls", "number"})
    if unknown:
        raise ValueError(f"unknown member {unknown[0]!r}; known are {', '.join(sorted(KEYS))}")
    given: dict[str, Any] = {key: item for key, item in value.items() if key in KEYS}
    try:
        given["schedule"] = tuple(int(status) for status in given.get("schedule", ()))
        fault = Fault(**given)
        numbers = (fault.latency, fault.jitter, fault.error_rate, fault.window, fault.rate_limit, fault.status)
        possible = all(number >= 0 for number in numbers) and fault.error_rate <= 1 and fault.window > 0
        statuses = all(status == 0 or 100 <= status <= 599 for status in (fault.status, *fault.schedule))
    except TypeError:
        raise ValueError("every figure must be a number, and schedule a list of statuses") from None
    if not possible or not statuses:
        raise ValueError("figures must not be negative, error_rate at most 1, statuses 100 to 599")
    if fault.truncate is not None and not 0 <= fault.truncate < 1:
        raise ValueError("truncate must be at least 0 and less than 1")
    if fault.bytes_per_second is not None and fault.bytes_per_second <= 0:
        raise ValueError("bytes_per_second must be more than 0")
    return fault


class Faults:
    """
    The faults of one world; nearly always there are none, and asking costs nothing.
    """

    __slots__ = ("_changed", "_count", "_random", "active")

    def __init__(self, changed: Callable[[], None], seed: str = "faults") -> None:
        self.active: list[Fault] = []
        self._changed = changed
        self._count = 0
        self._random = random.Random(seed)

    def add(self, fault: Fault) -> None:
        """
        Switch a fault on.
        """
        self._count += 1
        fault.number = self._count
        self.active.append(fault)
        self._changed()

    def remove(self, number: int) -> bool:
        """
        Switch one fault off; False when there is none of that number.
        """
        before = len(self.active)
        self.active = [fault for fault in self.active if fault.number != number]
        self._changed()
        return len(self.active) < before

    def clear(self, operation: str | None = None) -> None:
        """
        Switch the faults of one operation off, or all.
        """
        self.active = [fault for fault in self.active if operation is not None and fault.operation != operation]
        self._changed()

    def effect(self, operation: str, now: float) -> Effect:
        """
        Say what the faults do to this call.
        """
        delay, chosen = 0.0, NO_EFFECT
        for fault in tuple(self.active):
            if fault.operation not in {"*", operation}:
                continue
            fault.calls += 1
            if fault.times and fault.calls > fault.times:
                continue
            delay += self._delay(fault)
            effect = self._spoil(fault, now)
            if chosen is NO_EFFECT:
                chosen = effect
        if not delay:
            return chosen
        return Effect(delay, chosen.status, chosen.retry_after, chosen.reset, chosen.truncate, chosen.bytes_per_second)

    def _delay(self, fault: Fault) -> float:
        match fault.distribution:
            case "uniform":
                return max(0.0, fault.latency + self._random.uniform(-fault.jitter, fault.jitter))
            case "normal":
                return max(0.0, self._random.gauss(fault.latency, fault.jitter))
            case "lognormal":
                return fault.latency * self._random.lognormvariate(0.0, fault.jitter or 0.5)
            case "exponential":
                return self._random.expovariate(1 / fault.latency) if fault.latency else 0.0
            case _:
                return fault.latency

    def _spoil(self, fault: Fault, now: float) -> Effect:
        if fault.rate_limit:
            if now - fault.window_start >= fault.window or now < fault.window_start:
                fault.window_start, fault.window_calls = now, 0
            fault.window_calls += 1
            if fault.window_calls > fault.rate_limit:
                wait = fault.window_start + fault.window - now
                return Effect(status=429, retry_after=max(1, int(wait + 0.999)))
        if fault.schedule:
            status = fault.schedule[(fault.calls - 1) % len(fault.schedule)]
            return Effect(status=status, retry_after=fault.retry_after) if status else NO_EFFECT
        slow = fault.bytes_per_second
        if not (fault.status or fault.reset or fault.truncate is not None):
            return Effect(bytes_per_second=slow) if slow else NO_EFFECT
        if fault.error_rate < 1 and self._random.random() >= fault.error_rate:
            return Effect(bytes_per_second=slow) if slow else NO_EFFECT
        return Effect(0.0, fault.status, fault.retry_after, fault.reset, fault.truncate, slow)
