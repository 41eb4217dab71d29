"""
What both kinds of client are made of, and the one that waits for its answers. All that a client adds to a call's
journey is sending, waiting and, in the other one, ``await``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, ClassVar, Literal, NoReturn, Self, TypeVar, cast

from aegis_runtime._discreet import discreet
from aegis_runtime._numbers import checked_count, checked_seconds
from aegis_runtime._omit import OMIT
from aegis_runtime._secret import Secret
from aegis_runtime.call._call import Call
from aegis_runtime.call._middleware import Middleware
from aegis_runtime.call._operation import ApiSpec, OperationSpec, PageSpec
from aegis_runtime.call._options import checked_headers, checked_middleware, secret_of
from aegis_runtime.call._paging import Page, Trail, next_cursor
from aegis_runtime.call._raw import RawResponse
from aegis_runtime.call._settings import Options, Settings
from aegis_runtime.client._setup import MAX_RESPONSE_BYTES, settings_of
from aegis_runtime.client._transport import TransportChoice, transport_named
from aegis_runtime.errors import CallError, ConfigurationError
from aegis_runtime.resilience._circuit import Circuit
from aegis_runtime.resilience._clock import SYSTEM, Clock
from aegis_runtime.resilience._retry import RetryPolicy
from aegis_runtime.transports._seam import Request, Response, Transport, TransportFailure

__all__ = ["ClientCore", "SyncClient"]

T = TypeVar("T")
Answer = TypeVar("Answer")
Item = TypeVar("Item")


class ClientCore:
    """
    What both kinds of client are made of.
    """

    _api: ClassVar[ApiSpec]
    _settings: Settings
    _options: Options

    @property
    def circuit(self) -> Circuit:
        """
        The circuit of this client's provider: its state, failures, and when it may be tried again. Switched off, it
        stays closed.
        """
        return self._settings.circuit

    @property
    def auth(self) -> str | None:
        """
        The security scheme that was asked for, where the contract has several.
        """
        return self._settings.auth

    @property
    def base_url(self) -> str:
        """
        Where this client sends to.
        """
        return self._settings.base_url

    @discreet
    def with_options(
        self,
        *,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        strict: bool | None = None,
    ) -> Self:
        """
        A client like this one with other options; transport and circuit are shared.
        """
        old = self._options
        chosen = checked_seconds("timeout", timeout)
        connecting = checked_seconds("connect_timeout", connect_timeout)
        return self._copy(
            replace(
                old,
                timeout=old.timeout if chosen is None else chosen,
                connect_timeout=old.connect_timeout if connecting is None else connecting,
                max_retries=old.max_retries if max_retries is None else checked_count("max_retries", max_retries),
                headers=old.headers + checked_headers(headers),
                strict=old.strict if strict is None else strict,
            )
        )

    def unread(self) -> Self:
        """
        A client like this one whose operations return ``RawResponse``; ``with_raw_response`` of its resources has the
        types.
        """
        return self._copy(replace(self._options, raw=True))

    def _copy(self, options: Options) -> Self:
        copy = object.__new__(type(self))
        # Only what is private travels: resources made from the old client are made anew.
        copy.__dict__.update({name: value for name, value in self.__dict__.items() if name.startswith("_")})
        copy._options = options
        return copy

    def __copy__(self) -> Self:
        return self._copy(self._options)

    def __deepcopy__(self, memo: object) -> Self:
        # What holds a client is copied more often than not by somebody who wants it to go on working.
        return self._copy(self._options)

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            f"a {type(self).__name__} holds connections and a token, so it cannot be pickled: make one in each process"
        )

    def __repr__(self) -> str:
        made = getattr(self, "_settings", None)
        return f"<{type(self).__name__}{f' {made.base_url}' if made is not None else ''}>"


class SyncClient(ClientCore):
    """
    A client that waits for its answers. Use it as a context manager, or close it.
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
        transport: TransportChoice | None = None,
        middleware: Sequence[Middleware] = (),
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
            transport: ``"httpx"``, ``"fast"`` (the extra of that name), any httpx transport, or your own; without it
                the environment variable ``…_TRANSPORT`` decides.
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
        self._transport: Transport = transport_named(self._api, transport)
        self._middleware = checked_middleware(middleware, awaited=False)

    @discreet
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
        Call *operation*: *values* in the order of its parameters (``OMIT`` where not given), *body* as its encoder
        takes it.
        """
        call = Call(self._settings, self._options, operation, values, body, headers, timeout, idempotency_key)
        del values, body, headers, idempotency_key  # what is sent is all that is needed from here on
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
                    return call.result()
                self._settings.clock.sleep(delay)
                continue
            # Outside the except block, so that no error carries the transport's own exception.
            self._settings.clock.sleep(call.failed(failure))

    def _send(self, call: Call[Any], request: Request) -> Response:
        hooks = self._middleware
        if not hooks:
            try:
                return self._transport.send(request)
            except (TransportFailure, CallError, ConfigurationError):
                raise
            except Exception as error:  # noqa: BLE001 -- a transport of the caller's may raise anything
                raised = type(error).__name__
            raise TransportFailure("transport", f"the transport raised {raised}")
        attempt = call.attempt(request)
        for hook in hooks:
            hook.before(attempt)
        began = self._settings.clock.monotonic()
        try:
            call.check_headers(request)
            try:
                attempt.response = self._transport.send(request)
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
                hook.after(attempt)

    @discreet
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
        reader = self._copy(replace(self._options, raw=False)) if self._options.raw else self

        def fetch(client: SyncClient, values: Sequence[object], trail: Trail) -> Page[Item]:
            @discreet
            def follow(cursor: str) -> Page[Item]:
                further = list(values)
                further[paging.cursor] = cursor
                return fetch(reader, further, trail.step(cursor))

            def page(answer: Answer) -> Page[Item]:
                return Page(answer, paging.items(answer), next_cursor(operation, paging, trail, answer), follow)

            answer = client.call(operation, values, headers=headers, timeout=timeout)
            if isinstance(answer, RawResponse):
                return cast("Page[Item]", cast("RawResponse[Answer]", answer).then(page))
            return page(answer)

        return fetch(self, values, Trail(values[paging.cursor]))

    def close(self) -> None:
        """
        Close the connections, also those of every ``with_options`` copy.
        """
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
