"""
The mock server as a program of its own: started, looked into over its control API, and ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

import httpx

START_SECONDS = 30.0
STOP_SECONDS = 10.0
COMMAND = ("-m", "aegis_shell", "mock", "--port", "0", "--kafka", "embedded")
QUIET = ("--json-start-line", "--log-format", "none")


class DemoError(Exception):
    """
    Ends the story with a sentence.

    Args:
        environment: the machine is at fault, not the software: nothing can start here.
    """

    def __init__(self, message: str, *, environment: bool = False) -> None:
        super().__init__(message)
        self.environment = environment


class MockServer:
    """
    A running mock server.

    Args:
        url: where the four APIs are.
        kafka: bootstrap address of its embedded Kafka.
        pid: of its process.
    """

    def __init__(self, url: str, kafka: str, pid: int) -> None:
        self.url = url
        self.kafka = kafka
        self.pid = pid
        self._control = httpx.AsyncClient(base_url=f"{url}/__mock__", timeout=10)

    async def inbox(self, kind: str, to: str) -> list[dict[str, Any]]:
        """
        Return the ``mails`` or ``sms`` to an address or number, oldest first.
        """
        answer = await self._control.get(f"/inbox/{kind}", params={"to": to})
        found: list[dict[str, Any]] = answer.raise_for_status().json()[kind]
        return found

    async def break_down(self, operation: str, status: int) -> None:
        """
        Let an operation fail from now on.
        """
        fault = {"operation": operation, "status": status}
        (await self._control.post("/faults", json=fault)).raise_for_status()

    async def heal(self) -> None:
        """
        Let everything work again.
        """
        (await self._control.delete("/faults")).raise_for_status()

    async def aclose(self) -> None:
        """
        Close the connections to the control API.
        """
        await self._control.aclose()


@contextlib.asynccontextmanager
async def mock_server() -> AsyncGenerator[MockServer, None]:
    """
    Start the mock server on free ports, and end it by its process id.

    Raises:
        DemoError: it did not start.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *COMMAND, *QUIET, stdout=pipe, stderr=pipe)
    said: deque[str] = deque(maxlen=20)
    listening = asyncio.create_task(_listen(process.stderr, said))
    try:
        server = await _ready(process, listening, said)
        try:
            yield server
        finally:
            await server.aclose()
    finally:
        await _end(process)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _ready(process: asyncio.subprocess.Process, listening: asyncio.Task[None], said: deque[str]) -> MockServer:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
            if not line:
                await listening
    except TimeoutError:
        message = f"the mock server was not ready within {START_SECONDS:g} seconds"
        raise DemoError(message, environment=True) from None
    if not line:
        reason = said[-1] if said else "it said nothing"
        raise DemoError(f"the mock server did not start: {reason}", environment=True)
    try:
        ready = json.loads(line)
        return MockServer(str(ready["url"]), str(ready["kafka"]), int(ready["pid"]))
    except (ValueError, KeyError, TypeError):
        raise DemoError("the mock server's first line is not the one that tells where it is") from None


async def _listen(stream: asyncio.StreamReader | None, said: deque[str]) -> None:
    # The pipe has to be emptied, else the mock would wait for it when it has much to say.
    while stream is not None and (line := await stream.readline()):
        text = line.decode("utf-8", "replace").strip()
        if text:
            said.append(text)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
