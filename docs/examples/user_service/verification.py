"""
What a user proves with a token or a code: an e-mail address, the right to a new password, a phone number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aegis_runtime import Secret
from aegis_sdk.email import EmailSettings, password_reset, verification
from aegis_sdk.errors import IntegrationError
from aegis_sdk.events import EmailVerificationRequested, WelcomeNotificationRequested
from aegis_sdk.provider import Database, DatabaseRow, OneTimeCodes, OneTimeTokens, ProblemError, timestamp
from aegis_sdk.provider.user import (
    EMAIL_ALREADY_VERIFIED,
    PHONE_ALREADY_VERIFIED,
    SMS_UNAVAILABLE,
    TOKEN_UNKNOWN,
)
from aegis_sdk.sms import AsyncSmsClient
from user_service.registration import hashed
from user_service.users import Users, called, held

VERIFIES_FOR = timedelta(hours=24)
RESETS_FOR = timedelta(hours=1)


class EmailVerification:
    """
    The proof that an e-mail address is the user's.
    """

    def __init__(self, database: Database, tokens: OneTimeTokens, mails: EmailSettings) -> None:
        self._database = database
        self._tokens = tokens
        self._mails = mails

    async def request(self, user_id: str) -> dict[str, Any]:
        """
        Send the mail again, with a new token.
        """
        async with self._database.transaction() as transaction:
            user = await held(transaction, user_id)
            if user["email_verified"]:
                raise EMAIL_ALREADY_VERIFIED.error("No mail was sent.")
            token = await self._tokens.using(transaction.store).issue(user_id)
            value = token.value.reveal()
            await transaction.send(verification(self._mails, user["email"], user_name=called(user), token=value))
            await transaction.publish(
                EmailVerificationRequested.new(
                    user_id=user_id,
                    email=user["email"],
                    verification_token=value,
                    occurred_at=token.expires_at - VERIFIES_FOR,
                )
            )
        return {"success": True, "expires_at": timestamp(token.expires_at)}

    async def confirm(self, token: Secret) -> dict[str, Any]:
        """
        Redeem the token of a mail: the user is active from now on.
        """
        now = timestamp()
        async with self._database.transaction() as transaction:
            user_id = await self._tokens.using(transaction.store).redeem(token)
            rows = await transaction.fetch(
                """
                UPDATE users SET email_verified = TRUE, updated_at = $2,
                status = CASE status WHEN 'pending' THEN 'active' ELSE status END WHERE user_id = $1 RETURNING *
                """,
                user_id,
                now,
            )
            user = _somebody(rows)
            await transaction.publish(WelcomeNotificationRequested.new(user_id=user_id, email=user["email"]))
        verified = {"status": user["status"], "email_verified": True, "verified_at": now}
        return {"success": True, "user_id": user_id, **verified}


class PasswordReset:
    """
    A new password for who can read the user's mail.
    """

    def __init__(self, database: Database, tokens: OneTimeTokens, mails: EmailSettings) -> None:
        self._database = database
        self._tokens = tokens
        self._mails = mails

    async def request(self, email: str) -> dict[str, Any]:
        """
        Send the link if somebody has this address. The answer is the same, and at once, if nobody has.
        """
        async with self._database.transaction() as transaction:
            for user in await transaction.fetch("SELECT * FROM users WHERE email_key = $1", email.lower()):
                token = await self._tokens.using(transaction.store).issue(user["user_id"])
                value = token.value.reveal()
                await transaction.send(password_reset(self._mails, user["email"], user_name=called(user), token=value))
        return {"success": True}

    async def confirm(self, token: Secret, new_password: Secret) -> dict[str, Any]:
        """
        Redeem the token of a mail: the old password does not work any more.
        """
        password_hash, now = await hashed(new_password), timestamp()
        async with self._database.transaction() as transaction:
            user_id = await self._tokens.using(transaction.store).redeem(token)
            statement = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE user_id = $1 RETURNING *"
            _somebody(await transaction.fetch(statement, user_id, password_hash, now))
        return {"success": True, "user_id": user_id, "changed_at": now}


class PhoneVerification:
    """
    The proof that a phone number is the user's.
    """

    def __init__(self, database: Database, users: Users, codes: OneTimeCodes, sms: AsyncSmsClient) -> None:
        self._database = database
        self._users = users
        self._codes = codes
        self._sms = sms

    async def request(self, user_id: str) -> dict[str, Any]:
        """
        Send a code by SMS; the contract wants to know at once whether the gateway took it.
        """
        user = await self._users.read(user_id)
        if user["phone_verified"]:
            raise PHONE_ALREADY_VERIFIED.error("No code was sent.")
        code = await self._codes.issue(_number(user))
        try:
            await self._sms.send_code(user["phone_number"], code.value)
        except IntegrationError as error:
            await self._codes.withdraw(_number(user))
            raise SMS_UNAVAILABLE.error("No code was sent; try again in 30 seconds.", retry_after=30) from error
        return {"success": True, "expires_at": timestamp(code.expires_at)}

    async def confirm(self, user_id: str, code: Secret) -> dict[str, Any]:
        """
        Redeem the code of an SMS.
        """
        now = timestamp()
        # A wrong code is counted, although it is refused.
        async with self._database.transaction(keep=ProblemError) as transaction:
            user = await held(transaction, user_id)
            await self._codes.using(transaction.store).redeem(_number(user), code)
            statement = "UPDATE users SET phone_verified = TRUE, updated_at = $2 WHERE user_id = $1"
            await transaction.fetch(statement, user_id, now)
        return {"success": True, "user_id": user_id, "phone_verified": True, "verified_at": now}


def _number(user: DatabaseRow) -> str:
    """
    Whose code it is: a code that was sent to another number proves nothing of this one.
    """
    return f"{user['user_id']} {user['phone_number']}"


def _somebody(rows: list[DatabaseRow]) -> DatabaseRow:
    if not rows:
        raise TOKEN_UNKNOWN.error("The user was deleted.")
    return rows[0]
