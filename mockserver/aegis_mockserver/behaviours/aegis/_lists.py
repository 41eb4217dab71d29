"""
Pages of users, in the order of their registration.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from itertools import islice

import msgspec

from aegis_contracts import Violation
from aegis_mockserver.behaviours.aegis import _users
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Store, World

NO_CURSOR = Violation(
    "/query/cursor",
    "cursor",
    "must be a cursor that this service gave out",
    "openapi/common.yaml#/components/parameters/Cursor",
    "send the page.next_cursor of the page before, or leave it out",
)


def page(world: World, cursor: str | None, limit: int, filters: dict[str, str]) -> Answer | Problem:
    """
    Answer one page of users.

    Args:
        filters: what the properties of a user must be.
    """
    users = world.store(_users.STORE)
    start = 0
    if cursor is not None:
        place = _read(world, cursor)
        if place is None:
            return Problem("invalid_request", 400, "1 rule is violated.", violations=(NO_CURSOR,))
        start = _after(world, users, *place)
    found = _matching(users, start, limit, filters)
    more = len(found) > limit
    shown = found[:limit]
    following = _write(world, shown[-1][0]) if more else None
    rest = msgspec.json.encode({"next_cursor": following, "has_more": more})
    content = b'{"data":[' + b",".join(content for _, content in shown) + b'],"page":' + rest + b"}"
    return Answer(200, media_type="application/json", content=content)


def _matching(users: Store, start: int, limit: int, filters: dict[str, str]) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for key in islice(users, start, None):
        content = users.get_bytes(key)
        assert content is not None
        if filters:
            user = msgspec.json.decode(content)
            if any(user.get(name) != value for name, value in filters.items()):
                continue
        found.append((key, content))
        if len(found) > limit:
            break
    return found


def _after(world: World, users: Store, number: int, user_id: str) -> int:
    """
    Return the position after the user that the cursor names, even if that user was deleted since.
    """
    known = user_id in users
    for position, key in enumerate(users):
        if key == user_id:
            return position + 1
        if not known and _users.number(world, key) > number:
            return position
    return len(users)


def _write(world: World, user_id: str) -> str:
    text = f"{_users.number(world, user_id)}.{user_id}"
    return base64.urlsafe_b64encode(f"{_seal(world, text)}.{text}".encode()).decode().rstrip("=")


def _read(world: World, cursor: str) -> tuple[int, str] | None:
    try:
        decoded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    seal, _, text = decoded.partition(".")
    number, _, user_id = text.partition(".")
    return (int(number), user_id) if seal == _seal(world, text) else None


def _seal(world: World, text: str) -> str:
    return blake2b(f"{world.seed}|{world.name}|{text}".encode(), digest_size=6).hexdigest()
