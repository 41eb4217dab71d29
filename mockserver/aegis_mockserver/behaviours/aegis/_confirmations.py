"""
What a user proves by mail or phone: the e-mail address, the right to a new password, the phone number.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis import _gateway, _users
from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.behaviours.aegis._neighbours import neighbour, reachable
from aegis_mockserver.behaviours.aegis.verification import _codes, _mails, _tokens
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World

SENDER = "1588-1234"


def request_email(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Send the verification mail again, with a new token.
    """
    user = _users.find(world, reading.path["user_id"])
    if user is None:
        return _users.not_found()
    if user.get("email_verified"):
        return Problem("email_already_verified", detail="No mail was sent.")
    moment = Moment.now(world)
    token = _tokens.issue(world, "email_verification", user["user_id"], moment)
    _mails.email_verification(world, user["email"], _users.called(user), token)
    expires = token.expires_at.text
    facts = {
        "occurred_at": moment.text,
        "email": user["email"],
        "verification_token": token.value,
        "expires_at": expires,
    }
    return Answer(202, {"success": True, "expires_at": expires}, facts=facts)


def confirm_email(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Redeem the token of a verification mail: the address is verified, and the user is active.
    """
    moment = Moment.now(world)
    owner = _tokens.redeem(world, "email_verification", reading.body["token"], moment)
    if isinstance(owner, Problem):
        return owner
    user = _users.find(world, owner)
    if user is None:
        return Problem("token_unknown", detail="The user was deleted.")
    user["email_verified"] = True
    if user.get("status", "pending") == "pending":
        user["status"] = "active"
    _users.save(world, user, moment)
    told = {name: user[name] for name in ("user_id", "status", "email_verified")}
    answer = {"success": True, **told, "verified_at": moment.text}
    return Answer(200, answer, facts={"occurred_at": moment.text, "email": user["email"]})


def request_password_reset(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Send the link for a new password if somebody has the address; the answer never tells.
    """
    owner = _users.by_email(world, reading.body["email"])
    user = _users.find(world, owner) if owner is not None else None
    if user is not None:
        token = _tokens.issue(world, "password_reset", user["user_id"], Moment.now(world))
        _mails.password_reset(world, user["email"], _users.called(user), token)
    return Answer(202, {"success": True})


def confirm_password_reset(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Redeem the token of a password-reset mail.
    """
    moment = Moment.now(world)
    owner = _tokens.redeem(world, "password_reset", reading.body["token"], moment)
    if isinstance(owner, Problem):
        return owner
    if _users.find(world, owner) is None:
        return Problem("token_unknown", detail="The user was deleted.")
    return Answer(200, {"success": True, "user_id": owner, "changed_at": moment.text})


def request_phone(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Send a code by SMS, through the mock's own gateway.
    """
    user = _users.find(world, reading.path["user_id"])
    if user is None:
        return _users.not_found()
    if user.get("phone_verified"):
        return Problem("phone_already_verified", detail="No code was sent.")
    moment = Moment.now(world)
    waiting = _codes.locked(world, user["user_id"], moment)
    if waiting is not None:
        return waiting
    code = world.new_code()
    gateway = neighbour(operation.contract, "sms.yaml")
    text = f"[이지스] 인증번호: {code} (5분 내 입력)"
    if not reachable(world, "sendMessage") or isinstance(
        _gateway.send(gateway, world, user["phone_number"], text, SENDER), Problem
    ):
        return Problem("sms_unavailable", detail="No code was sent; try again in 30 seconds.")
    expires = _codes.issue(world, user["user_id"], code, moment)
    return Answer(202, {"success": True, "expires_at": expires.text})


def confirm_phone(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Redeem the code that was sent by SMS.
    """
    user = _users.find(world, reading.path["user_id"])
    if user is None:
        return _users.not_found()
    moment = Moment.now(world)
    refused = _codes.redeem(world, user["user_id"], reading.body["code"], moment)
    if refused is not None:
        return refused
    user["phone_verified"] = True
    _users.save(world, user, moment)
    answer = {"success": True, "user_id": user["user_id"], "phone_verified": True, "verified_at": moment.text}
    return Answer(200, answer)
