"""
The mail relay: it brings what stands in a mail outbox to the mail server, whatever is killed meanwhile.

**What is guaranteed.** Every mail whose database transaction was committed is handed over, and none whose transaction
was rolled back. It leaves **once**, with one exception that SMTP leaves to nobody: if the relay dies, is suspended for
longer than its lease (``LEASE``), or loses the connection between the end of a mail's data
and the server's answer (RFC 5321 §4.2.5) and the note of it in the database, the mail is handed over again, byte for
byte the same and with the same Message-ID, by which mailboxes tell that it is one. At most as many mails as are on
their way at that moment (``at_once``) can be meant.

Neither a slow mail server nor a slow or absent database sends a mail twice: leases are renewed for as long as a mail is
on its way, the server has ``PATIENCE`` seconds to say whether it took it, and that it did is noted until the database
has it. Nor does a clock that jumps: a mail is another's until its lease was seen unchanged in ``LOOKS`` looks, and
nobody judges by the time of day what another has written.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self
from uuid import uuid4

from aegis_runtime import RetryPolicy
from aegis_sdk.email._sender import AsyncEmailSender
from aegis_sdk.email.outbox._health import MailRelayHealth, MailRelayStats, OnTheWay
from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail
from aegis_sdk.email.outbox._store import FURTHEST, MailLease, MailStore
from aegis_sdk.errors import ConfigurationError, EmailError, EmailRefusedError

__all__ = ["MailRelay"]

_log = logging.getLogger("aegis_sdk.email.outbox")
_AGAIN: Final = RetryPolicy(base=1.0, maximum=FURTHEST)
_DATABASE: Final = RetryPolicy(base=0.2, maximum=10.0)
LEASE: Final = 30.0
"""Seconds for which a relay that fell silent keeps its mails; the same for all relays of an outbox."""
LOOKS: Final = 3
"""How often in that time a relay says what it has, and looks at what others have."""
MARGIN: Final = 5.0
"""Seconds beyond the sender's deadline that a mail has when the relay ends."""
PATIENCE: Final = 600.0
"""Seconds beyond its deadline that a server has to answer once it has a whole mail (RFC 5321 §4.5.3.2.6)."""


class _Sender(Protocol):
    """
    What is used of ``AsyncEmailSender``.
    """

    async def deliver(self, message: Any, *, patience: float) -> str: ...


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
        self._deadline = sender.settings.timeout + MARGIN
        self._store = store
        self._at_once = at_once
        self._poll_interval = poll_interval
        self._give_up = give_up
        self._stall_after = stall_after
        self._owner = f"{os.getpid()}-{uuid4().hex}"
        self._woken = asyncio.Event()
        self._stop_asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._on_the_way: dict[int, OnTheWay] = {}
        self._seen: dict[int, tuple[MailLease, int]] = {}
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
        elif silent := [one for one in self._on_the_way.values() if not one.taken and self._is_late(one)]:
            took = time.monotonic() - min(one.since for one in silent)
            reasons.append(f"the mail server has said nothing to {len(silent)} mails for {took:.0f} s")
        return MailRelayHealth(not reasons, tuple(reasons))

    async def aclose(self) -> None:
        """
        End the mails that are on their way and disconnect, within about the sender's deadline.
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

    def _is_late(self, one: OnTheWay) -> bool:
        return time.monotonic() - one.since > max(self._stall_after, self._deadline)

    async def _hand_out(self) -> None:
        holding = asyncio.create_task(self._hold(), name="aegis-mail-leases")
        failed = 0
        try:
            while not self._stop_asked.is_set():
                self._woken.clear()
                leased_at = time.monotonic()
                try:
                    taken = await self._store.take(self._owner, self._at_once - len(self._on_the_way))
                    failed = 0
                except Exception as error:  # noqa: BLE001 — databases fail in their own ways; nothing is lost by waiting
                    self._failed("the database", error)
                    await self._paused(_DATABASE.delay(failed))
                    failed += 1
                    continue
                # What is on its way and was freed by another relay is taken again: it is held anew by that.
                begun = [mail for mail in taken if mail.id not in self._on_the_way]
                for mail in begun:
                    self._begin(mail, leased_at)
                if len(self._on_the_way) >= self._at_once:
                    sending = [one.task for one in self._on_the_way.values()]
                    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                elif not begun:
                    await self._paused(self._poll_interval)
            await self._ended()
        finally:
            holding.cancel()

    def _begin(self, mail: QueuedMail, leased_at: float) -> None:
        def end(_: object) -> None:
            self._on_the_way.pop(mail.id, None)

        task = asyncio.create_task(self._hand_over(mail, leased_at), name="aegis-mail")
        self._on_the_way[mail.id] = OnTheWay(task, time.monotonic())
        task.add_done_callback(end)

    async def _ended(self) -> None:
        """
        Wait for the mails that are on their way, as long as each may take by itself.
        """
        if sending := [one.task for one in self._on_the_way.values()]:
            _, late = await asyncio.wait(sending, timeout=self._deadline)
            for task in late:
                task.cancel()
            if late:
                _log.warning("%d mails were on their way when the relay ended; they may leave again", len(late))
                await asyncio.wait(late, timeout=1.0)

    async def _hold(self) -> None:
        """
        Hold what is on its way, let go of what another relay has taken nevertheless, and free what nobody holds.
        """
        while True:
            held = set(self._on_the_way)
            try:
                leases = await self._store.hold(self._owner, held)
                await self._free({mail: lease for mail, lease in leases.items() if mail not in held})
            except Exception as error:  # noqa: BLE001 — the next time will do, or another relay frees what is ours
                self._failed("the database", error)
            else:
                for lost in held:
                    one = self._on_the_way.get(lost)
                    ours = lost in leases and leases[lost].owner == self._owner
                    if one is not None and not one.taken and not ours:
                        _log.warning("mail %d has gone to another relay", lost)
                        one.task.cancel()
            await asyncio.sleep(LEASE / LOOKS)

    async def _free(self, leases: Mapping[int, MailLease]) -> None:
        """
        Free the mails whose leases were seen unchanged for as many looks as make a lease: no clock has a part in that.
        """
        seen = self._seen
        self._seen = {
            mail: (lease, seen[mail][1] + 1 if mail in seen and seen[mail][0] == lease else 0)
            for mail, lease in leases.items()
        }
        if silent := {mail: lease for mail, (lease, looks) in self._seen.items() if looks >= LOOKS}:
            await self._store.free(silent)
            self.wake()

    async def _paused(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _hand_over(self, mail: QueuedMail, leased_at: float) -> None:
        if time.monotonic() - leased_at > LEASE:
            return  # suspended meanwhile: it may be another relay's by now
        try:
            await self._sender.deliver(mail.message(), patience=PATIENCE)
        except EmailRefusedError as error:
            await self._park(mail, f"refused with {error.code}")
        except Exception as error:  # noqa: BLE001 — whatever it is, the mail is not lost by it
            self._failed("the mail server", error)
            if mail.age > self._give_up:
                await self._park(mail, f"not taken for {mail.age:.0f} s")
            else:
                self.stats.failures += 1
                wait = _AGAIN.delay(mail.attempts - 1)
                await self._note(lambda: self._store.later(self._owner, mail, wait))
        else:
            self._on_the_way[mail.id].taken = True
            self.stats.sent += 1
            self._failing_since = None
            await self._note(lambda: self._store.sent(mail))

    async def _park(self, mail: QueuedMail, reason: str) -> None:
        self.stats.parked += 1
        _log.warning("mail %d is parked: %s", mail.id, reason)
        await self._note(lambda: self._store.park(self._owner, mail, reason))

    async def _note(self, noting: Callable[[], Awaitable[None]]) -> None:
        """
        Note what became of a mail, until the database has it: what is not known there would happen again.
        """
        failed = 0
        while True:
            try:
                await noting()
            except Exception as error:  # noqa: BLE001 — databases fail in their own ways
                self._failed("the database", error)
                await asyncio.sleep(_DATABASE.delay(failed))
                failed += 1
            else:
                return

    def _failed(self, what: str, error: Exception) -> None:
        self._failing_since = self._failing_since or time.monotonic()
        # Its text may quote what was sent; those of our own errors never do.
        told = str(error) if isinstance(error, EmailError) else type(error).__name__
        # Health names the kind; what a database refuses has none of its own.
        self._why = f"{what}: {told if type(error) is EmailError else type(error).__name__}"
        _log.warning("%s failed: %s", what, told)
