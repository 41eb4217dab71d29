"""
The mail outbox, over a real SMTP server, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest
from aiosmtpd.controller import UnthreadedController

from aegis_runtime import RetryPolicy
from aegis_sdk.email import AsyncEmailSender, EmailSettings, verification
from aegis_sdk.email.outbox import MailRelay, PostgresMailOutbox, SqliteMailOutbox, SqliteMailStore
from aegis_sdk.errors import ConfigurationError, EmailError
from tests.pgbouncer import pooled, skip_without_pgbouncer
from tests.unit.email.posts import TO, MailServer, Post


async def test_what_was_committed_leaves_once(post: Post) -> None:
    """
    Each mail is handed over once by two relays that share them, and nothing of it stays in the database.
    """
    said = await post.add(40)
    async with post.relay() as one, post.relay() as other:
        assert await one.drained(60)
        assert await other.drained(60)
    taken = [line for mail in post.server.taken for line in mail.splitlines() if line.startswith(b"Message-ID: ")]
    assert len(taken) == len(set(taken)) == 40
    assert {line.decode().partition(": ")[2] for line in taken} == said
    assert one.stats.sent + other.stats.sent == 40
    assert (await post.backlog()).waiting == 0


async def test_what_was_rolled_back_never_leaves(tmp_path: Path) -> None:
    """
    A mail is part of the transaction that it was added in, and none may be added outside of one.
    """
    database = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    outbox, settings = SqliteMailOutbox(), EmailSettings(host="127.0.0.1", tls="none")
    outbox.create(database)
    mail = verification(settings, TO, user_name="김서연", token="t")
    with pytest.raises(EmailError, match="transaction"):
        outbox.add(database, mail)
    database.execute("BEGIN")
    outbox.add(database, mail)
    database.execute("ROLLBACK")
    assert (await SqliteMailStore(tmp_path / "service.db").backlog()).waiting == 0


async def test_mails_leave_through_a_pooler(postgres: str) -> None:
    """
    A relay works behind a PgBouncer that hands out sessions for one transaction, as many a hosted database does.
    """
    if reason := skip_without_pgbouncer():
        pytest.skip(reason)
    await Post(postgres, MailServer(), 0).make()
    with pooled(postgres) as behind:
        async with asyncio.timeout(90):
            server = MailServer()
            controller = UnthreadedController(server, hostname="127.0.0.1", port=0, loop=asyncio.get_running_loop())
            listening = await controller._create_server()
            post = Post(behind, server, listening.sockets[0].getsockname()[1])
            direct = Post(postgres, server, listening.sockets[0].getsockname()[1])
            await direct.add(12)
            async with post.relay() as one, post.relay() as other:
                assert await one.drained(60)
                assert await other.drained(60)
            listening.close()
    assert len(server.taken) == 12


def test_mails_are_added_on_the_connection_that_a_service_has(tmp_path: Path) -> None:
    """
    A connection of SQLAlchemy will do, and is held to a transaction as sqlite3's own is.
    """
    sqlalchemy = pytest.importorskip("sqlalchemy")
    path = tmp_path / "service.db"
    outbox = SqliteMailOutbox()
    with sqlite3.connect(path) as database:
        outbox.create(database)
    mail = verification(EmailSettings(host="127.0.0.1", tls="none"), TO, user_name="김서연", token="t")
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        outbox.add(connection, mail)
    with pytest.raises(EmailError, match="transaction"):
        outbox.add(engine.connect().execution_options(isolation_level="AUTOCOMMIT"), mail)
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM aegis_mail_outbox").fetchone() == (1,)


async def test_a_connection_to_the_other_database_is_refused(tmp_path: Path) -> None:
    """
    The refusal names the outbox that this database has.
    """
    mail = verification(EmailSettings(host="127.0.0.1", tls="none"), TO, user_name="김서연", token="t")
    with sqlite3.connect(tmp_path / "service.db") as database:
        with pytest.raises(EmailError, match="its outbox is SqliteMailOutbox"):
            await PostgresMailOutbox().add_async(database, mail)
        with pytest.raises(EmailError, match=r"sqlite3 takes add\("):
            await SqliteMailOutbox().add_async(database, mail)


def test_a_service_without_asyncio_adds_mails_to_postgresql(postgres: str) -> None:
    """
    With psycopg, as Django has it: created, added in a transaction, refused outside of one.
    """
    psycopg = pytest.importorskip("psycopg")
    outbox = PostgresMailOutbox()
    mail = verification(EmailSettings(host="127.0.0.1", tls="none"), TO, user_name="김서연", token="t")
    with psycopg.connect(postgres) as connection:
        outbox.create(connection)
        connection.execute("TRUNCATE aegis_mail_outbox")
        said = outbox.add(connection, mail)
    with psycopg.connect(postgres, autocommit=True) as connection:
        with pytest.raises(EmailError, match="transaction"):
            outbox.add(connection, mail)
        assert connection.execute("SELECT message_id FROM aegis_mail_outbox").fetchall() == [(said,)]


async def test_a_mail_server_that_fails_is_tried_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is refused for now leaves later, with the same bytes; nothing is lost and nothing is sent twice.
    """
    monkeypatch.setattr("aegis_sdk.email.outbox._relay._AGAIN", RetryPolicy(base=0.05, maximum=0.05))
    post.server.answers = ["451 try later", "421 busy"]
    await post.add(2)
    async with post.relay() as relay:
        assert await relay.drained(60)
    assert (relay.stats.failures, relay.stats.sent) == (2, 2)
    assert len(set(post.server.taken)) == 2


async def test_a_mail_that_is_refused_for_good_is_parked(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """
    It stands in nobody's way, is counted, leaves after all when it is told to, and its address is in no log.
    """
    caplog.set_level(logging.DEBUG, "aegis_sdk")
    post.server.answers = [f"550 {TO} is nobody"]
    await post.add(1)
    async with post.relay() as relay:
        assert await relay.drained(60)
        assert (await relay.backlog()).parked == relay.stats.parked == 1
        await post.add(1)
        assert await relay.drained(60)
        assert len(post.server.taken) == 1
        assert await relay.retry() == 1
        assert await relay.drained(60)
    assert len(post.server.taken) == 2
    assert "parked: refused with 550" in caplog.text
    assert TO not in caplog.text


async def test_a_relay_that_died_leaves_its_mails_to_the_next(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What was taken and not sent is taken again when its lease is over, with the same Message-ID; not before.
    """
    said = await post.add(1)
    dead = post.store()
    await dead.open()
    taken = await dead.take("a relay that dies", 10)
    assert len(taken) == 1
    assert list(await dead.take("another", 10)) == []
    monkeypatch.setattr("aegis_sdk.email.outbox._relay.LEASE", 0.3)
    async with post.relay() as relay:
        assert await relay.drained(60)
    # It wakes up too late: what it says of the mail is not heard any more.
    await dead.later("a relay that dies", taken[0], 0.0)
    assert (await dead.backlog()).waiting == 0
    await dead.aclose()
    assert len(post.server.taken) == 1
    assert str(taken[0].message()["Message-ID"]) in said


async def test_health_says_when_nothing_leaves(post: Post) -> None:
    """
    A relay that does not run, or whose mails have failed for long, is unhealthy, and says why without a value.
    """
    post.server.answers = [f"451 {TO}"] * 100
    await post.add(1)
    relay = post.relay(stall_after=0.0)
    assert str(relay.health()) == "unhealthy: the mail relay does not run"
    async with relay:
        while relay.health():  # noqa: ASYNC110 -- health is asked, it tells nobody
            await asyncio.sleep(0.01)
        assert "the mail server: EmailUnavailableError" in relay.health().why
    assert TO not in relay.health().why


async def test_a_database_without_outbox_is_refused(tmp_path: Path) -> None:
    """
    A relay for a database that has no mail outbox says so at the start, and what makes one.
    """
    sender = AsyncEmailSender(EmailSettings(host="127.0.0.1", tls="none"))
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(EmailError, match="SqliteMailOutbox"):
        await MailRelay.sqlite(tmp_path / "empty.db", sender).start()
    with pytest.raises(EmailError, match="does not exist"):
        await MailRelay.sqlite(tmp_path / "nowhere.db", sender).start()
    with pytest.raises(ConfigurationError):
        MailRelay.sqlite(tmp_path / "empty.db", sender, at_once=0)
