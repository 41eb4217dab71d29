"""
Apache Kafka itself: one node in KRaft mode, from Maven's jars, on free ports of the loopback.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.ports import free_port

from ._broker import Kind, create_topic, wait_until_ready
from ._maven import java, resolve_kafka

_CLUSTER_ID = "AAAAAAAAQACAAAAAAAAAAA"
_STARTING = 60.0
_STOPPING = 20.0

_CONFIG = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={logs}
# Topics come from the contracts, so that a misspelt name is an error and not a new topic.
auto.create.topics.enable=false
num.partitions=3
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A killed broker is taken back as soon as the controller has given up its former self.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
log.retention.check.interval.ms=300000
"""


class ApacheKafka:
    """
    A node of Apache Kafka that can be stopped, killed and started again on the same port with the same records.

    Args:
        folder: Where it keeps its configuration, records and log.
    """

    kind: Kind = "apache"
    can_stop = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jars = resolve_kafka()
        self._port, self._controller = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._properties = folder / "server.properties"
        folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            _CONFIG.format(port=self._port, controller=self._controller, logs=folder / "records"), encoding="utf-8"
        )

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """
        What the broker and its tools have said.
        """
        return self._folder / "kafka.log"

    @property
    def pid(self) -> int | None:
        """
        The broker's process, while it runs.
        """
        return self._process.pid if self._process is not None else None

    def create_topic(self, name: str, partitions: int = 3, config: dict[str, str] | None = None) -> None:
        create_topic(self.bootstrap_servers, name, partitions, config)

    def start(self) -> None:
        if self._process is not None:
            return
        if not (self._folder / "records" / "meta.properties").exists():
            self._format()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(self._properties), heap="256m"), stdout=log, stderr=log, cwd=self._folder
            )
        try:
            wait_until_ready(self.bootstrap_servers, time.monotonic() + _STARTING)
        except TimeoutError as late:
            ended = self._process.poll()
            self.kill()
            raise RuntimeError(f"Apache Kafka did not start ({late}; exit code {ended}):\n{self._said()}") from late

    def stop(self) -> None:
        """
        Stop the way an operator would: the broker finishes what it is doing.
        """
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """
        Stop the way a power cut would.
        """
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=_STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _format(self) -> None:
        command = self._java("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._properties))
        with self.log.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, check=False, timeout=_STARTING)
        if done.returncode != 0:
            raise RuntimeError(f"Apache Kafka's storage could not be formatted:\n{self._said()}")

    def _java(self, main: str, *arguments: str, heap: str = "64m") -> list[str]:
        quiet = {"defaultLogLevel": "warn", "showDateTime": "true", "log.org.apache.kafka.clients": "error"}
        return [
            java() or "java",
            f"-Xmx{heap}",
            # A test's broker lives for seconds: starting fast matters more than peak speed.
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1" if os.environ.get("AEGIS_KAFKA_JIT") != "full" else "-XX:+TieredCompilation",
            "-Xshare:auto",
            "-Djava.awt.headless=true",
            *(f"-Dorg.slf4j.simpleLogger.{name}={value}" for name, value in quiet.items()),
            "-cp",
            f"{self._jars}/*",
            main,
            *arguments,
        ]

    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.exists() else ""
