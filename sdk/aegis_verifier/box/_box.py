"""
Starting a provider among neighbours that are ours, and ending all of them, each by its own process.

The provider learns addresses from environment variables, by the names that the SDK reads: ``AEGIS_REGISTRY_URL``,
``AEGIS_SMS_URL``, ``AEGIS_RECOMMENDATION_URL`` (and ``…_TOKEN``), ``AEGIS_KAFKA_BOOTSTRAP``, ``AEGIS_EMAIL_HOST``,
``AEGIS_EMAIL_PORT``, ``AEGIS_EMAIL_TLS``; ``PORT`` says where it is to listen.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from typing import Any, Self

from aegis_contracts import bundled
from aegis_verifier.box._inbox import Inboxes, MockInbox

NEIGHBOURS = {"registry": "/api/v1", "sms": "/v1", "recommendation": ""}
_GRACE = 5.0
# Below the ports that Linux (32768), macOS and Windows (49152) give to who asks for any.
_NOT_GIVEN_AWAY = range(20_000, 32_768)
_SHOWN = 4_000


class BoxError(Exception):
    """
    Something in the box could not be started.
    """


class Box:
    """
    Mock neighbours, Kafka, a mail server and, among them, the provider.

    Args:
        command: starts the provider; ``{port}`` in it becomes the port.
        health: path that is asked until it answers.
        kafka: the address of a Kafka for the provider; one is started in the box unless given.
        start: seconds that starting may take.
    """

    def __init__(
        self, command: str, *, health: str = "/health", start: float = 60.0, port: int = 0, kafka: str = ""
    ) -> None:
        self._command = command
        self._health = health
        self._start = start
        self._port = port or _free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the box
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"http://127.0.0.1:{self._port}"
        self._given = kafka
        self.kafka = kafka
        self.mock = ""
        self.smtp = ""

    def __enter__(self) -> Self:
        try:
            self._neighbours()
            self._provider()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def inbox(self) -> Inboxes:
        """
        Where the provider's mails and SMS arrive.
        """
        return Inboxes([MockInbox(self.mock)])

    def environment(self) -> dict[str, str]:
        """
        The variables that tell the provider where its neighbours are.
        """
        found: dict[str, str] = {"PORT": str(self._port), "AEGIS_PORT": str(self._port)}
        for name, path in NEIGHBOURS.items():
            found[f"AEGIS_{name.upper()}_URL"] = self.mock + path
            found[f"AEGIS_{name.upper()}_TOKEN"] = "aegis-verify"
        return {
            **found,
            "AEGIS_SMS_SENDER": "0215887000",
            "AEGIS_KAFKA_BOOTSTRAP": self.kafka,
            **({} if self._given else {"AEGIS_KAFKA_EMBEDDED": "true"}),
            "AEGIS_EMAIL_HOST": self.smtp.rpartition(":")[0],
            "AEGIS_EMAIL_PORT": self.smtp.rpartition(":")[2],
            "AEGIS_EMAIL_TLS": "none",
            "AEGIS_EMAIL_SENDER": "aegis@example.com",
        }

    def _neighbours(self) -> None:
        documents = [str(bundled() / "openapi" / f"{name}.yaml") for name in NEIGHBOURS]
        # By its command, as any user would start it: the verifier knows the mock by what it does, not by its code.
        command = [sys.executable, "-m", "aegis_shell", "mock", *documents]
        command += ["--port", "0", "--smtp", "0", "--json-start-line", "--log-format", "none"]
        command += [] if self._given else ["--kafka", "embedded"]
        process = subprocess.Popen(  # noqa: S603 - ours, with our own documents
            command, stdout=subprocess.PIPE, stderr=self._log, start_new_session=True
        )
        self._processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            raise BoxError(f"the neighbours did not start:\n{self.output()}") from None
        self.mock, self.kafka, self.smtp = told["url"], self._given or told["kafka"] or "", told["smtp"]

    def _provider(self) -> None:
        command = shlex.split(self._command.replace("{port}", str(self._port)))
        environment = {**os.environ, **self.environment()}
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
                command, stdout=self._log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
            )
        except OSError as error:
            raise BoxError(f"--run: {command[0]} cannot be started: {error.strerror}") from None
        self._processes.append(process)
        end = time.monotonic() + self._start
        while time.monotonic() < end:
            if process.poll() is not None:
                raise BoxError(f"--run: the provider ended with {process.returncode}:\n{self.output()}")
            if self._answers():
                return
            time.sleep(0.1)
        raise BoxError(f"--run: the provider did not answer at {self.url}{self._health} within {self._start:g} s")

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url + self._health, timeout=2.0).close()  # noqa: S310 - our own loopback
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
        return True

    @property
    def ended(self) -> str:
        """
        What there is to say when the provider has ended by itself; empty while it runs.
        """
        code = self._processes[-1].poll() if self._processes else None
        return (
            f"--run: the provider ended with {code} while it was verified:\n{self.output()}" if code is not None else ""
        )

    def output(self) -> str:
        """
        Return the end of what provider and neighbours wrote.
        """
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - _SHOWN))
        return self._log.read().decode("utf-8", "replace")

    def close(self) -> None:
        """
        End all of them, the provider first.
        """
        for process in reversed(self._processes):
            _end(process)
        self._processes.clear()


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        try:
            os.killpg(process.pid, number)  # its whole group: a command may be a shell around a server
        except (ProcessLookupError, PermissionError):
            break
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            continue
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    """
    Find a port that nobody gets by chance before the provider listens: one that no system gives away by itself.
    """
    for port in random.sample(_NOT_GIVEN_AWAY, 50):
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        given: int = listener.getsockname()[1]
        return given
