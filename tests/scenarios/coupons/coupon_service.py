"""
A small service for a contract of its own, written from the guide "Build a service with the kit": nothing but its SQL is
written by hand.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from coupons_api.coupons.problems import COUPON_NOT_FOUND, COUPON_TAKEN
from coupons_api.coupons.requests import NewCouponInput
from fastapi import FastAPI, Response

from aegis_sdk.health import Health
from aegis_sdk.metrics import MetricsMiddleware, UserServiceMetrics
from aegis_sdk.provider import ApiKeys, Cursors, IdempotencyKeys, database_at, timestamp
from aegis_sdk.provider.fastapi import install

TABLES = """CREATE TABLE IF NOT EXISTS coupons (
    place integer PRIMARY KEY, code text NOT NULL UNIQUE, percent integer NOT NULL, created_at text NOT NULL)"""
database = database_at("sqlite:coupons.db")
cursors = Cursors("sixteen characters or more")


@asynccontextmanager
async def lifespan(_: Any) -> AsyncGenerator[None]:
    await database.open(TABLES)
    yield
    await database.aclose()


app = FastAPI(lifespan=lifespan)
app.include_router(Health({"database": database.ping}).router())
install(app, "coupons.yaml", authenticate=ApiKeys(["aegis-verify"]), idempotency=IdempotencyKeys(database.store))
app.add_middleware(MetricsMiddleware, metrics=UserServiceMetrics())


@app.post("/coupons", status_code=201)
async def create(body: NewCouponInput, response: Response) -> dict[str, Any]:
    async with database.transaction() as transaction:
        rows = await transaction.fetch(
            "INSERT INTO coupons (code, percent, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING *",
            body.code,
            body.percent,
            timestamp(),
        )
    if not rows:
        raise COUPON_TAKEN.error("Choose another code.")
    response.headers["location"] = f"/coupons/{body.code}"
    return rows[0]


@app.get("/coupons/{code}")
async def read(code: str) -> dict[str, Any]:
    rows = await database.fetch("SELECT * FROM coupons WHERE code = $1", code)
    if not rows:
        raise COUPON_NOT_FOUND.error()
    return rows[0]


@app.get("/coupons")
async def page(cursor: str | None = None, limit: int = 20) -> dict[str, Any]:
    after = cursors.read(cursor)["place"] if cursor else 0
    rows = await database.fetch("SELECT * FROM coupons WHERE place > $1 ORDER BY place LIMIT $2", after, limit + 1)
    found = cursors.page(rows, limit, lambda row: {"place": row["place"]})
    return {"data": found.items, "next_cursor": found.next_cursor}
