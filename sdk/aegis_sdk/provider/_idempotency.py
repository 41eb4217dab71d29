"""
Idempotency keys: a request that succeeded is answered again, not done again.

The rules are those of draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aegis_runtime import Clock
from aegis_runtime.resilience._clock import SYSTEM
from aegis_sdk._generated.user.problems import IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_REQUEST_IN_PROGRESS
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider._once import TRIES, decoded, digest, encoded
from aegis_sdk.provider.stores import Entry, Store

__all__ = ["IdempotencyKeys", "KeptAnswer", "KeyClaim"]

_HELD_BACK: Final = frozenset({"x-request-id", "date", "server", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True, repr=False)
class KeptAnswer:
    """
    What the first request was answered, less what belongs to that one exchange (its id, its date).
    """

    status: int
    headers: list[tuple[str, str]]
    content: bytes

    def __repr__(self) -> str:
        return f"<KeptAnswer {self.status}>"


class KeyClaim:
    """
    The right to do what a key stands for. Hand it back with ``keep`` or ``release``; else it ends with its lease.
    """

    def __init__(self, keys: IdempotencyKeys, name: str, payload: str, version: int) -> None:
        self._keys = keys
        self._name = name
        self._payload = payload
        self._version = version

    async def keep(self, status: int, headers: Iterable[tuple[str, str]], content: bytes) -> bool:
        """
        Keep the answer for those who repeat the request; false when the lease had ended and another took the key.

        Call it before the answer is sent: who has it may repeat at once.
        """
        kept = [(name.lower(), value) for name, value in headers if name.lower() not in _HELD_BACK]
        state = {
            "payload": self._payload,
            "status": status,
            "headers": kept,
            "content": base64.b64encode(content).decode(),
        }
        return await self._write(state, self._keys.ttl)

    async def renew(self) -> bool:
        """
        Begin the lease anew, for work that takes longer than it.
        """
        return await self._write({"payload": self._payload, "status": 0}, self._keys.lease)

    async def release(self) -> None:
        """
        Give the key back: the request was refused or failed, and may be tried again.
        """
        await self._keys.store.delete(self._name, over=self._version)

    async def _write(self, state: dict[str, Any], lifetime: float) -> bool:
        now = self._keys.clock.wall()
        version = await self._keys.store.write(
            self._name, encoded(state), now=now, ends=now + lifetime, over=self._version
        )
        self._version = version or self._version
        return version != 0


class IdempotencyKeys:
    """
    Keys and what was answered for them. ``IdempotencyMiddleware`` does it all for an ASGI application.

    ```python
    claim = await keys.begin(key, scope=f"registerUser {credential}", payload=body)
    ```

    Args:
        store: where they are kept; neither key nor credential can be read there.
        ttl: how long an answer is kept.
        lease: how long the first request may take, unless it renews; if its process dies, a repetition may try after
            that.
    """

    def __init__(
        self,
        store: Store,
        *,
        ttl: timedelta = timedelta(hours=24),
        lease: timedelta = timedelta(minutes=1),
        clock: Clock = SYSTEM,
    ) -> None:
        if ttl <= timedelta() or lease <= timedelta():
            raise ConfigurationError("IdempotencyKeys: ttl and lease must be longer than nothing")
        self.store = store
        self.ttl = ttl.total_seconds()
        self.lease = lease.total_seconds()
        self.clock = clock

    async def begin(self, key: str, *, scope: str, payload: bytes) -> KeyClaim | KeptAnswer:
        """
        Claim *key*, or get the answer of the request that had it first.

        Args:
            key: the header's value, with or without the draft's quotes.
            scope: what keeps equal keys apart: the operation and the credential.
            payload: everything that makes the request what it is: target, media type, body.

        Raises:
            ProblemError: the first request is still being processed (409), or had another payload (422).
        """
        name = f"idempotency:{digest(scope, _bare(key))}"
        said = hashlib.sha256(payload).hexdigest()
        for _ in range(TRIES):
            now = self.clock.wall()
            record = await self.store.read(name, now)
            if record is not None:
                return _answer(record, said)
            pending = encoded({"payload": said, "status": 0})
            version = await self.store.write(name, pending, now=now, ends=now + self.lease)
            if version:
                return KeyClaim(self, name, said, version)
        raise IDEMPOTENCY_REQUEST_IN_PROGRESS.error("Try again in a moment.")


def _answer(record: Entry, payload: str) -> KeptAnswer:
    state = decoded(record.data)
    if state["payload"] != payload:
        raise IDEMPOTENCY_KEY_REUSED.error("Make a new key for a new request.")
    if not state["status"]:
        raise IDEMPOTENCY_REQUEST_IN_PROGRESS.error("Wait for the first request or try again in a moment.")
    headers = [(str(name), str(value)) for name, value in state["headers"]]
    return KeptAnswer(int(state["status"]), headers, base64.b64decode(state["content"]))


def _bare(key: str) -> str:
    return key[1:-1] if len(key) > 2 and key[0] == key[-1] == '"' else key
