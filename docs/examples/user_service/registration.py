"""
Registering a user: the business is asked for, the user stored, and event and mail leave with that, or not at all.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher

from aegis_runtime import Secret
from aegis_sdk.email import EmailSettings, verification
from aegis_sdk.errors import CircuitOpenError, InvalidRequestError
from aegis_sdk.events import UserRegistered
from aegis_sdk.provider import Database, DatabaseRow, OneTimeTokens, timestamp
from aegis_sdk.provider.user import (
    BUSINESS_ALREADY_REGISTERED,
    BUSINESS_NOT_ACTIVE,
    EMAIL_ALREADY_REGISTERED,
    REGISTRY_UNAVAILABLE,
    RegisterUserRequest,
)
from aegis_sdk.registry import (
    AsyncBusinessRegistryClient,
    BusinessNotConfirmedError,
    BusinessNotRegisteredError,
    RegistryError,
)

# How OWASP's password storage sheet has argon2id: 20 ms and 19 MiB for each.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_REASONS = {
    "suspended": "The registry reports the business as suspended.",
    "closed": "The registry reports the business as closed.",
    "unregistered": "The number is not registered with the National Tax Service.",
    "mismatch": "The registry has no business with this number, start date and representative.",
}
_TAKEN = "SELECT email_key FROM users WHERE email_key = $1 OR business_registration_number = $2"


async def hashed(password: Secret) -> str:
    """
    What is kept of a password.
    """
    return str(await asyncio.to_thread(_HASHER.hash, password.reveal()))


class Registration:
    """
    Takes users in.

    Args:
        asked_at_once: how many registrations may ask the registry at the same time; the others wait for their turn
            here, where no deadline of the registry's runs.
    """

    def __init__(
        self,
        database: Database,
        registry: AsyncBusinessRegistryClient,
        tokens: OneTimeTokens,
        mails: EmailSettings,
        *,
        asked_at_once: int = 16,
    ) -> None:
        self._database = database
        self._registry = registry
        self._tokens = tokens
        self._mails = mails
        self._turn = asyncio.Semaphore(asked_at_once)

    async def register(self, body: RegisterUserRequest) -> dict[str, Any]:
        """
        Register a user, in the order that the contract names.
        """
        email_key = body.email.lower()
        _free(await self._database.fetch(_TAKEN, email_key, body.business_registration_number), email_key)
        await self._confirm(body)
        password_hash = await hashed(body.password)
        user_id, now = str(uuid4()), timestamp()
        async with self._database.transaction() as transaction:
            token = await self._tokens.using(transaction.store).issue(user_id)
            name = body.representative_name or body.business_name
            await transaction.send(verification(self._mails, body.email, user_name=name, token=token.value.reveal()))
            await transaction.publish(
                UserRegistered.new(
                    user_id=user_id,
                    email=body.email,
                    business_registration_number=body.business_registration_number,
                    business_type=body.business_type,
                    industry_code=body.industry_code,
                    region=body.region,
                )
            )
            # Counted in the transaction, so that places have the order of commits and no reader of pages misses one;
            # and last, for all who register wait for this row.
            places = await transaction.fetch("UPDATE places SET last = last + 1 RETURNING last")
            rows = await transaction.fetch(
                """
                INSERT INTO users (user_id, place, email, email_key, password_hash, business_registration_number,
                business_name, phone_number, business_type, industry_code, industry_code_revision, region, start_date,
                representative_name, business_status, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'active', $15, $16)
                ON CONFLICT DO NOTHING RETURNING user_id
                """,
                user_id,
                places[0]["last"],
                body.email,
                email_key,
                password_hash,
                body.business_registration_number,
                body.business_name,
                body.phone_number,
                body.business_type,
                body.industry_code,
                body.industry_code_revision,
                body.region,
                body.start_date.isoformat() if body.start_date else None,
                body.representative_name,
                now,
                now,
            )
            if not rows:
                # Somebody was faster, while the registry was asked.
                _free(await transaction.fetch(_TAKEN, email_key, body.business_registration_number), email_key)
        return {
            "success": True,
            "user_id": user_id,
            "status": "pending",
            "business_status": "active",
            "created_at": now,
            "email_verification_expires_at": timestamp(token.expires_at),
        }

    async def _confirm(self, body: RegisterUserRequest) -> None:
        """
        Ask the registry whether the business is active, and with start date and representative whether it is this one.
        """
        try:
            async with self._turn:
                reason = await self._reason(body)
        except RegistryError as error:
            wait = error.retry_after if isinstance(error, CircuitOpenError) else 30
            raise REGISTRY_UNAVAILABLE.error("The business could not be verified.", retry_after=wait) from error
        if reason:
            raise BUSINESS_NOT_ACTIVE.error(_REASONS[reason], reason=reason)

    async def _reason(self, body: RegisterUserRequest) -> str:
        """
        Why the business is not confirmed; nothing if it is.
        """
        compared: dict[str, Any] = {}
        if body.start_date and body.representative_name:
            compared = {"start_date": body.start_date, "representative": body.representative_name}
        number = body.business_registration_number
        try:
            found = await self._registry.verify(number, details=False, check_digit="ignore", **compared)
        except BusinessNotConfirmedError:
            # The registry does not tell an unknown number from a mismatch; its state does.
            try:
                await self._registry.verify(number, details=False, check_digit="ignore")
            except BusinessNotRegisteredError:
                return "unregistered"
            return "mismatch"
        except (BusinessNotRegisteredError, InvalidRequestError):
            return "unregistered"
        return {"inactive": "suspended", "closed": "closed"}.get(found.status, "")


def _free(taken: list[DatabaseRow], email_key: str) -> None:
    if any(row["email_key"] == email_key for row in taken):
        raise EMAIL_ALREADY_REGISTERED.error("A user with this e-mail address exists.")
    if taken:
        raise BUSINESS_ALREADY_REGISTERED.error("A user with this business registration number exists.")
