"""
``Idempotency-Key``: a request that succeeded is answered again, not done again.

The rules are those of draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.world import World

SECONDS = 24 * 60 * 60
KEPT = 5_000


class Key(NamedTuple):
    """
    Whose key it is, and for which operation.
    """

    contract: str
    operation: str
    credential: str
    key: str


class Now(NamedTuple):
    """
    The time of the world, and that of the machine: a test may set the former while an answer is under way.
    """

    world: float
    machine: float


@dataclass(slots=True)
class First:
    """
    The first answer to a key.

    Args:
        payload: digest of the request.
        until: the world's time after which the key is forgotten.
        ready: the machine's time when the answer leaves: a fault may hold it back.
    """

    payload: bytes
    until: float
    ready: float
    answer: Answer


def given(routed: Routed, reading: Reading) -> str:
    """
    Return the key that a request carries: as the contract declares it, in a header or the body, else on any POST;
    empty for none.
    """
    name = routed.operation.idempotent
    if name is not None:
        return str(reading.header.get(name) or "")
    member = routed.operation.idempotent_member
    if member is not None and isinstance(reading.body, dict) and (key := reading.body.get(member)):
        return str(key)
    return routed.request.fields.get("idempotency-key", "") if routed.request.method == "POST" else ""


def key_of(routed: Routed, sent: str, credential: str) -> Key:
    """
    Name the key that a request carries.
    """
    operation = routed.operation
    return Key(operation.title, operation.key, credential, sent.strip('"'))


def again(world: World, key: Key, routed: Routed, now: Now) -> Answer | Problem | None:
    """
    Answer a key that was seen: as the first time, or with what is wrong about it.
    """
    first: First | None = world.replies.get(key)
    if first is None or first.until <= now.world:
        return None
    if first.payload != _payload(routed):
        return Problem("idempotency_key_reused", _declared(routed), "The key was sent before with another request.")
    if now.machine < first.ready:
        detail = "Wait for the first request or try again in a moment."
        return Problem("idempotency_request_in_progress", 409, detail)
    told = first.answer
    return Answer(told.status, told.body, dict(told.headers), told.media_type, told.content, origin="replay")


def remember(world: World, key: Key, routed: Routed, now: Now, said: Answer | Problem, delay: float) -> None:
    """
    Remember an answer that was no refusal.
    """
    if isinstance(said, Problem) or said.status >= 400:
        return
    replies = world.replies
    if len(replies) >= KEPT:
        replies.popitem(last=False)
    replies.pop(key, None)
    replies[key] = First(_payload(routed), now.world + SECONDS, now.machine + delay, said)


def _payload(routed: Routed) -> bytes:
    request = routed.request
    head = f"{request.target}\n{request.fields.get('content-type', '')}\n"
    return blake2b(head.encode("latin-1", "replace") + request.body).digest()


def _declared(routed: Routed) -> int:
    """
    Choose the status of a key that was used for something else: 422, or what the contract has instead.
    """
    declared = routed.operation.declared
    return next((status for status in (422, 409, 400) if declared.response(status) is not None), 422)
