"""
Writing into an outbox: one with the service's own transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.errors import EventValidationError
from aegis_sdk.events.codec._codec import encode
from aegis_sdk.events.outbox import OutboxError, SqliteOutbox
from aegis_sdk.events.outbox._rows import read_headers, written_headers
from aegis_sdk.events.publisher._errors import EventTooLargeError
from tests.unit.events.outbox.harness import deleted


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "service.db")
    SqliteOutbox().create(connection)
    connection.execute("CREATE TABLE users (id TEXT)")
    connection.commit()
    yield connection
    connection.close()


def test_an_event_stands_in_the_table_as_it_will_be_published(database: sqlite3.Connection) -> None:
    """
    Bytes, key, topic and headers are those that the publisher would send.
    """
    event = deleted(1)
    with database:
        SqliteOutbox().add(database, event, headers={"tenant": "이지스"}, traceparent="00-ab-cd-01")
    topic, key, value, headers = database.execute("SELECT topic, key, value, headers FROM aegis_outbox").fetchone()
    assert (topic, key, value) == ("aegis.user.deleted.v1", b"user-1", encode(event))
    assert dict(read_headers(headers)) == {
        "content-type": b"application/json",
        "event-type": b"UserDeleted",
        "event-id": event.event_id.encode(),
        "traceparent": b"00-ab-cd-01",
        "tenant": "이지스".encode(),
    }


def test_what_is_rolled_back_never_was(database: sqlite3.Connection) -> None:
    """
    The event shares the fate of the service's own changes.
    """

    def fail() -> None:
        with database:
            database.execute("INSERT INTO users VALUES ('user-1')")
            SqliteOutbox().add(database, deleted(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert SqliteOutbox().backlog(database).waiting == 0
    assert database.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_an_event_outside_of_a_transaction_is_refused(tmp_path: Path) -> None:
    """
    A connection that commits every statement would publish an event whose change then fails.
    """
    connection = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    outbox = SqliteOutbox()
    outbox.create(connection)
    with pytest.raises(OutboxError, match="begin a transaction"):
        outbox.add(connection, deleted(1))
    connection.execute("BEGIN")
    outbox.add(connection, deleted(1))
    connection.execute("COMMIT")
    assert outbox.backlog(connection).waiting == 1
    connection.close()


def test_an_event_that_breaks_its_contract_is_not_written(database: sqlite3.Connection) -> None:
    """
    What no consumer may see does not enter the outbox.
    """
    broken = UserRegistered.new(user_id="user-1", email="kim@example.com", business_registration_number="nonsense")
    with pytest.raises(EventValidationError, match="businessRegistrationNumber"):
        SqliteOutbox().add(database, broken)
    assert SqliteOutbox().backlog(database).waiting == 0


def test_an_event_that_kafka_would_refuse_is_not_written(database: sqlite3.Connection) -> None:
    """
    An event too large for Kafka would hold everything behind it for ever.
    """
    with pytest.raises(EventTooLargeError, match="at most 100"):
        SqliteOutbox(max_bytes=100).add(database, deleted(1))


def test_the_same_event_is_not_added_twice(database: sqlite3.Connection) -> None:
    """
    An event id stands in the outbox once.
    """
    with database:
        SqliteOutbox().add(database, deleted(1))
    with pytest.raises(sqlite3.IntegrityError):
        SqliteOutbox().add(database, deleted(1))


def test_events_of_one_key_share_a_shard_whoever_writes_them(database: sqlite3.Connection) -> None:
    """
    The number of shards stands in the database, so that two services with other settings agree.
    """
    SqliteOutbox().create(database, shards=32)
    with database:
        SqliteOutbox().add_all(database, [deleted(n) for n in range(40)])
    shards = database.execute("SELECT key, count(DISTINCT shard) FROM aegis_outbox GROUP BY key").fetchall()
    assert {count for _, count in shards} == {1}
    assert database.execute("SELECT max(shard) < 4 FROM aegis_outbox").fetchone() == (1,)


def test_creating_is_part_of_the_callers_transaction(tmp_path: Path) -> None:
    """
    A migration that fails leaves no tables behind.
    """
    connection = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    connection.execute("BEGIN")
    SqliteOutbox().create(connection)
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize("value", [b"", b"\x00\xff", "가나다".encode()])
def test_headers_of_any_bytes_come_back(value: bytes) -> None:
    """
    Header values are bytes and stay those bytes.
    """
    assert read_headers(written_headers([("a", value), ("a", b"2")])) == (("a", value), ("a", b"2"))
