"""
The users of a world: the profiles that the API shows, and beside them what it keeps to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.behaviours.aegis.verification import _codes, _tokens
from aegis_mockserver.core._messages import ItemChange, Problem
from aegis_mockserver.world import World

STORE = "/api/v1/users"  # named as inferred stores are, so that seed files and the page find it where they expect it
ACCOUNTS = "accounts"
PROFILE = ("business_name", "phone_number", "business_type", "industry_code", "industry_code_revision", "region")


def not_found() -> Problem:
    """
    Refuse an id that nobody has.
    """
    return Problem("user_not_found", detail="No user has this id, or the user was deleted.")


def find(world: World, user_id: str) -> dict[str, Any] | None:
    """
    Return the user's profile.
    """
    found: dict[str, Any] | None = world.store(STORE).get(user_id)
    return found


def by_email(world: World, address: str) -> str | None:
    """
    Return the id of the user with this address; case makes no difference.
    """
    key = address.lower()
    users = world.store(STORE)
    return world.store(ACCOUNTS).find("email_key", key) or users.find("email", address) or users.find("email", key)


def by_business(world: World, number: str) -> str | None:
    """
    Return the id of the user with this business registration number.
    """
    return world.store(STORE).find("business_registration_number", number)


def add(world: World, body: Mapping[str, Any], business_status: str, moment: Moment) -> dict[str, Any]:
    """
    Store a new user.
    """
    user_id = str(world.new_uuid())
    # The password is not kept, not even as a hash: no operation asks for it again.
    profile = {name: value for name, value in body.items() if name != "password"}
    user = {
        "user_id": user_id,
        **profile,
        "status": "pending",
        "business_status": business_status,
        "email_verified": False,
        "phone_verified": False,
        "created_at": moment.text,
        "updated_at": moment.text,
    }
    world.store(ACCOUNTS).put(user_id, {"email_key": body["email"].lower()})
    world.store(STORE).put(user_id, user)
    return user


def save(world: World, user: dict[str, Any], moment: Moment) -> dict[str, Any]:
    """
    Store a changed profile.
    """
    user["updated_at"] = moment.text
    world.store(STORE).put(user["user_id"], user)
    return user


def patch(world: World, user: dict[str, Any], changes: Mapping[str, Any], moment: Moment) -> ItemChange:
    """
    Apply a merge patch to the profile, and say what really changed.
    """
    changed = [name for name, value in changes.items() if user.get(name) != value]
    old = {name: user.get(name) for name in changed}
    new = {name: changes[name] for name in changed}
    for name, value in new.items():
        if value is None:
            user.pop(name, None)
        else:
            user[name] = value
    if "phone_number" in changed:
        user["phone_verified"] = False
        _codes.withdraw(world, user["user_id"])
    if changed:
        save(world, user, moment)
    return ItemChange(changed, old, new)


def remove(world: World, user_id: str) -> bool:
    """
    Delete a user with everything that was kept about them.
    """
    if not world.store(STORE).delete(user_id):
        return False
    world.store(ACCOUNTS).delete(user_id)
    _codes.withdraw(world, user_id)
    _tokens.withdraw(world, "email_verification", user_id)
    _tokens.withdraw(world, "password_reset", user_id)
    return True


def called(user: Mapping[str, Any]) -> str:
    """
    Return how a mail addresses the user.
    """
    return str(user.get("representative_name") or user.get("business_name") or "고객")
