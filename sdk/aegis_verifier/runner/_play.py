"""
Plays one case: sends what its script yields, and judges every exchange.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from aegis_verifier._settings import Settings
from aegis_verifier._values import Case, Exchange, Open, Outcome, Request, Together, Wait
from aegis_verifier.checks import Judge
from aegis_verifier.runner._transport import Transport

_HANGS = 2
_MOST_STEPS = 400
_GLANCE = 0.05
_BUSY = frozenset({429})
_PATIENCE = 2.0


class Player:
    """
    Plays cases against one provider.

    Args:
        heard: is told every exchange, in the order in which they end.
        end: nothing is sent after this reading of ``time.perf_counter``.
    """

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        heard: Callable[[Exchange], None] | None = None,
        prefix: str = "",
        end: float | None = None,
    ) -> None:
        self.transport = transport
        self.settings = settings
        self.judge = Judge()
        self.prefix = prefix
        self._end = end
        self._heard = heard
        self._hangs: Counter[str] = Counter()
        self._begun = time.perf_counter()

    def play(self, case: Case) -> Outcome:
        """
        Play *case* to its end.
        """
        outcome = Outcome(case)
        if self.settings.setup is not None:
            self.settings.setup(case.operation.key)
        script = case.script()
        try:
            answer: Any = None
            for _ in range(_MOST_STEPS):
                asked = script.send(answer)
                if isinstance(asked, Wait):
                    left = max(0.0, self._end - time.perf_counter()) if self._end is not None else asked.seconds
                    answer = wait(replace(asked, seconds=min(asked.seconds, left)))
                elif isinstance(asked, Together):
                    with ThreadPoolExecutor(len(asked.requests)) as pool:
                        answer = list(pool.map(self._send, asked.requests))
                    outcome.exchanges += answer
                else:
                    answer = self._send(asked)
                    outcome.exchanges.append(answer)
            outcome.open = f"has more than {_MOST_STEPS} steps"
        except StopIteration as stop:
            outcome.failures += stop.value or []
        except Open as reason:
            outcome.open = str(reason)
        except Exception as error:  # noqa: BLE001 - one case of ours that breaks must not take the others' report along
            outcome.open = f"the verifier itself broke ({type(error).__name__}); please tell us"
        finally:
            script.close()
        for exchange in outcome.exchanges:
            outcome.failures += self.judge.failures(exchange)
        return outcome

    def _send(self, request: Request) -> Exchange:
        key = request.operation.key
        if self._hangs[key] >= _HANGS:
            raise Open(f"{key} hangs, so the rest of its cases were not played")
        now = time.perf_counter()
        if self._end is not None and now > self._end:
            raise Open("not played to its end: the time for the run was over")
        started = now - self._begun
        if self.prefix:
            request = replace(request, target=self.prefix + request.target)
        if request.condition is not None:
            request = request.on(self._send(request.condition).response)
        exchange = self.transport.send(request, self._patience(now))
        if exchange.trouble == "hang" and self._end is not None and time.perf_counter() > self._end:
            raise Open("not played to its end: the time for the run was over")
        if exchange.trouble == "hang":
            self._hangs[key] += 1
        elif exchange.status in _BUSY and exchange.response is not None:
            after = exchange.response.headers.get("retry-after", "")
            if after.isdecimal() and int(after) <= _PATIENCE:
                time.sleep(int(after))
                exchange = self.transport.send(request, self.settings.timeout)
        exchange = replace(exchange, started=started)
        if self._heard is not None:
            self._heard(exchange)
        return exchange

    def _patience(self, now: float) -> float:
        left = self._end - now if self._end is not None else self.settings.timeout
        return max(0.01, min(self.settings.timeout, left))


def wait(asked: Wait) -> Any:
    """
    Look until there is something, or the time is over.
    """
    end = time.monotonic() + asked.seconds
    while (found := asked.look()) is None and time.monotonic() < end:
        time.sleep(_GLANCE)
    return found
