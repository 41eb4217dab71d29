"""
One-time codes: six digits by SMS, hashed with a key where they are kept, good once, for a while, and for few attempts.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from aegis_runtime import Clock, Secret
from aegis_runtime.resilience._clock import SYSTEM
from aegis_sdk._generated.user.problems import (
    CODE_ALREADY_USED,
    CODE_EXPIRED,
    CODE_MISMATCH,
    CODE_NOT_REQUESTED,
    TOO_MANY_ATTEMPTS,
    TOO_MANY_REQUESTS,
)
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider._once import TRIES, decoded, digest, encoded, moment
from aegis_sdk.provider._problem import ProblemError
from aegis_sdk.provider.stores import Entry, Store

__all__ = ["IssuedCode", "OneTimeCodes"]

_REMEMBERED: Final = timedelta(days=1)
_SHORTEST: Final = 16


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """
    A code that was just made. It exists here and in the SMS; what is kept is its keyed hash.
    """

    value: Secret
    expires_at: datetime


class OneTimeCodes:
    """
    Codes for one purpose.

    ```python
    codes = OneTimeCodes(store, "phone", secret=settings.code_secret)
    code = await codes.issue(user_id)
    await codes.redeem(user_id, code.value)
    ```

    Args:
        store: where their hashes are kept.
        purpose: a code for another purpose is none here.
        secret: at least 16 characters that only the service knows. A million codes are soon hashed; without the key
            that does not help who reads the store.
        ttl: how long a code is good.
        attempts: how many wrong codes make it invalid.
        locked: how long no new code is made after that.
        digits: how long a code is.
    """

    def __init__(
        self,
        store: Store,
        purpose: str,
        *,
        secret: str | Secret,
        ttl: timedelta = timedelta(minutes=5),
        attempts: int = 5,
        locked: timedelta = timedelta(minutes=5),
        digits: int = 6,
        clock: Clock = SYSTEM,
    ) -> None:
        self._secret = Secret(secret)
        if len(self._secret.reveal()) < _SHORTEST:
            raise ConfigurationError(f"OneTimeCodes {purpose}: secret must have at least {_SHORTEST} characters")
        if ttl <= timedelta() or locked < timedelta() or attempts < 1 or digits < 4:
            raise ConfigurationError(
                f"OneTimeCodes {purpose}: ttl must be longer than nothing, attempts at least 1, digits at least 4"
            )
        self._store = store
        self._purpose = purpose
        self._ttl = ttl
        self._attempts = attempts
        self._locked = locked
        self._digits = digits
        self._clock = clock

    def using(self, store: Store) -> OneTimeCodes:
        """
        The same codes through another store, such as one over the connection of an open transaction.
        """
        return OneTimeCodes(
            store,
            self._purpose,
            secret=self._secret,
            ttl=self._ttl,
            attempts=self._attempts,
            locked=self._locked,
            digits=self._digits,
            clock=self._clock,
        )

    async def issue(self, subject: str) -> IssuedCode:
        """
        Make a code for *subject*, such as a user's id; the one before is invalid from now on.

        Raises:
            ProblemError: too many wrong codes were tried lately (429, with the time to wait).
        """
        now = self._clock.wall()
        value = f"{secrets.randbelow(10**self._digits):0{self._digits}}"
        expires = now + self._ttl.total_seconds()
        state = {"hash": self._hash(subject, value), "expires": expires, "attempts": 0, "used": False, "locked": 0.0}
        for _ in range(TRIES):
            record = await self._store.read(self._name(subject), now)
            wait = math.ceil(decoded(record.data)["locked"] - now) if record else 0
            if wait > 0:
                raise TOO_MANY_REQUESTS.error(f"Try again in {wait} seconds.", retry_after=wait)
            if await self._write(subject, state, now, record):
                return IssuedCode(Secret(value), moment(expires))
        raise TOO_MANY_REQUESTS.error("Try again in a moment.", retry_after=1)

    async def redeem(self, subject: str, code: str | Secret) -> None:
        """
        Use the subject's code up. Of any number at once one succeeds, and no more than the allowed attempts are heard.

        Raises:
            ProblemError: none was requested or it was used (409), it is too old (410), it is wrong (422, with how many
                attempts remain), or too many wrong ones were tried (429, with the time to wait).
        """
        now = self._clock.wall()
        given = self._hash(subject, Secret(code).reveal())
        for _ in range(TRIES):
            record = await self._store.read(self._name(subject), now)
            if record is None:
                raise CODE_NOT_REQUESTED.error("Request a code first.")
            state = decoded(record.data)
            if state["used"]:
                raise CODE_ALREADY_USED.error("The code was redeemed before.")
            if state["attempts"] >= self._attempts:
                raise self._too_many(state, now)
            if now >= state["expires"]:
                raise CODE_EXPIRED.error("Request a new one.")
            good = hmac.compare_digest(str(state["hash"]), given)
            after = {**state, "used": True} if good else self._wrong(state, now)
            if not await self._write(subject, after, now, record):
                continue
            if good:
                return
            remaining = self._attempts - int(after["attempts"])
            if not remaining:
                raise self._too_many(after, now)
            raise CODE_MISMATCH.error("The code is not the one that was sent last.", attempts_remaining=remaining)
        raise TOO_MANY_REQUESTS.error("Try again in a moment.", retry_after=1)

    async def withdraw(self, subject: str) -> None:
        """
        Forget the subject's code, if there is one; how long a new one has to wait stays.
        """
        now = self._clock.wall()
        record = await self._store.read(self._name(subject), now)
        if record is not None and decoded(record.data)["locked"] <= now:
            await self._store.delete(self._name(subject), over=record.version)

    def _wrong(self, state: dict[str, Any], now: float) -> dict[str, Any]:
        attempts = int(state["attempts"]) + 1
        locked = now + self._locked.total_seconds() if attempts >= self._attempts else 0.0
        return {**state, "attempts": attempts, "locked": locked}

    def _too_many(self, state: dict[str, Any], now: float) -> ProblemError:
        wait = max(0, math.ceil(state["locked"] - now))
        when = f"in {wait} seconds" if wait else "now"
        return TOO_MANY_ATTEMPTS.error(f"The code is invalid now; request a new one {when}.", retry_after=wait)

    async def _write(self, subject: str, state: dict[str, Any], now: float, record: Entry | None) -> int:
        ends = max(state["expires"], state["locked"]) + _REMEMBERED.total_seconds()
        over = record.version if record else 0
        return await self._store.write(self._name(subject), encoded(state), now=now, ends=ends, over=over)

    def _hash(self, subject: str, value: str) -> str:
        message = digest(self._purpose, subject, value).encode()
        return hmac.new(self._secret.reveal().encode(), message, hashlib.sha256).hexdigest()

    def _name(self, subject: str) -> str:
        return f"code-of:{digest(self._purpose, subject)}"
