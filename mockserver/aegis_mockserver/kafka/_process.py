"""
The embedded cluster in a process of its own, ordered about over a pipe.

Orders and answers are lines of JSON on the process's standard input and output. When the pipe ends, so does the
process: it never outlives the one who started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from typing import IO, Any, cast

from ._control import ClusterControl, Topics, counted
from ._embedded import EmbeddedKafka
from ._librdkafka import EmbeddedKafkaError, KafkaLibraryMissingError


class KafkaProcess(ClusterControl):
    """
    An embedded cluster in a process of its own, for measuring or where threads in this one are unwelcome.

    It can do what `EmbeddedKafka` can, within the same limits.

    Args:
        brokers: How many brokers the cluster has.
        topics: Topics to create at once: names, or names with their numbers of partitions.
    """

    def __init__(self, *, brokers: int = 3, topics: Topics = ()) -> None:
        command = [sys.executable, "-m", "aegis_mockserver.kafka", "--control", "--brokers", str(brokers)]
        for name, partitions in counted(topics).items():
            command += ["--topic", f"{name}:{partitions}"]
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._orders = cast("IO[str]", self._process.stdin)
        self._answers = cast("IO[str]", self._process.stdout)
        self._finalizer = weakref.finalize(self, _end, self._process)
        try:
            self._bootstrap = str(self._answer()["bootstrap_servers"])
        except BaseException:
            self.close()
            raise

    @property
    def bootstrap_servers(self) -> str:
        return self._bootstrap

    @property
    def pid(self) -> int:
        """
        The process of the cluster.
        """
        return self._process.pid

    def close(self) -> None:
        with self._lock:
            self._finalizer()

    def order(self, name: str, *arguments: str | int | list[int]) -> None:
        with self._lock:
            if not self._finalizer.alive or self._process.poll() is not None:
                raise EmbeddedKafkaError("the process of the embedded Kafka has ended")
            self._orders.write(json.dumps([name, *arguments]) + "\n")
            self._orders.flush()
            self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise EmbeddedKafkaError(f"the process of the embedded Kafka ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise KafkaLibraryMissingError(answer["missing"])
        if "refused" in answer:
            raise EmbeddedKafkaError(answer["refused"])
        return answer


def _end(process: subprocess.Popen[str]) -> None:
    # The end of its input is what the process waits for.
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def obey(orders: IO[str], answers: IO[str], *, brokers: int, topics: Topics) -> int:
    """
    Run a cluster and carry out the orders that come in, until there are no more.
    """

    def answer(**fields: object) -> None:
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    try:
        kafka = EmbeddedKafka(brokers=brokers, topics=topics)
    except KafkaLibraryMissingError as missing:
        answer(missing=str(missing))
        return 3
    except EmbeddedKafkaError as refused:
        answer(refused=str(refused))
        return 3
    with kafka:
        answer(bootstrap_servers=kafka.bootstrap_servers)
        for line in orders:
            try:
                name, *arguments = json.loads(line)
                kafka.order(name, *arguments)
            except (EmbeddedKafkaError, ValueError, TypeError) as refused:
                answer(refused=str(refused))
            else:
                answer(done=name)
    return 0
