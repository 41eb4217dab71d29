"""
The client whose answers are awaited, that generated ones derive from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, cast

from aegis_runtime._discreet import discreet
from aegis_runtime._numbers import checked_count, checked_seconds
from aegis_runtime._omit import OMIT
from aegis_runtime._secret import Secret
from aegis_runtime.call._call import Call
from aegis_runtime.call._middleware import AsyncMiddleware, Middleware
from aegis_runtime.call._operation import OperationSpec, PageSpec
from aegis_runtime.call._options import checked_headers, checked_middleware, secret_of
from aegis_runtime.call._paging import AsyncPage, AsyncPager, Trail, next_cursor
from aegis_runtime.call._raw import RawResponse
from aegis_runtime.call._settings import Options
from aegis_runtime.client._client import ClientCore
from aegis_runtime.client._setup import MAX_RESPONSE_BYTES, settings_of
from aegis_runtime.client._transport import AsyncTransportChoice, async_transport
from aegis_runtime.errors import CallError, ConfigurationError
from aegis_runtime.resilience._circuit import Circuit
from aegis_runtime.resilience._clock import SYSTEM, Clock
from aegis_runtime.resilience._retry import RetryPolicy
from aegis_runtime.transports._seam import AsyncTransport, Request, Response, TransportFailure

__all__ = ["AsyncClient"]

T = TypeVar("T")
Answer = TypeVar("Answer")
Item = TypeVar("Item")


class AsyncClient(ClientCore):
    """
    A client whose answers are awaited. Use it as an asynchronous context manager, or close it.
    """

    @discreet
    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        strict: bool = False,
        transport: AsyncTransportChoice | None = None,
        middleware: Sequence[Middleware | AsyncMiddleware] = (),
        circuit_breaker: Circuit | Literal[False] | None = None,
        retry: RetryPolicy | None = None,
        auth: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        clock: Clock = SYSTEM,
    ) -> None:
        """
        Args:
            base_url: without it the environment variable ``…_URL`` decides, then the contract.
            token: without it the environment variable ``…_TOKEN`` decides.
            timeout: seconds for a whole call, over all its attempts and waits.
            connect_timeout: seconds for connecting, within the timeout.
            strict: also refuse fields, enum values and union members that the contract does not name.
            transport: ``"httpx"``, ``"fast"`` (the extra of that name), or your own; without it the
                environment variable ``…_TRANSPORT`` decides.
            middleware: hooks around every attempt, the first one outermost.
            circuit_breaker: in place of the one that all clients of this API and host share; ``False`` for none.
            auth: the name of the contract's security scheme, where it has several.
        """
        # A token is a Secret from here on: error trackers collect the local variables of frames.
        token = None if token is None else secret_of(token)
        place = None if base_url is None else secret_of(base_url, "base_url")
        del base_url
        self._settings = settings_of(self._api, place, token, circuit_breaker, retry, auth, max_response_bytes, clock)
        self._options = Options(
            timeout=checked_seconds("timeout", timeout),
            connect_timeout=checked_seconds("connect_timeout", connect_timeout),
            max_retries=checked_count("max_retries", max_retries),
            headers=checked_headers(headers),
            strict=strict,
        )
        self._transport: AsyncTransport = async_transport(self._api, transport)
        self._middleware = checked_middleware(middleware, awaited=True)

    @discreet
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
        Call *operation*: *values* in the order of its parameters (``OMIT`` where not given), *body* as its encoder
        takes it.
        """
        call = Call(self._settings, self._options, operation, values, body, headers, timeout, idempotency_key)
        del values, body, headers, idempotency_key  # what is sent is all that is needed from here on
        while True:
            request = call.begin()
            try:
                response = await self._send(call, request)
            except TransportFailure as caught:
                failure = caught
            except BaseException:
                call.abandon()
                raise
            else:
                delay = call.received(response)
                if delay is None:
                    return call.result()
                await self._settings.clock.asleep(delay)
                continue
            # Outside the except block, so that no error carries the transport's own exception.
            await self._settings.clock.asleep(call.failed(failure))

    async def _send(self, call: Call[Any], request: Request) -> Response:
        hooks = self._middleware
        if not hooks:
            try:
                return await self._transport.send(request)
            except (TransportFailure, CallError, ConfigurationError):
                raise
            except Exception as error:  # noqa: BLE001 -- a transport of the caller's may raise anything
                raised = type(error).__name__
            raise TransportFailure("transport", f"the transport raised {raised}")
        attempt = call.attempt(request)
        for hook in hooks:
            if isinstance(hook, AsyncMiddleware):
                await hook.before(attempt)
            else:
                hook.before(attempt)
        began = self._settings.clock.monotonic()
        try:
            call.check_headers(request)
            try:
                attempt.response = await self._transport.send(request)
            except (TransportFailure, CallError, ConfigurationError):
                raise
            except Exception as error:  # noqa: BLE001 -- a transport of the caller's may raise anything
                raised = type(error).__name__
            else:
                return attempt.response
            raise TransportFailure("transport", f"the transport raised {raised}")
        except TransportFailure as failure:
            attempt.failure = failure
            raise
        finally:
            attempt.elapsed = self._settings.clock.monotonic() - began
            for hook in reversed(hooks):
                if isinstance(hook, AsyncMiddleware):
                    await hook.after(attempt)
                else:
                    hook.after(attempt)

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
        reader = self._copy(replace(self._options, raw=False)) if self._options.raw else self

        @discreet
        async def fetch(client: AsyncClient, values: Sequence[object], trail: Trail) -> AsyncPage[Item]:
            def follow(cursor: str) -> Awaitable[AsyncPage[Item]]:
                further = list(values)
                further[paging.cursor] = cursor
                return fetch(reader, further, trail.step(cursor))

            def page(answer: Answer) -> AsyncPage[Item]:
                return AsyncPage(answer, paging.items(answer), next_cursor(operation, paging, trail, answer), follow)

            answer = await client.call(operation, values, headers=headers, timeout=timeout)
            if isinstance(answer, RawResponse):
                return cast("AsyncPage[Item]", cast("RawResponse[Answer]", answer).then(page))
            return page(answer)

        return AsyncPager(lambda: fetch(self, values, Trail(values[paging.cursor])))

    async def aclose(self) -> None:
        """
        Close the connections, also those of every ``with_options`` copy.
        """
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
