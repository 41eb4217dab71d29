"""
A circuit breaker: after failures in a row a provider is left alone for a while, then asked by one probe at a time.
"""

from __future__ import annotations

import logging
import os
import threading
from enum import StrEnum
from weakref import WeakSet

from aegis_runtime._numbers import checked_count, checked_number
from aegis_runtime.resilience._clock import SYSTEM, Clock

__all__ = ["Circuit", "CircuitState", "in_trouble", "shared_circuit"]

logger = logging.getLogger("aegis_runtime")
# A probe that has told nothing for so long is lost: whoever held its ticket died. Calls have their own deadlines.
_LOST = 60.0


class CircuitState(StrEnum):
    """
    Where a circuit stands.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


def in_trouble(status: int) -> bool:
    """
    Say whether an answer counts as a failure: 4xx, 429 too, is the provider at work; only 5xx is trouble.
    """
    return status >= 500


class Circuit:
    """
    One provider's circuit. Threads and event loops may share it: it never waits for anything.

    Args:
        failures: how many failures in a row open it.
        recovery: seconds until a probe may try.
        logger: is told when it opens, and when it closes again.
    """

    def __init__(
        self,
        name: str = "",
        *,
        failures: int = 5,
        recovery: float = 60.0,
        clock: Clock = SYSTEM,
        logger: logging.Logger = logger,
    ) -> None:
        checked_count("a circuit's failures", failures, 1)
        checked_number("a circuit's recovery", recovery)
        self.name = name
        self.threshold = failures
        self.recovery = recovery
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        _circuits.add(self)
        self._failures = 0
        self._opens_until: float | None = None
        # Tickets tell outcomes apart: one that set out before the circuit opened says nothing about the time after.
        self._ticket = 1
        self._probe = 0
        self._probed_at = 0.0

    @property
    def state(self) -> CircuitState:
        """
        Where the circuit stands now; half-open when a probe may try, or is trying.
        """
        with self._lock:
            if self._opens_until is None:
                return CircuitState.CLOSED
            if self._probe or self._clock.monotonic() >= self._opens_until:
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
        The monotonic time from which a probe may try, or ``None`` when closed.
        """
        return self._opens_until

    @property
    def retry_after(self) -> float:
        """
        Seconds until a probe may try; 0 when one may, or is on its way.
        """
        until = self._opens_until
        return 0.0 if until is None else max(0.0, until - self._clock.monotonic())

    def after_fork(self) -> None:
        """
        Let go of a lock that a thread of the parent process may have held.
        """
        self._lock = threading.Lock()

    def reset(self) -> None:
        """
        Close the circuit and forget its failures.
        """
        with self._lock:
            self._close()

    def admit(self) -> int:
        """
        Ask to send: a ticket to hand back with the outcome, or 0 when refused.
        """
        until = self._opens_until
        if until is None:
            return self._ticket
        with self._lock:
            until = self._opens_until
            if until is None:
                return self._ticket
            now = self._clock.monotonic()
            if now < until or (self._probe and now - self._probed_at < max(self.recovery, _LOST)):
                return 0
            self._ticket += 1
            self._probe = self._ticket
            self._probed_at = now
            return self._probe

    def succeeded(self, ticket: int) -> None:
        """
        The provider answered.
        """
        if not self._failures:
            return
        with self._lock:
            # Any answer since the last change proves it alive: the probe's closes the circuit, another's resets the
            # count.
            if ticket != self._ticket or (self._opens_until is not None and ticket != self._probe):
                return
            recovered = self._opens_until is not None
            self._close()
        if recovered:
            self._logger.info("circuit %s: closed", self.name)

    def failed(self, ticket: int) -> None:
        """
        The provider failed.
        """
        with self._lock:
            if ticket != self._ticket or (self._opens_until is not None and ticket != self._probe):
                return
            self._failures += 1
            if ticket == self._probe or self._failures >= self.threshold:
                self._probe = 0
                self._opens_until = self._clock.monotonic() + self.recovery
            opened, failures = self._opens_until is not None, self._failures
        if opened:
            self._logger.warning(
                "circuit %s: open for %g s after %d failures in a row", self.name, self.recovery, failures
            )

    def abandoned(self, ticket: int) -> None:
        """
        The attempt ended without telling anything about the provider; a probe gives its turn back.
        """
        with self._lock:
            if ticket == self._probe:
                self._probe = 0

    def _close(self) -> None:
        if self._opens_until is not None:
            self._ticket += 1
        self._failures = 0
        self._opens_until = None
        self._probe = 0

    def __repr__(self) -> str:
        return f"<Circuit {self.name} {self.state.value}, {self._failures} failures in a row>"


_circuits: WeakSet[Circuit] = WeakSet()
_shared: dict[tuple[str, str], Circuit] = {}
_shared_lock = threading.Lock()


def _after_fork() -> None:
    # A thread that held a lock does not exist in the child.
    global _shared_lock
    _shared_lock = threading.Lock()
    for circuit in list(_circuits):
        circuit.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def shared_circuit(api: str, host: str, failures: int, recovery: float, logger: logging.Logger = logger) -> Circuit:
    """
    The process's one circuit for an API at a host.
    """
    key = (api, host)
    with _shared_lock:
        circuit = _shared.get(key)
        if circuit is None:
            circuit = _shared[key] = Circuit(f"{api}@{host}", failures=failures, recovery=recovery, logger=logger)
        return circuit
