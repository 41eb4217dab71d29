"""
A service's database: what is one transaction is one, on SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import pytest

from aegis_sdk.email import EmailSettings, verification
from aegis_sdk.errors import ConfigurationError, EventValidationError
from aegis_sdk.events import UserRegistered
from aegis_sdk.provider import Database, OneTimeCodes, OneTimeTokens, ProblemError, database_at, timestamp

MAILS = EmailSettings(host="127.0.0.1", tls="none")
TABLES = "CREATE TABLE IF NOT EXISTS people (id text PRIMARY KEY, age integer)"


def a_mail() -> EmailMessage:
    return verification(MAILS, "seoyeon.kim@example.com", user_name="김서연", token="t")


def an_event(user_id: str) -> UserRegistered:
    number = "124-81-00998"
    return UserRegistered.new(user_id=user_id, email="a@example.com", business_registration_number=number)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path / 'service.db'}"
    else:
        yield request.getfixturevalue("postgres")


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    made = await database_at(address).open(TABLES)
    if not address.startswith("sqlite"):
        connection = await asyncpg.connect(address)
        await connection.execute("TRUNCATE people, aegis_outbox, aegis_mail_outbox, aegis_records")
        await connection.close()
    yield made
    await made.aclose()


async def test_all_of_a_transaction_or_nothing(database: Database) -> None:
    """
    A row, a token, an event and a mail are there together after the commit, and none of them after a failure.
    """
    tokens = OneTimeTokens(database.store, "email", ttl=timedelta(hours=1))

    async def work(name: str) -> str:
        async with database.transaction() as transaction:
            await transaction.fetch("INSERT INTO people VALUES ($1, $2)", name, 7)
            token = await tokens.using(transaction.store).issue(name)
            await transaction.publish(an_event(name))
            await transaction.send(a_mail())
            if name == "lost":
                raise RuntimeError(token.value.reveal())
        return token.value.reveal()

    kept = await work("kept")
    with pytest.raises(RuntimeError) as failed:
        await work("lost")
    assert await database.fetch("SELECT * FROM people") == [{"id": "kept", "age": 7}]
    assert await tokens.redeem(kept) == "kept"
    with pytest.raises(ProblemError, match="token_unknown"):
        await tokens.redeem(str(failed.value))
    counted = "SELECT (SELECT count(*) FROM aegis_outbox) AS events, (SELECT count(*) FROM aegis_mail_outbox) AS mails"
    assert await database.fetch(counted) == [{"events": 1, "mails": 1}]


async def test_an_event_that_breaks_its_schema_breaks_the_transaction(database: Database) -> None:
    """
    It is refused where it is published, and what was written before it is rolled back.
    """
    wrong = UserRegistered.new(user_id="u", email="no address", business_registration_number="124-81-00998")

    async def work() -> None:
        async with database.transaction() as transaction:
            await transaction.fetch("INSERT INTO people VALUES ($1, $2)", "a", 1)
            await transaction.publish(wrong)

    with pytest.raises(EventValidationError):
        await work()
    assert await database.fetch("SELECT * FROM people") == []


async def test_a_refusal_may_be_kept(database: Database) -> None:
    """
    A wrong code is counted although its request is refused; without ``keep`` it would be forgotten.
    """
    codes = OneTimeCodes(database.store, "phone", secret="sixteen characters")
    await codes.issue("u")
    remaining = []
    for keep in (ProblemError, (), ProblemError):
        with pytest.raises(ProblemError) as refused:
            async with database.transaction(keep=keep) as transaction:
                await codes.using(transaction.store).redeem("u", "wrong!")
        remaining.append(refused.value.members["attempts_remaining"])
    assert remaining == [4, 3, 3]


async def test_a_cancelled_request_leaves_nothing_open(database: Database) -> None:
    """
    Whoever is cancelled in a transaction, or while it begins, rolls it back, and the next one goes on.
    """

    async def work() -> None:
        async with database.transaction() as transaction:
            await transaction.fetch("INSERT INTO people VALUES ($1, $2)", "a", 1)
            await asyncio.sleep(60)

    for turns in range(1, 12):
        task = asyncio.create_task(work())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with database.transaction() as transaction:
        assert await transaction.fetch("INSERT INTO people VALUES ($1, $2) RETURNING id", "a", 1) == [{"id": "a"}]


async def test_many_transactions_at_once(database: Database) -> None:
    """
    A hundred that read and write the same row lose no change.
    """
    await database.fetch("SELECT 1 AS one")
    async with database.transaction() as transaction:
        await transaction.fetch("INSERT INTO people VALUES ($1, $2)", "a", 0)

    async def work() -> None:
        async with database.transaction() as transaction:
            rows = await transaction.fetch("UPDATE people SET age = age WHERE id = $1 RETURNING age", "a")
            await transaction.fetch("UPDATE people SET age = $2 WHERE id = $1", "a", rows[0]["age"] + 1)

    await asyncio.gather(*(work() for _ in range(100)))
    assert await database.fetch("SELECT age FROM people") == [{"age": 100}]


async def test_what_no_database_keeps_is_refused(database: Database) -> None:
    """
    A text with U+0000 is 400 on both databases, and not a failure of the service on one of them.
    """
    with pytest.raises(ProblemError, match="400 invalid_request"):
        await database.fetch("SELECT * FROM people WHERE id = $1", "a\0b")
    with pytest.raises(ProblemError, match="400 invalid_request"):
        async with database.transaction() as transaction:
            await transaction.fetch("INSERT INTO people VALUES ($1, $2)", "a\0b", 1)


async def test_it_is_opened_twice(address: str, database: Database) -> None:
    """
    Tables that are there stay as they are, and a store may be handed on before the database is open.
    """
    another = database_at(address)
    tokens = OneTimeTokens(another.store, "email", ttl=timedelta(hours=1))
    with pytest.raises(ConfigurationError, match="open"):
        await another.fetch("SELECT 1")
    await another.open(TABLES)
    token = await tokens.issue("u")
    assert await OneTimeTokens(database.store, "email", ttl=timedelta(hours=1)).redeem(token.value) == "u"
    await another.ping()
    await another.aclose()


@pytest.mark.parametrize("wrong", ["", "service.db", "sqlite:", "mysql://root:s3cret@db/users"])
def test_other_addresses_are_refused(wrong: str) -> None:
    """
    What is no address of a database is refused without being repeated.
    """
    with pytest.raises(ConfigurationError) as refused:
        database_at(wrong)
    assert "s3cret" not in str(refused.value)


def test_timestamps_are_the_contracts() -> None:
    """
    UTC, to the millisecond, with Z; a moment that does not say its offset is refused.
    """
    seoul = timezone(timedelta(hours=9))
    assert timestamp(datetime(2026, 11, 22, 14, 20, 31, 482_999, seoul)) == "2026-11-22T05:20:31.482Z"
    assert timestamp(datetime(2026, 11, 22, tzinfo=UTC)) == "2026-11-22T00:00:00.000Z"
    with pytest.raises(ValueError, match="offset"):
        timestamp(datetime(2026, 11, 22))  # noqa: DTZ001 -- the claim
