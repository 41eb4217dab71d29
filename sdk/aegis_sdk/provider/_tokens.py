"""
One-time tokens: sent by mail, hashed where they are kept, good once and for a while; a newer one replaces it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aegis_runtime import Clock, Secret
from aegis_runtime.resilience._clock import SYSTEM
from aegis_sdk._generated.user.problems import (
    SERVICE_UNAVAILABLE,
    TOKEN_ALREADY_USED,
    TOKEN_EXPIRED,
    TOKEN_UNKNOWN,
)
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider._once import TRIES, decoded, digest, encoded, moment
from aegis_sdk.provider.stores import Store

__all__ = ["IssuedToken", "OneTimeTokens"]

_BYTES: Final = 32
_REMEMBERED: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """
    A token that was just made. It exists here and in the mail; what is kept is its hash.

    Attributes:
        value: 43 characters that may stand in a link.
    """

    value: Secret
    expires_at: datetime


class OneTimeTokens:
    """
    Tokens for one purpose.

    ```python
    tokens = OneTimeTokens(store, "email_verification", ttl=timedelta(hours=24))
    token = await tokens.issue(user_id)
    user_id = await tokens.redeem(token.value)
    ```

    Args:
        store: where their hashes are kept.
        purpose: a token for another purpose is unknown here.
        ttl: how long a token is good. For a week longer it is remembered as expired, or used.
    """

    def __init__(self, store: Store, purpose: str, *, ttl: timedelta, clock: Clock = SYSTEM) -> None:
        if ttl <= timedelta():
            raise ConfigurationError(f"OneTimeTokens {purpose}: ttl must be longer than nothing")
        self._store = store
        self._purpose = purpose
        self._ttl = ttl
        self._clock = clock

    def using(self, store: Store) -> OneTimeTokens:
        """
        The same tokens through another store, such as one over the connection of an open transaction.
        """
        return OneTimeTokens(store, self._purpose, ttl=self._ttl, clock=self._clock)

    async def issue(self, subject: str) -> IssuedToken:
        """
        Make a token for *subject*, such as a user's id; the one before is unknown from now on.
        """
        now = self._clock.wall()
        expires = now + self._ttl.total_seconds()
        ends = expires + _REMEMBERED.total_seconds()
        value = secrets.token_urlsafe(_BYTES)
        name = self._name(value)
        state = {"subject": subject, "expires": expires, "used": False}
        await self._store.write(name, encoded(state), now=now, ends=ends)
        # What the owner's record names is the one that counts, so that a crash between the two leaves the old one good.
        for _ in range(TRIES):
            owner = await self._store.read(self._owner(subject), now)
            over = owner.version if owner else 0
            if await self._store.write(self._owner(subject), encoded({"token": name}), now=now, ends=ends, over=over):
                return IssuedToken(Secret(value), moment(expires))
        raise SERVICE_UNAVAILABLE.error("Too many tokens are asked for at once.")

    async def redeem(self, value: str | Secret) -> str:
        """
        Use a token up, and say whose it is. Of any number at once one succeeds.

        Raises:
            ProblemError: nobody issued it or a newer one replaced it (404), it was used (409), it is too old (410).
        """
        now = self._clock.wall()
        name = self._name(Secret(value).reveal())
        for _ in range(TRIES):
            record = await self._store.read(name, now)
            if record is None:
                break
            state = decoded(record.data)
            subject = str(state["subject"])
            if state["used"]:
                raise TOKEN_ALREADY_USED.error("The token was redeemed before.")
            owner = await self._store.read(self._owner(subject), now)
            if owner is None or decoded(owner.data)["token"] != name:
                break
            if now >= state["expires"]:
                raise TOKEN_EXPIRED.error("Request a new one.")
            ends = state["expires"] + _REMEMBERED.total_seconds()
            used = encoded({**state, "used": True})
            if await self._store.write(name, used, now=now, ends=ends, over=record.version):
                return subject
        raise TOKEN_UNKNOWN.error("Use the link of the latest mail, or request a new one.")

    async def withdraw(self, subject: str) -> None:
        """
        Make the subject's token unknown, if there is one.
        """
        now = self._clock.wall()
        owner = await self._store.read(self._owner(subject), now)
        if owner is not None:
            await self._store.delete(self._owner(subject), over=owner.version)

    def _name(self, value: str) -> str:
        # 256 random bits need no salt: there is nothing to guess from the hash.
        return f"token:{digest(self._purpose, value)}"

    def _owner(self, subject: str) -> str:
        return f"token-of:{digest(self._purpose, subject)}"
