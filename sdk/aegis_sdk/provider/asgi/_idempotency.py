"""
Idempotency keys for an ASGI application.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from aegis_sdk._generated.user.problems import CONTENT_TOO_LARGE, SERVICE_UNAVAILABLE
from aegis_sdk._scope import OPERATION, REQUEST_ID
from aegis_sdk.provider._idempotency import IdempotencyKeys, KeptAnswer, KeyClaim
from aegis_sdk.provider._problem import ProblemError
from aegis_sdk.provider._request_id import request_id_of
from aegis_sdk.provider.asgi._messages import (
    Application,
    Caught,
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    headers_of,
    read_body,
    replay,
)

__all__ = ["IdempotencyMiddleware"]

_log = logging.getLogger("aegis_sdk.provider")


class IdempotencyMiddleware:
    """
    Does what the contract says of ``Idempotency-Key``: a repetition gets the first answer, one that comes meanwhile
    409, the same key with another payload 422. Refusals and failures are not kept.

    Args:
        keys: where they are kept.
        methods: the methods whose requests are looked at; a request without the header goes through as it is.
        credential: what tells callers apart, from the headers; ``Authorization`` unless given.
        most: how many bytes of a request are read, and of an answer kept. A longer answer goes out and is not kept.
        patience: seconds that the store may take. Before the work it is 503 after that; afterwards the answer goes out
            and is not kept.
    """

    def __init__(
        self,
        app: Application,
        keys: IdempotencyKeys,
        *,
        methods: Iterable[str] = ("POST", "PATCH"),
        credential: Callable[[dict[str, str]], str] = lambda headers: headers.get("authorization", ""),
        most: int = 1_048_576,
        patience: float = 5.0,
    ) -> None:
        self._app = app
        self._keys = keys
        self._methods = frozenset(methods)
        self._credential = credential
        self._most = most
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in self._methods:
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        key = headers.get("idempotency-key")
        if not key:
            await self._app(scope, receive, send)
            return
        request_id = str(scope.get(REQUEST_ID) or request_id_of(headers.get("x-request-id")))
        try:
            body = await read_body(receive, headers, self._most)
            begun = await self._begin(key, scope, headers, body)
        except Disconnected:
            return
        except TooLarge:
            refused = CONTENT_TOO_LARGE.error(f"A body may have {self._most:,} bytes.")
            await refused.response(request_id=request_id, instance=scope["path"])(scope, receive, send)
            return
        except ProblemError as refused:
            await refused.response(request_id=request_id, instance=scope["path"])(scope, receive, send)
            return
        if isinstance(begun, KeptAnswer):
            await _send_kept(begun, request_id, send)
        else:
            await self._do(begun, scope, replay(body, receive), send)

    async def _begin(self, key: str, scope: Scope, headers: dict[str, str], body: bytes) -> KeyClaim | KeptAnswer:
        query = scope.get("query_string", b"")
        target = f"{scope['path']}?{query.decode('latin-1')}\n{headers.get('content-type', '')}\n"
        operation = scope.get(OPERATION) or f"{scope['method']} {scope['path']}"
        try:
            async with asyncio.timeout(self._patience):
                return await self._keys.begin(
                    key, scope=f"{operation}\n{self._credential(headers)}", payload=target.encode() + body
                )
        except ProblemError:
            raise
        except Exception as error:
            # Nothing was done yet, so it may be tried again. The message may name values, the class does not.
            _log.error("idempotency keys cannot be read: %s", type(error).__name__)
            raise SERVICE_UNAVAILABLE.error("Try again in a moment.", retry_after=1) from error

    async def _do(self, claim: KeyClaim, scope: Scope, receive: Receive, send: Send) -> None:
        caught = Caught(send, self._most)
        over = asyncio.Event()
        renewing = asyncio.create_task(self._renew(claim, over))
        try:
            try:
                await self._app(scope, receive, caught.take)
            finally:
                # It is not cancelled: a renewal that the store has and we do not know of would lose us the key.
                over.set()
            good = caught.whole and 200 <= caught.status < 400
        except BaseException:
            # The work may go on being cancelled; the key must be given back all the same.
            await asyncio.shield(self._finish(claim, caught, renewing, keep=False))
            raise
        await asyncio.shield(self._finish(claim, caught, renewing, keep=good))
        if not caught.passed:
            await caught.let_go()

    async def _finish(self, claim: KeyClaim, caught: Caught, renewing: asyncio.Task[None], *, keep: bool) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await renewing
                if not keep:
                    await claim.release()
                elif not await claim.keep(caught.status, caught.headers, caught.content):
                    _log.warning("an answer was not kept for its idempotency key: it took longer than the lease")
        except Exception as error:  # noqa: BLE001 -- the work is done, and the caller is to hear of it
            _log.error("an answer was not kept for its idempotency key: %s", type(error).__name__)

    async def _renew(self, claim: KeyClaim, over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                async with asyncio.timeout(self._keys.lease / 3):
                    await over.wait()
            except TimeoutError:
                with contextlib.suppress(Exception):
                    await claim.renew()


async def _send_kept(answer: KeptAnswer, request_id: str, send: Send) -> None:
    headers = [*answer.headers, ("content-length", str(len(answer.content))), ("x-request-id", request_id)]
    if answer.status == 204:
        headers.remove(("content-length", "0"))
    sent = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": sent})
    await send({"type": "http.response.body", "body": answer.content})
