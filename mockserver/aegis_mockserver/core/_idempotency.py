"""
``Idempotency-Key``: a request that succeeded is answered again, not done again.

The rules are those of draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING

from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import Answer, Problem

if TYPE_CHECKING:
    from aegis_mockserver.core._journey import Trip
    from aegis_mockserver.core._served import Served

SECONDS = 24 * 60 * 60
KEPT = 5_000


def once(
    trip: Trip, served: Served, header: str, reading: Reading, behave: Callable[[], Answer | Problem]
) -> Answer | Problem:
    """
    Do what *behave* does, once for each key, credential and operation.
    """
    key = reading.header.get(header)
    if not key:
        return behave()
    request, world = trip.request, trip.world
    kept = world.replies
    name = (served.title, served.key, trip.credential, str(key).strip('"'))
    payload = blake2b(
        f"{request.target}\n{request.fields.get('content-type', '')}\n".encode("latin-1", "replace") + request.body,
        digest_size=16,
    ).digest()
    now = world.clock.timestamp()
    found = kept.get(name)
    if found is not None and found[1] > now:
        if found[0] != payload:
            return Problem("idempotency_key_reused", _declared(served), "The key was sent before with another request.")
        if time.monotonic() < found[2]:
            return Problem(
                "idempotency_request_in_progress", 409, "Wait for the first request or try again in a moment."
            )
        trip.keep = False
        first: Answer = found[3]
        return Answer(first.status, first.body, dict(first.headers), first.media_type, first.content, origin="replay")
    said = behave()
    if isinstance(said, Answer) and said.status < 400:
        if len(kept) >= KEPT:
            kept.popitem(last=False)
        kept.pop(name, None)
        # A fault may hold the answer back: until it leaves, the first request is still being processed.
        ready = time.monotonic() + trip.disturbance.delay if trip.disturbance is not None else 0.0
        kept[name] = (payload, now + SECONDS, ready, said)
    trip.keep = False
    return said


def _declared(served: Served) -> int:
    """
    Choose the status of a key that was used for something else: 422, or what the contract has instead.
    """
    return next((status for status in (422, 409, 400) if served.response(status) is not None), 422)
