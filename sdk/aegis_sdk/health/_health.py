"""
Named checks, run side by side.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol, cast

from aegis_runtime._numbers import seconds_fault
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.health._report import HealthReport, Result
from aegis_sdk.health._run import Check, Probe

if TYPE_CHECKING:
    from aegis_sdk.health._asgi import HealthApp
    from aegis_sdk.health._wsgi import WsgiHealthApp

__all__ = ["HasHealth", "Health"]

_log = logging.getLogger("aegis_sdk.health")


class HasHealth(Protocol):
    """
    What says of itself how it is: publishers, consumers and relays do.
    """

    def health(self) -> Any: ...


class Health:
    """
    The health of a service: what it depends on, by name.

    ```python
    health = Health({"database": postgres(pool), "redis": redis(client), "kafka": publisher}, timeout=0.5)
    report = await health.check()
    report.status_code, report.body
    ```

    A check is a function, asynchronous or not, or something with a method ``health``. It is unhealthy when it raises,
    returns ``False`` or a text other than ``healthy``, or takes too long. What everybody may read is what it says on
    purpose: ``raise Unhealthy("the pool is empty")``, or the text ``unhealthy: the pool is empty``; no other text is
    told. Checks that are not asynchronous run in a thread each. Those who ask while a check runs share its answer.

    Args:
        checks: the checks by name.
        timeout: seconds that a check may take; by name where they differ, the rest then has 2 s.
        ready: the checks without which the service cannot serve; all of them unless given.
    """

    def __init__(
        self,
        checks: Mapping[str, Check | HasHealth],
        *,
        timeout: float | Mapping[str, float] = 2.0,
        ready: Iterable[str] | None = None,
    ) -> None:
        for name in checks:
            if not isinstance(name, str) or not name.strip():  # pyright: ignore[reportUnnecessaryIsInstance] -- users do
                raise ConfigurationError(
                    f"Health: every check needs a name, a text that is not empty; one has {name!r}"
                )
        if isinstance(timeout, Mapping):
            _known(timeout, checks, "timeout")
            times = {name: timeout.get(name, 2.0) for name in checks}
        else:
            times = dict.fromkeys(checks, timeout)
        for name, given in times.items():
            if fault := seconds_fault(given):
                raise ConfigurationError(f"Health: timeout of {name} {fault}")
        self._probes = {name: Probe(name, _check(name, check), times[name]) for name, check in checks.items()}
        self._needed = tuple(checks) if ready is None else _known(tuple(ready), checks, "ready")
        self._draining = False
        self._known: dict[str, bool] = {}
        self._aside: _Aside | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Health of {', '.join(self._probes) or 'nothing'}>"

    @property
    def names(self) -> tuple[str, ...]:
        """
        The names of the checks.
        """
        return tuple(self._probes)

    async def check(self) -> HealthReport:
        """
        Run every check. Takes as long as the slowest, and never longer than its deadline.
        """
        return await self._report(self._probes)

    async def readiness(self) -> HealthReport:
        """
        Say whether requests may be sent here: the checks that the service needs, and 503 once it is draining.
        """
        report = await self._report(self._needed)
        if self._draining:
            results = {**report.results, "service": Result("it is shutting down")}
            report = HealthReport(results, report.timestamp)
        return report

    def liveness(self) -> HealthReport:
        """
        Say that the process runs. It asks nobody: restarting a service does not mend its database.
        """
        return HealthReport({}, datetime.now(UTC))

    def drain(self) -> None:
        """
        From now on the service is not ready, so that load balancers leave it before it stops.
        """
        self._draining = True

    def check_sync(self) -> HealthReport:
        """
        ``check`` for code without an event loop; asynchronous checks run in a loop of their own, in one thread.
        """
        return self._in_loop(self.check)

    def readiness_sync(self) -> HealthReport:
        """
        ``readiness`` for code without an event loop.
        """
        return self._in_loop(self.readiness)

    def asgi(self, **paths: str) -> HealthApp:
        """
        Make an ASGI application that answers ``/health``, ``/ready`` and ``/live``.
        """
        from aegis_sdk.health._asgi import HealthApp

        return HealthApp(self, **paths)

    def wsgi(self, **paths: str) -> WsgiHealthApp:
        """
        Make a WSGI application that answers ``/health``, ``/ready`` and ``/live``.
        """
        from aegis_sdk.health._wsgi import WsgiHealthApp

        return WsgiHealthApp(self, **paths)

    def router(self, **paths: str) -> Any:
        """
        Make a FastAPI router that answers ``/health``, ``/ready`` and ``/live``.
        """
        from aegis_sdk.health._fastapi import router

        return router(self, **paths)

    async def _report(self, names: Iterable[str]) -> HealthReport:
        asked = tuple(names)
        now = datetime.now(UTC)
        results = await asyncio.gather(*(self._probes[name].run() for name in asked))
        found = dict(zip(asked, results, strict=True))
        for name, result in found.items():
            if self._known.get(name, True) != bool(result):
                _log.log(logging.INFO if result else logging.WARNING, "health of %s: %s", name, result)
            self._known[name] = bool(result)
        return HealthReport(found, now)

    def _in_loop(self, ask: Callable[[], Coroutine[Any, Any, HealthReport]]) -> HealthReport:
        with self._lock:
            if self._aside is None or not self._aside.alive:
                self._aside = _Aside()
            aside = self._aside
        return asyncio.run_coroutine_threadsafe(ask(), aside.loop).result()


class _Aside:
    """
    An event loop in a thread of its own, for code that has none.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="health checks", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        # Threads do not live through a fork; then a new one is made.
        return self._thread.is_alive()


def _check(name: str, given: Any) -> Check:
    if callable(given):
        return cast("Check", given)
    inside = getattr(given, "health", None)
    if callable(inside):
        from aegis_sdk.health._checks import part

        return part(given)
    kind = type(given).__name__
    raise ConfigurationError(f"Health: {name} must be a function, or have a method health; it is of type {kind}")


def _known(names: Iterable[str], checks: Mapping[str, Any], what: str) -> tuple[str, ...]:
    listed = tuple(names)
    for name in listed:
        if name not in checks:
            near = get_close_matches(name, checks, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(checks) or 'none'}"
            raise ConfigurationError(f"Health: {what} names {name}, and no check has this name{hint}")
    return listed
