"""
Does what walks ask for: sends requests where each contract's provider is, publishes, waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aegis_contracts import Contract
from aegis_contracts.arazzo import NowhereError, Sources
from aegis_verifier._settings import Settings
from aegis_verifier._values import Exchange, Wait
from aegis_verifier.checks import Judge
from aegis_verifier.runner import SocketTransport, Transport, wait
from aegis_verifier.workflows._runs import Pause, Send
from aegis_verifier.workflows.expressions._selectors import Unsupported
from aegis_verifier.workflows.messages._messages import Arrivals, Publish


class Driver:
    """
    Does what walks ask for.
    """

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        prefix: Callable[[Contract], str],
        heard: Callable[[Exchange], None],
        records: Arrivals | None,
        begun: float,
        servers: Mapping[str, str],
    ) -> None:
        self.judge = Judge()
        self._transport = transport
        self._settings = settings
        self._prefix = prefix
        self._heard = heard
        self._records = records
        self._begun = begun
        self._servers = servers
        self._others: dict[str, Transport] = {}
        self._by_contract: dict[int, str] = {}
        self._prefixes: dict[int, str] = {}

    def know(self, sources: Sources) -> None:
        """
        Learn which contracts have a provider of their own.
        """
        for name, url in self._servers.items():
            if name not in sources.names():
                continue
            try:
                contract = sources.source(name).contract
            except NowhereError:
                continue
            if contract is not None:
                self._by_contract[id(contract)] = url
                if url not in self._others:
                    self._others[url] = SocketTransport(url)

    def spent(self) -> float:
        """
        Say how many seconds the run has taken so far.
        """
        return time.perf_counter() - self._begun

    def address(self, contract: Contract) -> str:
        """
        Say where a contract's provider is.
        """
        return self._by_contract.get(id(contract), self._transport.address)

    def drive(self, walk: Any) -> Any:
        """
        Go through a walk to its end.
        """
        answer: Any = None
        while True:
            try:
                asked = walk.send(answer)
            except StopIteration as stop:
                return stop.value
            try:
                answer = self._answer(asked)
            except Unsupported as error:
                try:
                    asked = walk.throw(error)
                except StopIteration as stop:
                    return stop.value
                answer = self._answer(asked)

    def _answer(self, asked: Any) -> Any:
        match asked:
            case Send(request, timeout):
                return self._send(request, timeout)
            case Pause(seconds):
                time.sleep(seconds)
                return None
            case Publish():
                publish = getattr(self._records, "publish", None)
                if publish is None:
                    return "there is no Kafka to send to"
                return publish(asked.topic, asked.headers, asked.value)
            case Wait():
                return wait(asked)
            case _:
                raise AssertionError(asked)

    def _send(self, request: Any, timeout: float) -> Exchange:
        contract = request.operation.contract
        url = self._by_contract.get(id(contract), "")
        if url:
            transport, server = self._others[url], url
        else:
            transport, server = self._transport, ""
        key = id(contract)
        if key not in self._prefixes:
            self._prefixes[key] = "" if url else self._prefix(contract)
        moved = replace(request, target=self._prefixes[key] + request.target, server=server)
        started = self.spent()
        exchange = replace(transport.send(moved, timeout), started=started)
        self._heard(exchange)
        return exchange

    def close(self) -> None:
        """
        Let go of connections.
        """
        for transport in self._others.values():
            transport.close()
