"""
Statements about the rows of an outbox in PostgreSQL: which come next, whose they are, which wait behind a refused one.
"""

from __future__ import annotations

from typing import Any

from aegis_sdk.events.outbox._postgres_tables import CHANNEL, WAITS
from aegis_sdk.events.outbox._rows import BEHIND, OutboxRow, read_headers
from aegis_sdk.events.outbox._store import LeaseLostError

__all__ = ["COLUMNS", "affected", "choose", "held", "let_go", "row_of", "up_to"]

COLUMNS = "id, event_id, topic, key, value, headers"


def affected(status: str) -> int:
    """
    How many rows a statement changed, as PostgreSQL says it.
    """
    return int(status.rpartition(" ")[2])


async def let_go(connection: Any) -> None:
    """
    Let those go on that wait behind nobody any more.
    """
    await connection.execute(
        """
        UPDATE aegis_outbox SET parked = NULL, parked_at = NULL FROM (
            SELECT behind.id FROM aegis_outbox AS behind LEFT JOIN (
                SELECT key, min(id) AS first FROM aegis_outbox WHERE parked IS NOT NULL AND parked <> $1 GROUP BY key
            ) AS head USING (key) WHERE behind.parked = $1 AND (head.first IS NULL OR head.first > behind.id)
        ) AS free WHERE free.id = aegis_outbox.id
        """,
        BEHIND,
    )
    await connection.execute(f"SELECT pg_notify('{CHANNEL}', '')")


async def choose(connection: Any, shard: int, rows: int) -> list[OutboxRow]:
    """
    The next events of a shard, without those that wait behind a refused one; these are parked on the way.
    """
    while True:
        found = await connection.fetch(
            f"""
            SELECT {COLUMNS}, key IS NOT NULL AND EXISTS (
                SELECT 1 FROM aegis_outbox AS head
                WHERE head.parked IS NOT NULL AND sha256(head.key) = sha256(aegis_outbox.key)
                AND head.id < aegis_outbox.id
            ) AS is_behind FROM aegis_outbox WHERE shard = $1 AND {WAITS} ORDER BY id LIMIT $2
            """,  # noqa: S608 — constants
            shard,
            rows,
        )
        behind = [row["id"] for row in found if row["is_behind"]]
        if behind:
            await connection.execute(
                "UPDATE aegis_outbox SET parked = $1, parked_at = now() WHERE id = ANY($2::bigint[])", BEHIND, behind
            )
        if len(behind) < len(found) or not found:
            return [row_of(row) for row in found if not row["is_behind"]]


async def held(connection: Any, shard: int, fence: int) -> tuple[int, int, float]:
    """
    The numbers of a shard's batches, taken and confirmed, and the age of the former; nobody else has it meanwhile.

    Raises:
        LeaseLostError: it has another relay by now.
    """
    row = await connection.fetchrow(
        """
        SELECT taken, confirmed, CASE WHEN isfinite(taken_at) THEN extract(epoch FROM now() - taken_at)::float8 ELSE 0
        END FROM aegis_outbox_shard WHERE shard = $1 AND fence = $2 AND owner IS NOT NULL FOR UPDATE
        """,
        shard,
        fence,
    )
    if row is None:
        raise LeaseLostError(f"shard {shard} of the outbox has another relay")
    return row[0], row[1], row[2]


def row_of(row: Any) -> OutboxRow:
    """
    What was asked for by ``COLUMNS``.
    """
    return OutboxRow(row[0], row[1], row[2], row[3], row[4], read_headers(row[5]))


def up_to(size: int, rows: list[OutboxRow]) -> tuple[OutboxRow, ...]:
    """
    The first rows that have *size* bytes together, one at least.
    """
    total = 0
    for count, row in enumerate(rows):
        total += len(row.value)
        if count and total > size:
            return tuple(rows[:count])
    return tuple(rows)
