"""
The reference service as a process, among neighbours: a mock registry and SMS gateway, and a mail server that keeps all.
"""

from __future__ import annotations

import asyncio
import email
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email import policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from aiosmtpd.smtp import SMTP

from tests.ports import free_port
from tests.scenarios._aegis import business_number, running_mock

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "examples"
KEY = "aegis-verify"
COMMAND = f"-m uvicorn --app-dir {EXAMPLES} --factory user_service:application --log-level warning --port"
AT_ONCE = 500  # sockets; a process may have 1,024 files open where nobody raised that


class MailServer:
    """
    An SMTP server on a free port of the loopback.

    Attributes:
        taken: the bytes of every mail, by Message-ID.
        recipients: whom each Message-ID went to.
        first: set when a mail has come.
    """

    def __init__(self) -> None:
        self.taken: dict[str, list[bytes]] = defaultdict(list)
        self.recipients: dict[str, str] = {}
        self.first = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: SMTP(self), "127.0.0.1", 0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        said = str(message["Message-ID"])
        self.recipients[said] = envelope.rcpt_tos[0]
        self.taken[said].append(envelope.content)
        self.first.set()
        return "250 OK"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


class UserService:
    """
    The service's process.
    """

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """
        Start it on a port of its own, and wait until it is ready.
        """
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self._log.open("ab") as log:
            command = [sys.executable, *COMMAND.split(), str(port)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self._process.poll() is None, self._log.read_text()
            try:
                if httpx.get(f"{self.url}/live", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError(self._log.read_text())

    def kill(self) -> None:
        """
        End it as a power cut would.
        """
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def end(self) -> int:
        """
        Ask it to end, and give its exit code.
        """
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def users(self) -> dict[str, str]:
        """
        The addresses of all users by their ids, page by page.
        """
        found: dict[str, str] = {}
        query: dict[str, Any] = {"limit": 100}
        with httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {KEY}"}, timeout=30) as client:
            while True:
                answer = client.get("/api/v1/users", params=query).json()
                found |= {user["user_id"]: user["email"] for user in answer["data"]}
                if not answer["page"]["has_more"]:
                    return found
                query["cursor"] = answer["page"]["next_cursor"]


@contextmanager
def running(folder: Path, kafka: str, database: str = "", **more: str) -> Iterator[tuple[UserService, MailServer]]:
    """
    Start the service among its neighbours.

    Args:
        kafka: the address of a broker.
        database: its address; a file in *folder* unless given.
        more: further variables of the environment.
    """
    mails = MailServer()
    try:
        with running_mock() as mock:
            variables = environment(database or f"sqlite:{folder / 'service.db'}", mock.url, kafka, mails.port)
            service = UserService({**variables, **more}, folder / "service.log")
            service.start()
            try:
                yield service, mails
            finally:
                service.end()
    finally:
        mails.close()


def environment(database: str, mock: str, kafka: str, smtp: int) -> dict[str, str]:
    """
    What the service is told.
    """
    return {
        "USER_SERVICE_KEYS": KEY,
        "USER_SERVICE_SECRET": "only-for-these-tests-0123456789",
        "USER_SERVICE_DATABASE": database,
        "AEGIS_REGISTRY_URL": f"{mock}/api/v1",
        "AEGIS_REGISTRY_TOKEN": "test-key",
        "AEGIS_SMS_URL": f"{mock}/v1",
        "AEGIS_SMS_TOKEN": "test-key",
        "AEGIS_SMS_SENDER": "0215887000",
        "AEGIS_KAFKA_BOOTSTRAP": kafka,
        "AEGIS_EMAIL_HOST": "127.0.0.1",
        "AEGIS_EMAIL_PORT": str(smtp),
        "AEGIS_EMAIL_TLS": "none",
    }


async def register_all(url: str, numbers: Iterable[int], answered: list[int]) -> None:
    """
    Register users all at once, each over a connection of its own; a client with a pool would spend the time on its
    pool. The statuses that come back go into *answered*; a broken connection is none, and 503 is asked again.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_register(url, number, gate, answered) for number in numbers))


async def _register(url: str, number: int, gate: asyncio.Semaphore, answered: list[int]) -> None:
    where = urlsplit(url)
    body = {
        "email": f"user{number}@example.com",
        "password": "correct-horse-battery-staple",
        "business_registration_number": business_number(number),
        "business_name": f"이지스상회 {number}",
        "phone_number": f"010-{number // 10_000:04}-{number % 10_000:04}",
    }
    content = json.dumps(body).encode()
    lines = [
        "POST /api/v1/users HTTP/1.1",
        f"Host: {where.netloc}",
        f"Authorization: Bearer {KEY}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
    ]
    while True:
        async with gate:
            try:
                reader, writer = await asyncio.open_connection(where.hostname, where.port)
                writer.write("\r\n".join([*lines, "", ""]).encode() + content)
                answer = await reader.read()
                writer.close()
            except OSError:
                return
        if not answer:
            return
        status = int(answer.split()[1])
        if status != 503:
            answered.append(status)
            return
        # What a busy database refuses was not done, and is asked for again when the answer says so.
        head = answer.partition(b"\r\n\r\n")[0].lower()
        await asyncio.sleep(float(head.partition(b"retry-after:")[2].split()[0]))
