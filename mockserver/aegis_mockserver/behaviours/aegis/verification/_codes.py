"""
Codes that are sent by SMS: six digits for five minutes, and five attempts.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world import World

STORE = "phone_codes"
LIFETIME = timedelta(minutes=5)
LOCKED = timedelta(minutes=5)
ATTEMPTS = 5


def locked(world: World, user_id: str, moment: Moment) -> Problem | None:
    """
    Refuse a new code for as long as wrong ones have made the user wait.
    """
    entry = world.store(STORE).get(user_id)
    seconds = _wait(entry, moment) if entry is not None else 0
    if not seconds:
        return None
    headers = {"Retry-After": str(seconds)}
    return Problem("too_many_requests", detail=f"Try again in {seconds} seconds.", headers=headers)


def issue(world: World, user_id: str, code: str, moment: Moment) -> Moment:
    """
    Remember *code* as the user's only one; answers until when it works.
    """
    expires = moment.after(LIFETIME)
    entry = {"code": code, "expires": expires.timestamp, "attempts": 0, "used": False, "locked_until": 0.0}
    world.store(STORE).put(user_id, entry)
    return expires


def withdraw(world: World, user_id: str) -> None:
    """
    Forget the user's code, if there is one.
    """
    world.store(STORE).delete(user_id)


def redeem(world: World, user_id: str, code: str, moment: Moment) -> Problem | None:
    """
    Use the code up, or say why it does not work.
    """
    codes = world.store(STORE)
    entry = codes.get(user_id)
    if entry is None:
        return Problem("code_not_requested", detail="Request a code first.")
    if entry["used"]:
        return Problem("code_already_used", detail="The phone number was verified with this code before.")
    if entry["attempts"] >= ATTEMPTS:
        return _too_many(_wait(entry, moment))
    if moment.timestamp >= entry["expires"]:
        return Problem("code_expired", detail="The code was valid for 5 minutes; request a new one.")
    if entry["code"] == code:
        codes.put(user_id, {**entry, "used": True})
        return None
    return _wrong(world, user_id, entry, moment)


def _wrong(world: World, user_id: str, entry: dict[str, Any], moment: Moment) -> Problem:
    entry["attempts"] += 1
    remaining = ATTEMPTS - entry["attempts"]
    if not remaining:
        entry["locked_until"] = moment.after(LOCKED).timestamp
    world.store(STORE).put(user_id, entry)
    if not remaining:
        return _too_many(_wait(entry, moment))
    detail = "The code is not the one that was sent last."
    return Problem("code_mismatch", detail=detail, members={"attempts_remaining": remaining})


def _too_many(seconds: int) -> Problem:
    when = f"in {seconds} seconds" if seconds else "now"
    detail = f"The code is invalid now; request a new one {when}."
    return Problem("too_many_attempts", detail=detail, headers={"Retry-After": str(seconds)})


def _wait(entry: dict[str, Any], moment: Moment) -> int:
    return max(0, math.ceil(float(entry["locked_until"]) - moment.timestamp))
