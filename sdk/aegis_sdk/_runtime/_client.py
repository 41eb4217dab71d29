"""
The two clients that generated clients derive from. All they add to a call's journey is sending, waiting and ``await``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, TypeVar, cast
from urllib.parse import urlsplit

from aegis_sdk._runtime._call import Call, Link, Options
from aegis_sdk._runtime._circuit import Circuit, shared_circuit
from aegis_sdk._runtime._clock import SYSTEM, Clock
from aegis_sdk._runtime._middleware import AsyncMiddleware, Middleware
from aegis_sdk._runtime._omit import OMIT
from aegis_sdk._runtime._operation import ApiSpec, OperationSpec, PageSpec
from aegis_sdk._runtime._paging import AsyncPage, AsyncPager, Page
from aegis_sdk._runtime._raw import RawResponse
from aegis_sdk._runtime._retry import RetryPolicy
from aegis_sdk._runtime._secret import Secret
from aegis_sdk._runtime._transport import AsyncTransport, Request, Response, Transport, TransportFailure
from aegis_sdk.errors import ConfigurationError

__all__ = ["AsyncClient", "ClientCore", "SyncClient"]

T = TypeVar("T")
Answer = TypeVar("Answer")
Item = TypeVar("Item")
TransportName = Literal["httpx", "fast"]
MAX_RESPONSE_BYTES = 32 * 1024 * 1024


class ClientCore:
    """
    What both kinds of client are made of.
    """

    _api: ClassVar[ApiSpec]
    _link: Link
    _options: Options

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        timeout: float | None = None,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        strict: bool = False,
        circuit_breaker: Circuit | Literal[False] | None = None,
        retry: RetryPolicy | None = None,
        auth: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        clock: Clock = SYSTEM,
    ) -> None:
        api = self._api
        url = base_url or os.environ.get(f"{api.env}_URL") or api.server
        if not url:
            raise ConfigurationError(f"{api.client} needs base_url=… or the environment variable {api.env}_URL")
        secret = token if token is not None else os.environ.get(f"{api.env}_TOKEN")
        circuit: Circuit | None
        if circuit_breaker is None:
            host = urlsplit(url).netloc.rpartition("@")[2]
            circuit = shared_circuit(api.name, host, api.circuit.failures, api.circuit.recovery)
        else:
            circuit = circuit_breaker or None
        self._link = Link(
            base_url=url.rstrip("/"),
            token=Secret(secret) if secret else None,
            auth=auth,
            circuit=circuit,
            retry=retry or RetryPolicy(),
            clock=clock,
            user_agent="aegis-sdk",
            max_response_bytes=max_response_bytes,
        )
        self._options = Options(
            timeout=timeout, max_retries=max_retries, headers=tuple((headers or {}).items()), strict=strict
        )

    @property
    def circuit(self) -> Circuit | None:
        """
        The circuit of this client's provider, or ``None`` when switched off.
        """
        return self._link.circuit

    @property
    def base_url(self) -> str:
        """
        Where this client sends to.
        """
        return self._link.base_url

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        strict: bool | None = None,
    ) -> Self:
        """
        A client like this one with other options; transport and circuit are shared.
        """
        old = self._options
        return self._copy(
            replace(
                old,
                timeout=old.timeout if timeout is None else timeout,
                max_retries=old.max_retries if max_retries is None else max_retries,
                headers=old.headers + tuple((headers or {}).items()),
                strict=old.strict if strict is None else strict,
            )
        )

    def unread(self) -> Self:
        """
        A client like this one whose operations return ``RawResponse``; generated ``with_raw_response`` gives it its types.
        """
        return self._copy(replace(self._options, raw=True))

    def _copy(self, options: Options) -> Self:
        copy = cast("Self", object.__new__(type(self)))
        # Only what is private travels: resources made from the old client are made anew.
        copy.__dict__.update({name: value for name, value in self.__dict__.items() if name.startswith("_")})
        copy._options = options
        return copy

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._link.base_url}>"

    def _finish(self, call: Call[T]) -> T:
        if not self._options.raw:
            return call.result()
        about, response = call.about(), call.response
        raw: RawResponse[T] = RawResponse(
            call.result,
            status=response.status,
            headers=response.headers,
            body=response.body,
            request_id=call.request_id,
            attempts=cast("int", about["attempts"]),
            elapsed=cast("float", about["elapsed"]),
        )
        return cast("T", raw)


class SyncClient(ClientCore):
    """
    A client that waits for its answers. Use it as a context manager, or close it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        transport: Transport | TransportName | None = None,
        middleware: Sequence[Middleware] = (),
        timeout: float | None = None,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        strict: bool = False,
        circuit_breaker: Circuit | Literal[False] | None = None,
        retry: RetryPolicy | None = None,
        auth: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        clock: Clock = SYSTEM,
    ) -> None:
        super().__init__(
            base_url,
            token,
            timeout=timeout,
            max_retries=max_retries,
            headers=headers,
            strict=strict,
            circuit_breaker=circuit_breaker,
            retry=retry,
            auth=auth,
            max_response_bytes=max_response_bytes,
            clock=clock,
        )
        if transport is None or transport == "httpx":
            from aegis_sdk._runtime._httpx import HttpxTransport

            transport = HttpxTransport()
        self._transport = cast("Transport", transport)
        self._middleware = tuple(middleware)

    def call(
        self,
        operation: OperationSpec[T],
        values: Sequence[object] = (),
        body: object = OMIT,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """
        Call *operation*: *values* in the order of its parameters (``OMIT`` where not given), *body* as its encoder takes it.
        """
        call = Call(self._link, self._options, operation, values, body, headers, timeout, idempotency_key)
        while True:
            request = call.begin()
            try:
                response = self._send(call, request)
            except TransportFailure as caught:
                failure = caught
            except BaseException:
                call.abandon()
                raise
            else:
                delay = call.received(response)
                if delay is None:
                    return self._finish(call)
                self._link.clock.sleep(delay)
                continue
            self._link.clock.sleep(call.failed(failure))

    def _send(self, call: Call[Any], request: Request) -> Response:
        if not self._middleware:
            return self._transport.send(request)
        attempt = call.attempt(request)
        began = self._link.clock.monotonic()
        for hook in self._middleware:
            hook.before(attempt)
        try:
            attempt.response = self._transport.send(request)
            return attempt.response
        except TransportFailure as failure:
            attempt.failure = failure
            raise
        finally:
            attempt.elapsed = self._link.clock.monotonic() - began
            for hook in reversed(self._middleware):
                hook.after(attempt)

    def page(
        self,
        operation: OperationSpec[Answer],
        paging: PageSpec[Answer, Item],
        values: Sequence[object] = (),
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Page[Item]:
        """
        Call a list operation.
        """
        answer = self.call(operation, values, headers=headers, timeout=timeout)

        def follow(cursor: str) -> Page[Item]:
            further = list(values)
            further[paging.cursor] = cursor
            return self.page(operation, paging, further, headers=headers, timeout=timeout)

        return Page(answer, paging.items(answer), paging.next(answer), follow)

    def close(self) -> None:
        """
        Close the connections.
        """
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(ClientCore):
    """
    A client whose answers are awaited. Use it as an asynchronous context manager, or close it.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        transport: AsyncTransport | TransportName | None = None,
        middleware: Sequence[Middleware | AsyncMiddleware] = (),
        timeout: float | None = None,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        strict: bool = False,
        circuit_breaker: Circuit | Literal[False] | None = None,
        retry: RetryPolicy | None = None,
        auth: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        clock: Clock = SYSTEM,
    ) -> None:
        super().__init__(
            base_url,
            token,
            timeout=timeout,
            max_retries=max_retries,
            headers=headers,
            strict=strict,
            circuit_breaker=circuit_breaker,
            retry=retry,
            auth=auth,
            max_response_bytes=max_response_bytes,
            clock=clock,
        )
        if transport is None or transport == "httpx":
            from aegis_sdk._runtime._httpx import AsyncHttpxTransport

            transport = AsyncHttpxTransport()
        self._transport = cast("AsyncTransport", transport)
        self._middleware = tuple(middleware)

    async def call(
        self,
        operation: OperationSpec[T],
        values: Sequence[object] = (),
        body: object = OMIT,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """
        Call *operation*: *values* in the order of its parameters (``OMIT`` where not given), *body* as its encoder takes it.
        """
        call = Call(self._link, self._options, operation, values, body, headers, timeout, idempotency_key)
        while True:
            request = call.begin()
            try:
                response = await self._transport.send(request)
            except TransportFailure as caught:
                failure = caught
            except BaseException:
                call.abandon()
                raise
            else:
                delay = call.received(response)
                if delay is None:
                    return self._finish(call)
                await self._link.clock.asleep(delay)
                continue
            await self._link.clock.asleep(call.failed(failure))

    def page(
        self,
        operation: OperationSpec[Answer],
        paging: PageSpec[Answer, Item],
        values: Sequence[object] = (),
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> AsyncPager[Item]:
        """
        Call a list operation; nothing is sent until the pager is awaited or iterated.
        """

        async def fetch(values: Sequence[object]) -> AsyncPage[Item]:
            answer = await self.call(operation, values, headers=headers, timeout=timeout)

            def follow(cursor: str) -> Any:
                further = list(values)
                further[paging.cursor] = cursor
                return fetch(further)

            return AsyncPage(answer, paging.items(answer), paging.next(answer), follow)

        return AsyncPager(partial(fetch, values))

    async def aclose(self) -> None:
        """
        Close the connections.
        """
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
