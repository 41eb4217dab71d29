"""
Ready-made checks of what services depend on. They use what the service uses already, and close nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from aegis_sdk.health._reason import Unhealthy
from aegis_sdk.health._returned import read

if TYPE_CHECKING:
    from aegis_sdk.events.kafka import KafkaConnection

__all__ = ["http", "kafka", "part", "postgres", "publisher", "redis", "relay"]

AsyncCheck = Callable[[], Awaitable[Any]]


class _Pinging(Protocol):
    def ping(self) -> Any: ...


class _Publishing(Protocol):
    def probe(self, timeout: float = ...) -> Awaitable[Any]: ...


class _Relaying(Protocol):
    def health(self) -> Any: ...
    def backlog(self) -> Awaitable[Any]: ...


def postgres(database: Any) -> AsyncCheck:
    """
    PostgreSQL answers a query.

    Args:
        database: an asyncpg pool or connection, a psycopg connection or pool of the asynchronous kind, or an address
            to connect to each time (needs the extra ``postgres``).
    """
    if isinstance(database, str):
        return _connecting(database)

    async def check() -> None:
        if hasattr(database, "fetchval"):
            await database.fetchval("SELECT 1")
        elif hasattr(database, "execute"):
            await database.execute("SELECT 1")
        else:
            async with database.connection() as connection:
                await connection.execute("SELECT 1")

    return check


def _connecting(address: str) -> AsyncCheck:
    async def check() -> None:
        try:
            import asyncpg  # type: ignore[import-untyped]  # it has no types
        except ImportError:
            from aegis_sdk.errors import MissingExtraError

            raise MissingExtraError("health.postgres", "postgres") from None
        connection = await cast("Any", asyncpg).connect(address)
        try:
            await connection.fetchval("SELECT 1")
        finally:
            connection.terminate()

    return check


def redis(client: _Pinging) -> Callable[[], Any]:
    """
    Redis answers PING; *client* may be of either kind.
    """

    def check() -> Any:
        return client.ping()

    return check


def part(one: Any) -> AsyncCheck:
    """
    A publisher, consumer, relay, or whatever else has a method ``health``, says that it is well.
    """

    async def check() -> Any:
        said = one.health()
        return await said if inspect.isawaitable(said) else said

    return check


def publisher(one: _Publishing, *, ask: bool = True) -> AsyncCheck:
    """
    A publisher gets its events through, and a broker answers now.

    Args:
        ask: whether to ask a broker; otherwise the publisher is judged by its progress.
    """
    if not ask:
        return part(one)

    async def check() -> Any:
        return await one.probe()

    return check


def kafka(connection: KafkaConnection | str | None = None, *, timeout: float = 1.5) -> AsyncCheck:
    """
    A broker answers now and signs us in: for a service that publishes by an outbox. Needs the extra ``kafka``.

    Args:
        connection: where Kafka is; ``AEGIS_KAFKA_BOOTSTRAP`` and its companions, if not given.
    """
    from aegis_sdk.events.kafka import KafkaConnection
    from aegis_sdk.events.kafka._errors import KafkaAddressError, KafkaUnreachableError
    from aegis_sdk.events.kafka._reach import reach

    where = KafkaConnection.of(connection)

    async def check() -> None:
        try:
            await reach(where, timeout=timeout)
        except (KafkaUnreachableError, KafkaAddressError):
            raise Unhealthy("no broker is reachable") from None

    return check


def relay(one: _Relaying, *, oldest: float = 300.0) -> AsyncCheck:
    """
    A relay moves on, and nothing has waited in the outbox for too long; the outbox is looked at when asked.

    Args:
        oldest: how many seconds an event may wait there.
    """

    async def check() -> Any:
        backlog = await one.backlog()
        said = one.health()
        if not read("the relay", said):
            return said
        if backlog.oldest > oldest:
            raise Unhealthy(f"{backlog.waiting} events wait in the outbox, the oldest for {backlog.oldest:.0f} s")
        return None

    return check


def http(url: str, *, expect: int | None = None) -> AsyncCheck:
    """
    An HTTP service answers a GET. Redirects are not followed, and no credential is sent.

    Args:
        expect: the status that is well; any 2xx unless given.
    """
    client: Any = None

    async def check() -> None:
        import httpx

        nonlocal client
        if client is None:
            # Its TLS context costs more than the request; the deadline is the health check's own.
            client = httpx.AsyncHTTPTransport()
        request = httpx.Request("GET", url, headers={"connection": "close"})
        answer = await client.handle_async_request(request)
        await answer.aclose()
        well = answer.status_code == expect if expect is not None else 200 <= answer.status_code < 300
        if not well:
            raise Unhealthy(f"it answered {answer.status_code}")

    return check
