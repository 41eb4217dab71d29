"""
A mail leaves once, however slow the mail server and the database are and however many relays there are.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aegis_sdk.email import AsyncEmailSender
from aegis_sdk.email.outbox import MailRelay, QueuedMail, SqliteMailStore
from aegis_sdk.email.outbox._relay import LOOKS
from aegis_sdk.email.outbox._store import FURTHEST
from tests.unit.email.posts import MailServer, Post, listening


class Stubborn(SqliteMailStore):
    """
    A database that does not take down, for a while, that a mail has left.
    """

    def __init__(self, path: str, refusals: int) -> None:
        super().__init__(path)
        self.refusals = refusals

    async def sent(self, mail: QueuedMail) -> None:
        if self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError("database is locked")
        await super().sent(mail)


class SlowServer(MailServer):
    """
    A mail server that takes its time with a mail that it has whole.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(self.seconds)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture(autouse=True)
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Leases and what a relay waits for at its end are short.
    """
    monkeypatch.setattr("aegis_sdk.email.outbox._relay.LEASE", 1.0)
    monkeypatch.setattr("aegis_sdk.email.outbox._relay.MARGIN", 0.0)


@pytest.fixture
async def slow(address: str) -> AsyncIterator[Post]:
    """
    A mail server that answers long after deadline and lease are over.
    """
    async with listening(SlowServer(3.0), address, timeout=1.0) as made:
        yield made


async def test_a_slow_mail_server_gets_a_mail_once(slow: Post) -> None:
    """
    A server that answers only after deadline and lease are over has each mail once, whoever relays: it is waited for,
    and the lease is renewed meanwhile.
    """
    await slow.add(3)
    async with slow.relay() as one, slow.relay() as other:
        assert await one.drained(60)
    assert one.stats.sent + other.stats.sent == len(slow.server.taken) == slow.server.asked == 3
    assert one.stats.failures + other.stats.failures == 0


async def test_health_says_that_a_mail_server_is_silent(slow: Post) -> None:
    """
    A server that has mails and says nothing of them is told, while it is waited for.
    """
    await slow.add(1)
    async with slow.relay(stall_after=0.1) as relay:
        while not (why := relay.health().why):  # noqa: ASYNC110 -- health is asked, it tells nobody
            await asyncio.sleep(0.01)
        assert "the mail server has said nothing to 1 mails" in why
        assert await relay.drained(60)
        assert relay.health()


async def test_a_mail_that_left_is_noted_until_the_database_has_it(tmp_path: Path) -> None:
    """
    Where the database refuses for longer than the lease to note that a mail has left, the mail does not leave again.
    """
    path = str(tmp_path / "service.db")
    async with listening(MailServer(), path, timeout=0.3) as post:
        await post.add(1)
        store = Stubborn(path, refusals=4)
        async with MailRelay(store, AsyncEmailSender(post.settings), poll_interval=0.02) as relay:
            while not relay.stats.sent:  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0.01)
            assert await relay.drained(60)
        assert len(post.server.taken) == relay.stats.sent == 1
        assert store.refusals == 0


async def test_a_mail_that_went_to_another_relay_is_let_go(slow: Post) -> None:
    """
    A relay that finds its lease gone ends what it has begun; what another has is left to it.
    """
    await slow.add(1)
    async with slow.relay() as relay:
        while not relay._on_the_way:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)
        # As if the relay had been suspended for longer than its lease.
        await slow.change("owner = 'a thief'")
        while relay._on_the_way:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)
        assert relay.stats.sent == 0
    assert (await slow.backlog()).waiting == 1


JUMPS = (-7200.0, -1800.0, -240.0, 240.0, 1800.0, 7200.0)


@pytest.mark.parametrize("seconds", JUMPS)
async def test_a_clock_that_jumps_holds_no_new_mail_up(post: Post, seconds: float) -> None:
    """
    A mail that was added before the clock jumped, and one that had already failed, leave now or when they would have.
    """
    await post.add(2)
    await jump(post, seconds)
    store = post.store()
    await store.open()
    mails = await store.take("one", 9)
    assert len(mails) == 2
    await store.later("one", mails[0], FURTHEST)
    await jump(post, seconds)
    assert len(await store.take("one", 9)) == (not 0 < seconds < FURTHEST)
    await store.aclose()


@pytest.mark.parametrize("seconds", JUMPS)
async def test_a_clock_that_jumps_takes_no_mail_from_its_relay(post: Post, seconds: float) -> None:
    """
    A mail that is on its way is nobody else's, whatever the clock says, until its relay says nothing more.
    """
    await post.add(1)
    store = post.store()
    relay = MailRelay(store, AsyncEmailSender(post.settings))
    await store.open()
    (mail,) = await store.take("alive", 1)
    for _ in range(2 * LOOKS):
        await jump(post, seconds)
        await store.hold("alive", [mail.id])
        await relay._free(await store.hold("another", []))
        assert list(await store.take("another", 1)) == []
    for _ in range(LOOKS):
        await relay._free(await store.hold("another", []))
    assert [one.id for one in await store.take("another", 1)] == [mail.id]
    await store.aclose()


async def jump(post: Post, seconds: float) -> None:
    """
    Let the clock of *post* jump: what was written is as much older, or lies as much ahead.
    """
    postgres = post.address.startswith("postgresql")
    by = f"interval '{seconds} seconds'" if postgres else f"{seconds}"
    await post.change(f"due_at = due_at - {by}, added_at = added_at - {by}")
