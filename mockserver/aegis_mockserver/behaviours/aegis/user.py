"""
The User API: registration, profiles and their verification, and the state of the service itself.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from functools import lru_cache

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis import _business, _confirmations, _gateway, _service, _taxpayers, _users
from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.behaviours.aegis._neighbours import valid_only
from aegis_mockserver.behaviours.aegis.verification import _codes, _mails, _tokens
from aegis_mockserver.behaviours.lists._lists import Listing
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World


def register(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Conflicts → registry → store → (``x-emits`` publishes) → one verification mail.
    """
    body = reading.body
    if _users.by_email(world, body["email"]):
        return Problem("email_already_registered", detail="A user with this e-mail address exists.")
    if _users.by_business(world, body["business_registration_number"]):
        detail = "A user with this business registration number exists."
        return Problem("business_already_registered", detail=detail)
    refused = _business.refusal(operation.contract, world, body)
    if refused is not None:
        return refused
    moment = Moment.now(world)
    user = _users.add(world, body, "active", moment)
    token = _tokens.issue(world, "email_verification", user["user_id"], moment)
    _mails.email_verification(world, user["email"], _users.called(user), token)
    answer = {
        "success": True,
        "user_id": user["user_id"],
        "status": user["status"],
        "business_status": user["business_status"],
        "created_at": user["created_at"],
        "email_verification_expires_at": token.expires_at.text,
    }
    place = {"Location": f"/api/v1/users/{user['user_id']}"}
    return Answer(201, answer, place, facts={"occurred_at": moment.text})


def get(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Read one user.
    """
    content = world.store(_users.STORE).get_bytes(reading.path["user_id"])
    if content is None:
        return _users.not_found()
    return Answer(200, media_type="application/json", content=content)


def list_users(operation: Operation, reading: Reading, world: World) -> Answer | Problem | None:
    """
    Read one page of users.
    """
    listed = _listing(operation)
    return listed.answer(world.store(_users.STORE), reading) if listed is not None else None


@lru_cache(maxsize=16)
def _listing(operation: Operation) -> Listing | None:
    return Listing.of(operation, "users")


def update(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Apply a merge patch to the profile.
    """
    user = _users.find(world, reading.path["user_id"])
    if user is None:
        return _users.not_found()
    moment = Moment.now(world)
    change = _users.patch(world, user, reading.body, moment)
    return Answer(200, user, change=change, facts={"occurred_at": moment.text})


def delete(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Delete a user; address and business number are free again.
    """
    return Answer(204) if _users.remove(world, reading.path["user_id"]) else _users.not_found()


STORES = (_users.STORE, _users.ACCOUNTS, _codes.STORE, _tokens.STORE, _gateway.STORE, _taxpayers.STORE)
BEHAVIOURS: dict[str, Behave] = valid_only(
    {
        "registerUser": register,
        "listUsers": list_users,
        "getUser": get,
        "updateUser": update,
        "deleteUser": delete,
        "requestEmailVerification": _confirmations.request_email,
        "confirmEmailVerification": _confirmations.confirm_email,
        "requestPasswordReset": _confirmations.request_password_reset,
        "confirmPasswordReset": _confirmations.confirm_password_reset,
        "requestPhoneVerification": _confirmations.request_phone,
        "confirmPhoneVerification": _confirmations.confirm_phone,
        "getHealth": _service.health,
        "getMetrics": _service.metrics,
    }
)
