"""
The mail relay: it brings what stands in a mail outbox to the mail server, whatever is killed meanwhile.

**What is guaranteed.** Every mail whose database transaction was committed is handed over, and none whose transaction
was rolled back. It leaves **once**, with one exception that SMTP leaves to nobody: if the relay dies, or the connection
breaks, between the server's taking of a mail (its 250, RFC 5321 §4.2.5) and the note of it in the database, the mail
is handed over again, byte for byte the same and with the same Message-ID, by which mailboxes tell that it is one. At
most as many mails as are on their way at that moment (``at_once``) can be meant.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self
from uuid import uuid4

from aegis_runtime import RetryPolicy
from aegis_sdk._part_health import PartHealth
from aegis_sdk.email._sender import AsyncEmailSender
from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail
from aegis_sdk.email.outbox._store import MailStore
from aegis_sdk.errors import ConfigurationError, EmailError, EmailRefusedError

__all__ = ["MailRelay", "MailRelayHealth", "MailRelayStats"]

_log = logging.getLogger("aegis_sdk.email.outbox")
_AGAIN: Final = RetryPolicy(base=1.0, maximum=300.0)
_DATABASE: Final = RetryPolicy(base=0.2, maximum=10.0)
# A mail that is handed over may take the sender's whole deadline, and the database a moment more.
_MARGIN: Final = 5.0


class _Sender(Protocol):
    """
    What is used of ``AsyncEmailSender``.
    """

    async def send(self, message: Any) -> str: ...


@dataclass(slots=True)
class MailRelayStats:
    """
    Counts since the relay was made.

    Attributes:
        sent: mails that a server took.
        failures: attempts that did not succeed and are made again.
        parked: mails that were refused for good, or that nobody took in time.
    """

    sent: int = 0
    failures: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class MailRelayHealth(PartHealth):
    """
    What a health check shows of a mail relay.

    Attributes:
        healthy: whether what waits moves on.
        reasons: why not, for people; free of values.
    """

    healthy: bool
    reasons: tuple[str, ...]


class MailRelay:
    """
    Hands over what stands in a mail outbox. Run as many as you like: they share the mails.

    ```python
    relay = MailRelay.sqlite("service.db")
    await relay.run()
    ```

    Args:
        store: the outbox's database.
        sender: hands over a mail; one by the environment (``AEGIS_EMAIL_HOST``, …), if not given.
        at_once: how many mails may be on their way at the same time.
        poll_interval: seconds between looks at the outbox; ``wake()`` looks at once.
        give_up: a mail that nobody took for so many seconds is parked.
        stall_after: when mails have failed for so many seconds and none was taken, health says so.
    """

    def __init__(
        self,
        store: MailStore,
        sender: AsyncEmailSender | None = None,
        *,
        at_once: int = 8,
        poll_interval: float = 0.5,
        give_up: float = 86_400.0,
        stall_after: float = 60.0,
    ) -> None:
        if at_once < 1 or poll_interval <= 0:
            raise ConfigurationError("MailRelay: at_once must be at least 1, poll_interval more than 0 seconds")
        self.stats = MailRelayStats()
        sender = sender or AsyncEmailSender()
        self._sender: _Sender = sender
        self._lease = sender.settings.timeout + _MARGIN
        self._store = store
        self._at_once = at_once
        self._poll_interval = poll_interval
        self._give_up = give_up
        self._stall_after = stall_after
        self._owner = f"{os.getpid()}-{uuid4().hex}"
        self._woken = asyncio.Event()
        self._stop_asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failing_since: float | None = None
        self._why = ""

    @classmethod
    def sqlite(cls, path: str | Path, sender: AsyncEmailSender | None = None, **more: Any) -> Self:
        """
        A relay for a mail outbox in a SQLite file.
        """
        from aegis_sdk.email.outbox._sqlite import SqliteMailStore

        return cls(SqliteMailStore(path), sender, **more)

    @classmethod
    def postgres(cls, dsn: str, sender: AsyncEmailSender | None = None, **more: Any) -> Self:
        """
        A relay for a mail outbox in PostgreSQL; needs the extra ``postgres``.
        """
        from aegis_sdk.email.outbox._postgres import PostgresMailStore

        return cls(PostgresMailStore(dsn), sender, **more)

    async def start(self) -> None:
        """
        Connect to the database and begin; the mail server is connected to when a mail waits.

        Raises:
            EmailError: there is no mail outbox in the database.
        """
        if self._task is not None:
            raise ConfigurationError("a mail relay is started once")
        await self._store.open()
        self._task = asyncio.create_task(self._hand_out(), name="aegis-mail-relay")

    async def run(self) -> None:
        """
        Hand over until ``stop()`` is called or this task is cancelled; then end the mails that are on their way.
        """
        await self.start()
        try:
            await self._stop_asked.wait()
        finally:
            await self.aclose()

    def stop(self) -> None:
        """
        Ask ``run()`` to end; a signal handler may call this.
        """
        self._stop_asked.set()
        self._woken.set()

    def wake(self) -> None:
        """
        Look for new mails now and not at the next poll.
        """
        self._woken.set()

    async def drained(self, timeout: float | None = None) -> bool:
        """
        Wait until nothing waits in the outbox; say whether it came to that within *timeout* seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while (await self._store.backlog()).waiting:
                    self.wake()
                    await asyncio.sleep(self._poll_interval)
        except TimeoutError:
            return False
        return True

    async def retry(self) -> int:
        """
        Hand over what was parked, after all; return how many mails that are.
        """
        count = await self._store.retry()
        self.wake()
        return count

    async def backlog(self) -> MailBacklog:
        """
        Say how much waits in the outbox.
        """
        return await self._store.backlog()

    def health(self) -> MailRelayHealth:
        """
        Say whether what waits moves on.
        """
        reasons: list[str] = []
        if self._task is None or self._task.done():
            reasons.append("the mail relay does not run")
        elif self._failing_since is not None and (took := time.monotonic() - self._failing_since) > self._stall_after:
            reasons.append(f"no mail has left for {took:.0f} s ({self._why})")
        return MailRelayHealth(not reasons, tuple(reasons))

    async def aclose(self) -> None:
        """
        End the mails that are on their way and disconnect. Each has the sender's deadline, so this ends.
        """
        self.stop()
        if self._task is not None:
            await asyncio.wait([self._task])
            await self._store.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _hand_out(self) -> None:
        sending: set[asyncio.Task[None]] = set()
        failed = 0
        while not self._stop_asked.is_set():
            self._woken.clear()
            room = self._at_once - len(sending)
            try:
                taken = await self._store.take(self._owner, room, self._lease)
                failed = 0
            except Exception as error:  # noqa: BLE001 — databases fail in their own ways; nothing is lost by waiting
                self._failed("the database", error)
                await self._paused(_DATABASE.delay(failed))
                failed += 1
                continue
            sending |= {asyncio.create_task(self._hand_over(mail)) for mail in taken}
            if len(sending) >= self._at_once:
                _, sending = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            elif not taken:
                await self._paused(self._poll_interval)
            sending = {task for task in sending if not task.done()}
        if sending:
            await asyncio.wait(sending)

    async def _paused(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _hand_over(self, mail: QueuedMail) -> None:
        try:
            await self._sender.send(mail.message())
        except EmailRefusedError as error:
            await self._park(mail, f"refused with {error.code}")
        except Exception as error:  # noqa: BLE001 — whatever it is, the mail is not lost by it
            self._failed("the mail server", error)
            if mail.age > self._give_up:
                await self._park(mail, f"not taken for {mail.age:.0f} s")
            else:
                self.stats.failures += 1
                await self._note(self._store.later(self._owner, mail, _AGAIN.delay(mail.attempts - 1)))
        else:
            self.stats.sent += 1
            self._failing_since = None
            await self._note(self._store.sent(self._owner, mail))

    async def _park(self, mail: QueuedMail, reason: str) -> None:
        self.stats.parked += 1
        _log.warning("mail %d is parked: %s", mail.id, reason)
        await self._note(self._store.park(self._owner, mail, reason))

    async def _note(self, noting: Coroutine[Any, Any, None]) -> None:
        try:
            await noting
        except Exception as error:  # noqa: BLE001 — the lease runs out, and the mail is taken again
            self._failed("the database", error)

    def _failed(self, what: str, error: Exception) -> None:
        self._failing_since = self._failing_since or time.monotonic()
        # Its text may quote what was sent; those of our own errors never do.
        told = str(error) if isinstance(error, EmailError) else type(error).__name__
        # Health names the kind; what a database refuses has none of its own.
        self._why = f"{what}: {told if type(error) is EmailError else type(error).__name__}"
        _log.warning("%s failed: %s", what, told)
