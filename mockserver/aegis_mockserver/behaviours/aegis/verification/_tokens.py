"""
Tokens that are sent by mail: each works once and for a while, and a newer one replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world import World

STORE = "tokens"
LIFETIME = {"email_verification": timedelta(hours=24), "password_reset": timedelta(hours=1)}

Purpose = Literal["email_verification", "password_reset"]


@dataclass(frozen=True, slots=True)
class Token:
    """
    A token that was just issued.
    """

    value: str
    expires_at: Moment

    def __repr__(self) -> str:
        return f"<Token until {self.expires_at.text}>"


def issue(world: World, purpose: Purpose, user_id: str, moment: Moment) -> Token:
    """
    Issue a token; the one before is unknown from now on.
    """
    tokens = world.store(STORE)
    withdraw(world, purpose, user_id)
    token = Token(world.new_token(43), moment.after(LIFETIME[purpose]))
    entry = {
        "owner": _owner(purpose, user_id),
        "purpose": purpose,
        "user_id": user_id,
        "expires": token.expires_at.timestamp,
        "used": False,
    }
    tokens.put(token.value, entry)
    return token


def withdraw(world: World, purpose: Purpose, user_id: str) -> None:
    """
    Forget the user's token for *purpose*, if there is one.
    """
    tokens = world.store(STORE)
    old = tokens.find("owner", _owner(purpose, user_id))
    if old is not None:
        tokens.delete(old)


def redeem(world: World, purpose: Purpose, value: str, moment: Moment) -> str | Problem:
    """
    Use a token up: answers whose it is, or why it does not work.
    """
    tokens = world.store(STORE)
    entry = tokens.get(value)
    if entry is None or entry["purpose"] != purpose:
        return Problem("token_unknown", detail="Use the link of the latest mail, or request a new one.")
    if entry["used"]:
        return Problem("token_already_used", detail="The token was redeemed before.")
    if moment.timestamp >= entry["expires"]:
        return Problem("token_expired", detail="Request a new one.")
    tokens.put(value, {**entry, "used": True})
    return str(entry["user_id"])


def _owner(purpose: Purpose, user_id: str) -> str:
    return f"{purpose}|{user_id}"
