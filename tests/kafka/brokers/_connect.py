"""
Kafka Connect with Debezium: one distributed worker, from Maven's jars, on a free port of the loopback.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.ports import free_port

from ._maven import java, resolve_connect

_CONFIG = """
bootstrap.servers={bootstrap}
group.id=connect-{name}
listeners=http://127.0.0.1:{port}
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
config.storage.topic=connect-{name}-configs
offset.storage.topic=connect-{name}-offsets
status.storage.topic=connect-{name}-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=1
status.storage.partitions=1
offset.flush.interval.ms=1000
# Records and offsets in one transaction (KIP-618): a worker that dies doubles nothing.
exactly.once.source.support=enabled
connector.client.config.override.policy=All
config.providers=env
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
# A killed worker is given up soon, so that its successor begins.
session.timeout.ms=6000
heartbeat.interval.ms=2000
scheduled.rebalance.max.delay.ms=0
"""


class KafkaConnect:
    """
    A worker that can be killed and started again.

    Args:
        folder: Where it keeps its configuration and log.
    """

    def __init__(self, folder: Path, bootstrap_servers: str) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._jars = resolve_connect()
        self._port = free_port()
        self._properties = folder / "worker.properties"
        self._properties.write_text(
            _CONFIG.format(bootstrap=bootstrap_servers, name=folder.name, port=self._port), encoding="utf-8"
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """
        What the worker has said.
        """
        return self._folder / "connect.log"

    def start(self, timeout: float = 120.0) -> None:
        command = [
            java() or "java",
            "-Xmx320m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.log.io.debezium=info",
            "-cp",
            f"{self._jars}/*",
            "org.apache.kafka.connect.cli.ConnectDistributed",
            str(self._properties),
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, env={**os.environ, "AEGIS_OUTBOX_PASSWORD": "none"}
            )
        self._until(lambda: self._ask("/connectors") is not None, timeout, "Kafka Connect did not start")

    def run(self, connector: dict[str, Any], timeout: float = 90.0) -> None:
        """
        Make a connector, and wait until its task runs.
        """
        self._until(
            lambda: self._ask(f"/connectors/{connector['name']}/config", connector["config"]) is not None,
            timeout,
            "the connector was not taken",
        )
        self.wait_running(connector["name"], timeout)

    def wait_running(self, name: str, timeout: float = 90.0) -> None:
        """
        Wait until the connector's task runs.
        """

        def runs() -> bool:
            status = self._ask(f"/connectors/{name}/status")
            tasks = [one["state"] for one in status["tasks"]] if status else []
            if "FAILED" in tasks:
                raise RuntimeError(f"the connector has failed:\n{status['tasks'][0]['trace'][:1500]}")
            return tasks == ["RUNNING"]

        self._until(runs, timeout, "the connector does not run")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = Request(
            f"http://127.0.0.1:{self._port}{path}",
            data,
            {"content-type": "application/json"},
            method="PUT" if body is not None else "GET",
        )
        try:
            with urlopen(request, timeout=10.0) as answer:
                return json.load(answer)
        except (URLError, TimeoutError, ConnectionError, json.JSONDecodeError):
            return None

    def _until(self, holds: Any, timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if holds():
                return
            time.sleep(0.25)
        raise RuntimeError(f"{what}:\n{self.log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
