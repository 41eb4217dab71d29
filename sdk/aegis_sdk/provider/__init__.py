"""
The contract at a provider's door: what a service needs to offer what its contract promises.

Problems and request models come from the contract: ``aegis_sdk.provider.user``. ``install`` of
``aegis_sdk.provider.fastapi`` holds an application to it in one line; everything else knows no framework. Each name
loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegis_sdk.provider._changes import ProfileChanges, profile_changes
    from aegis_sdk.provider._codes import IssuedCode, OneTimeCodes
    from aegis_sdk.provider._cursors import Cursors, Slice
    from aegis_sdk.provider._idempotency import IdempotencyKeys, KeptAnswer, KeyClaim
    from aegis_sdk.provider._keys import ApiKeys
    from aegis_sdk.provider._problem import ProblemError, ProblemResponse, ProblemType
    from aegis_sdk.provider._request_id import request_id_of
    from aegis_sdk.provider._request_model import RequestModel
    from aegis_sdk.provider._timestamp import timestamp
    from aegis_sdk.provider._tokens import IssuedToken, OneTimeTokens
    from aegis_sdk.provider.asgi import ContractMiddleware, ContractReport, IdempotencyMiddleware
    from aegis_sdk.provider.database import (
        Database,
        DatabaseRow,
        PostgresDatabase,
        SqliteDatabase,
        Transaction,
        database_at,
    )
    from aegis_sdk.provider.stores import Entry, MemoryStore, PostgresStore, RedisStore, SqliteStore, Store

_HOMES = {
    "ApiKeys": "_keys",
    "ContractMiddleware": "asgi",
    "ContractReport": "asgi",
    "Cursors": "_cursors",
    "Database": "database",
    "IdempotencyKeys": "_idempotency",
    "IdempotencyMiddleware": "asgi",
    "IssuedCode": "_codes",
    "IssuedToken": "_tokens",
    "KeptAnswer": "_idempotency",
    "KeyClaim": "_idempotency",
    "MemoryStore": "stores",
    "OneTimeCodes": "_codes",
    "OneTimeTokens": "_tokens",
    "PostgresDatabase": "database",
    "PostgresStore": "stores",
    "ProblemError": "_problem",
    "ProblemResponse": "_problem",
    "ProblemType": "_problem",
    "ProfileChanges": "_changes",
    "Entry": "stores",
    "RedisStore": "stores",
    "RequestModel": "_request_model",
    "Slice": "_cursors",
    "DatabaseRow": "database",
    "SqliteDatabase": "database",
    "SqliteStore": "stores",
    "Store": "stores",
    "Transaction": "database",
    "database_at": "database",
    "profile_changes": "_changes",
    "request_id_of": "_request_id",
    "timestamp": "_timestamp",
}
__all__ = [
    "ApiKeys",
    "ContractMiddleware",
    "ContractReport",
    "Cursors",
    "Database",
    "DatabaseRow",
    "Entry",
    "IdempotencyKeys",
    "IdempotencyMiddleware",
    "IssuedCode",
    "IssuedToken",
    "KeptAnswer",
    "KeyClaim",
    "MemoryStore",
    "OneTimeCodes",
    "OneTimeTokens",
    "PostgresDatabase",
    "PostgresStore",
    "ProblemError",
    "ProblemResponse",
    "ProblemType",
    "ProfileChanges",
    "RedisStore",
    "RequestModel",
    "Slice",
    "SqliteDatabase",
    "SqliteStore",
    "Store",
    "Transaction",
    "database_at",
    "profile_changes",
    "request_id_of",
    "timestamp",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
