"""
A circuit breaker: after failures in a row a provider is left alone for a while, then asked by one probe at a time.
"""

from __future__ import annotations

import threading
from enum import Enum

from aegis_sdk._runtime._clock import SYSTEM, Clock

__all__ = ["Circuit", "CircuitState", "shared_circuit"]


class CircuitState(Enum):
    """
    Where a circuit stands.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit:
    """
    One provider's circuit, safe to use from threads and event loops alike (it never waits).

    Args:
        failures: how many failures in a row open it.
        recovery: seconds until a probe may try.
    """

    def __init__(self, name: str = "", *, failures: int = 5, recovery: float = 60.0, clock: Clock = SYSTEM) -> None:
        self.name = name
        self.threshold = failures
        self.recovery = recovery
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_until: float | None = None
        self._probe = 0
        self._epoch = 0

    @property
    def state(self) -> CircuitState:
        """
        Where the circuit stands now; an open one whose recovery time is over counts as half-open.
        """
        with self._lock:
            if self._opened_until is None:
                return CircuitState.CLOSED
            if self._probe or self._clock.monotonic() >= self._opened_until:
                return CircuitState.HALF_OPEN
            return CircuitState.OPEN

    @property
    def failures(self) -> int:
        """
        Failures in a row so far.
        """
        return self._failures

    @property
    def opens_until(self) -> float | None:
        """
        The clock's monotonic time from which a probe may try, or ``None`` when closed.
        """
        return self._opened_until

    @property
    def retry_after(self) -> float:
        """
        Seconds until a probe may try; 0 when one may try, or is trying, now.
        """
        until = self._opened_until
        return 0.0 if until is None else max(0.0, until - self._clock.monotonic())

    def reset(self) -> None:
        """
        Close the circuit and forget its failures.
        """
        with self._lock:
            self._epoch += 1
            self._failures = 0
            self._opened_until = None
            self._probe = 0

    def admit(self) -> int:
        """
        Ask to send: a positive ticket to hand back with the outcome, or 0 when refused.
        """
        if self._opened_until is None:
            return self._epoch * 2 + 2
        with self._lock:
            if self._opened_until is None:
                return self._epoch * 2 + 2
            if self._probe or self._clock.monotonic() < self._opened_until:
                return 0
            self._epoch += 1
            self._probe = self._epoch * 2 + 1
            return self._probe

    def succeeded(self, ticket: int) -> None:
        """
        The provider answered.
        """
        if self._failures == 0 and self._opened_until is None:
            return
        with self._lock:
            if ticket == self._probe:
                self._epoch += 1
                self._probe = 0
                self._opened_until = None
                self._failures = 0
            elif self._opened_until is None:
                self._failures = 0

    def failed(self, ticket: int) -> None:
        """
        The provider failed.
        """
        with self._lock:
            now = self._clock.monotonic()
            if ticket == self._probe:
                self._probe = 0
                self._failures += 1
                self._opened_until = now + self.recovery
            elif self._opened_until is None and ticket == self._epoch * 2 + 2:
                self._failures += 1
                if self._failures >= self.threshold:
                    self._opened_until = now + self.recovery

    def abandoned(self, ticket: int) -> None:
        """
        The attempt ended without telling anything about the provider; a probe gives its slot back.
        """
        with self._lock:
            if ticket == self._probe:
                self._probe = 0

    def __repr__(self) -> str:
        return f"<Circuit {self.name} {self.state.value}, {self._failures} failures in a row>"


_shared: dict[tuple[str, str], Circuit] = {}
_shared_lock = threading.Lock()


def shared_circuit(api: str, host: str, failures: int, recovery: float) -> Circuit:
    """
    The process's one circuit for an API at a host.
    """
    key = (api, host)
    with _shared_lock:
        circuit = _shared.get(key)
        if circuit is None:
            circuit = _shared[key] = Circuit(f"{api}@{host}", failures=failures, recovery=recovery)
        return circuit
