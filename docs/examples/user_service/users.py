"""
Users as they are stored, read, changed and deleted.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from aegis_sdk.events import UserDeleted
from aegis_sdk.provider import Cursors, Database, DatabaseRow, Transaction, profile_changes, timestamp
from aegis_sdk.provider.user import USER_NOT_FOUND, UpdateUserRequest

# Timestamps are texts as the contract writes them: both databases sort and compare those in the same way.
TABLES = """
CREATE TABLE IF NOT EXISTS users (
    user_id text PRIMARY KEY,
    place bigint NOT NULL UNIQUE,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    business_registration_number text NOT NULL UNIQUE,
    business_name text NOT NULL,
    phone_number text NOT NULL,
    business_type text,
    industry_code text,
    industry_code_revision integer,
    region text,
    start_date text,
    representative_name text,
    status text NOT NULL DEFAULT 'pending',
    business_status text NOT NULL,
    email_verified boolean NOT NULL DEFAULT FALSE,
    phone_verified boolean NOT NULL DEFAULT FALSE,
    created_at text NOT NULL,
    updated_at text NOT NULL
);
CREATE TABLE IF NOT EXISTS places (one integer PRIMARY KEY, last bigint NOT NULL);
INSERT INTO places VALUES (1, 0) ON CONFLICT DO NOTHING;
"""
_OWN = {"place", "email_key", "password_hash"}
_SEOUL = ZoneInfo("Asia/Seoul")


def shown(row: DatabaseRow) -> dict[str, Any]:
    """
    A user as the contract shows one: without what is the service's own, and without what was not given.
    """
    user = {name: value for name, value in row.items() if name not in _OWN and value is not None}
    return {**user, "email_verified": bool(row["email_verified"]), "phone_verified": bool(row["phone_verified"])}


def called(row: DatabaseRow) -> str:
    """
    How a mail addresses a user.
    """
    return str(row["representative_name"] or row["business_name"])


async def held(transaction: Transaction, user_id: str) -> DatabaseRow:
    """
    A user that nobody else changes until the end of the transaction.
    """
    # An update that changes nothing locks the row, in both databases.
    rows = await transaction.fetch("UPDATE users SET place = place WHERE user_id = $1 RETURNING *", user_id)
    if not rows:
        raise USER_NOT_FOUND.error("No user has this id, or the user was deleted.")
    return rows[0]


class Users:
    """
    The users of this service.
    """

    def __init__(self, database: Database, cursors: Cursors) -> None:
        self._database = database
        self._cursors = cursors

    async def read(self, user_id: str) -> DatabaseRow:
        """
        One user.
        """
        rows = await self._database.fetch("SELECT * FROM users WHERE user_id = $1", user_id)
        if not rows:
            raise USER_NOT_FOUND.error("No user has this id, or the user was deleted.")
        return rows[0]

    async def page(self, cursor: str | None, limit: int, status: str | None, region: str | None) -> dict[str, Any]:
        """
        A page of users in the order of their registration.
        """
        query = {"status": status, "region": region}
        after = self._cursors.read(cursor, query)["place"] if cursor else 0
        rows = await self._database.fetch(
            """
            SELECT * FROM users WHERE place > $1 AND status = coalesce($2, status)
            AND coalesce(region, '') = coalesce($3, region, '') ORDER BY place LIMIT $4
            """,
            after,
            status,
            region,
            limit + 1,
        )
        found = self._cursors.page(rows, limit, lambda row: {"place": row["place"]}, query)
        return {"data": [shown(row) for row in found.items], "page": found.page}

    async def update(self, user_id: str, body: UpdateUserRequest) -> dict[str, Any]:
        """
        Apply a merge patch, and tell what really changed.
        """
        async with self._database.transaction() as transaction:
            before = await held(transaction, user_id)
            changes = profile_changes(before, body.given())
            if not changes:
                return shown(before)
            after = {**before, **changes.new_values}
            # A new number is nobody's until its owner has shown a code that was sent to it.
            verified = bool(before["phone_verified"]) and "phone_number" not in changes.changed_fields
            rows = await transaction.fetch(
                """
                UPDATE users SET business_name = $2, phone_number = $3, business_type = $4, industry_code = $5,
                industry_code_revision = $6, region = $7, phone_verified = $8, updated_at = $9
                WHERE user_id = $1 RETURNING *
                """,
                user_id,
                *(after[name] for name in UpdateUserRequest.model_fields),
                verified,
                timestamp(),
            )
            await transaction.publish(changes.event(user_id))
            return shown(rows[0])

    async def delete(self, user_id: str, reason: str) -> None:
        """
        Delete a user for good. Tokens and codes of nobody are unknown by themselves.
        """
        async with self._database.transaction() as transaction:
            await held(transaction, user_id)
            await transaction.fetch("DELETE FROM users WHERE user_id = $1", user_id)
            await transaction.publish(UserDeleted.new(user_id=user_id, deletion_reason=reason))

    async def figures(self) -> dict[str, Any]:
        """
        The figures of ``GET /metrics`` that the database knows.
        """
        midnight = datetime.combine(datetime.now(_SEOUL), time(), _SEOUL)
        rows = await self._database.fetch(
            """
            SELECT count(*) AS users, count(*) FILTER (WHERE status = 'active') AS active_users,
            count(*) FILTER (WHERE created_at >= $1) AS registrations_today,
            count(*) FILTER (WHERE email_verified) AS verified FROM users
            """,
            timestamp(midnight),
        )
        users, verified = rows[0].pop("users"), rows[0].pop("verified")
        return {**rows[0], "verification_rate": verified / users if users else 0.0}
