"""
Error trackers collect the local variables of every frame of a traceback: whatever a call ends with, those of ours hold
neither what it was given nor what its client holds.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

import aegis_sdk
from aegis_runtime import (
    AsyncClient,
    AsyncMiddleware,
    Attempt,
    Headers,
    Middleware,
    Request,
    Response,
    SyncClient,
    TransportFailure,
    discreet,
)
from aegis_sdk.errors import AegisError, ConfigurationError, InvalidRequestError
from tests.contract._calls import Call, requests

KEY = "k3y-c4n4ry-k3y"
CALLS = [pytest.param(call, id=name) for name, call in requests()]
OUTCOMES: dict[str, Any] = {
    "unreachable": TransportFailure("connect"),
    "refused": Response(400, Headers([("content-type", "application/problem+json")]), b"{}"),
    "in trouble": Response(503, Headers(), b""),
    "not readable": Response(200, Headers([("content-type", "application/json")]), b"{"),
    "interrupted": KeyboardInterrupt(),
    "a fault of the transport's": RuntimeError(KEY),
}


class Ending:
    """
    A transport on which every exchange ends alike.
    """

    def __init__(self, outcome: Any) -> None:
        self._outcome = outcome

    def send(self, request: Request, /) -> Response:
        if isinstance(self._outcome, Response):
            return self._outcome
        raise self._outcome.with_traceback(None)

    def close(self) -> None:
        """
        There is nothing to close.
        """


class AsyncEnding(Ending):
    """
    The same, awaited.
    """

    async def send(self, request: Request, /) -> Response:  # type: ignore[override]  # the other protocol
        return super().send(request)

    async def aclose(self) -> None:
        """
        There is nothing to close.
        """


def client_for(api: str, kind: str, outcome: Any, **options: Any) -> Any:
    generated = __import__(f"aegis_sdk._generated.{api}.client", fromlist=["client"])
    base = SyncClient if kind == "sync" else AsyncClient
    made = next(
        value
        for value in vars(generated).values()
        if isinstance(value, type) and issubclass(value, base) and value is not base
    )
    transport = Ending(outcome) if kind == "sync" else AsyncEnding(outcome)
    return made(
        "http://provider.test", KEY, headers={"X-Api-Key": KEY}, transport=transport, max_retries=0,
        circuit_breaker=False, **options,
    )  # fmt: skip


def done(made: Any) -> Any:
    """
    What a call of either kind comes to.
    """

    async def awaited(waiting: Awaitable[Any]) -> Any:
        return await waiting

    return asyncio.run(awaited(made)) if inspect.isawaitable(made) else made


def texts(value: Any) -> Iterator[str]:
    """
    Every text within *value* that is long enough to be told from others.
    """
    if isinstance(value, dict):
        for name, member in value.items():
            yield from (*texts(name), *texts(member))
    elif isinstance(value, list | tuple | set | frozenset):
        for member in value:
            yield from texts(member)
    elif isinstance(value, str) and len(value) > 3:
        yield value
    elif isinstance(value, bytes | bytearray):
        yield value.decode("latin-1")


def held(error: BaseException, seen: set[int]) -> Iterator[tuple[str, str, str]]:
    """
    What the frames of *error*, and of what led to it, hold: where, under which name, and as what it is shown.
    """
    if id(error) in seen:
        return
    seen.add(id(error))
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename != __file__ and "/asyncio/" not in code.co_filename:
            for name, value in trace.tb_frame.f_locals.items():
                yield f"{code.co_qualname}:{trace.tb_lineno}", name, f"{value!r} {' '.join(texts(value))}"
        trace = trace.tb_next
    for other in (error.__cause__, error.__context__):
        if other is not None:
            yield from held(other, seen)


def leaks(error: BaseException, given: Any) -> list[tuple[str, str]]:
    """
    Where a frame holds one of the texts that were *given*, or a key.
    """
    sought = {KEY, *(text for text in texts(list(given.values())))}
    return [(where, name) for where, name, shown in held(error, set()) if any(text in shown for text in sought)]


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("call", CALLS)
def test_no_frame_holds_what_a_call_was_given(call: Call, kind: str, outcome: Any) -> None:
    """
    However a call of any operation ends, no frame of its traceback, nor of a cause's, holds an argument or a key.
    """
    client = client_for(call.api, kind, outcome)
    method = getattr(getattr(client, call.resource), call.method)
    ended: BaseException | None = None
    try:
        done(method(**call.arguments, extra_headers={"X-Other-Key": KEY}))
    except (AegisError, KeyboardInterrupt) as error:
        ended = error
    # To some operations an answer without a body is a result.
    assert ended is not None or outcome is OUTCOMES["not readable"]
    assert ended is None or leaks(ended, call.arguments) == []


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("call", CALLS)
def test_no_frame_holds_what_was_refused(call: Call, kind: str) -> None:
    """
    A call that is refused before anything is sent holds nothing either.
    """
    client = client_for(call.api, kind, OUTCOMES["refused"])
    method = getattr(getattr(client, call.resource), call.method)
    with pytest.raises(InvalidRequestError) as caught:
        done(method(**call.arguments, extra_headers={"X-Other-Key": f"{KEY}\n"}))
    assert leaks(caught.value, call.arguments) == []


NUMBER, PHONE, NAME = "124-81-00998", "010-9876-5432", "홍길동길동"
WRITTEN: dict[str, Callable[[Any], Any]] = {
    "Sms.send": lambda made: made("SmsClient").send(PHONE, KEY),
    "Sms.send, refused": lambda made: made("SmsClient").send(f"{PHONE}x", KEY),
    "Sms.send_code": lambda made: made("SmsClient").send_code(PHONE, KEY),
    "Sms.send_notification": lambda made: made("SmsClient").send_notification(PHONE, NAME),
    "Registry.verify": lambda made: made("BusinessRegistryClient").verify(NUMBER),
    "Registry.verify, no number": lambda made: made("BusinessRegistryClient").verify(f"{NUMBER}0"),
    "Registry.verify, whose": lambda made: made("BusinessRegistryClient").verify(
        NUMBER, start_date="20200101", representative=NAME
    ),
    "Registry.verify, no date": lambda made: made("BusinessRegistryClient").verify(
        NUMBER, start_date="2020-99-99", representative=NAME
    ),
    "Registry.verify_many": lambda made: made("BusinessRegistryClient").verify_many([NUMBER, NUMBER]),
    "Registry.verify_many, no chunk": lambda made: made("BusinessRegistryClient").verify_many([NUMBER], chunk=0),
}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN.keys())
def test_no_frame_holds_what_a_method_of_ours_was_given(kind: str, written: Callable[[Any], Any]) -> None:
    """
    The same holds for what is written by hand: texts, codes, numbers of businesses and who stands behind them.
    """
    transport = Ending(OUTCOMES["unreachable"]) if kind == "sync" else AsyncEnding(OUTCOMES["unreachable"])

    def made(name: str) -> Any:
        more = {"sender": "021234567"} if name == "SmsClient" else {}
        found = getattr(aegis_sdk, name if kind == "sync" else f"Async{name}")
        return found("http://provider.test", KEY, transport=transport, max_retries=0, circuit_breaker=False, **more)

    async def listed(many: Any) -> Any:
        return [each async for each in many]

    with pytest.raises(AegisError) as caught:
        asyncio.run(listed(many)) if hasattr(many := written(made), "__aiter__") else list(done(many))
    assert leaks(caught.value, {"number": NUMBER, "digits": "1248100998", "phone": PHONE, "name": NAME}) == []


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_frame_holds_how_a_client_is_set_up(kind: str) -> None:
    """
    A client that cannot be set up holds neither its token nor its headers.
    """
    name = "UserClient" if kind == "sync" else "AsyncUserClient"
    make: Callable[..., Any] = getattr(aegis_sdk, name)
    for wrong in ({"timeout": -1}, {"headers": {"X-Api-Key": f"{KEY}\n"}}, {"base_url": f"http://u:{KEY}@host"}):
        given = {"base_url": "http://provider.test", "token": KEY, "headers": {"X-Api-Key": KEY}, **wrong}
        with pytest.raises(ConfigurationError) as caught:
            make(**given)
        assert leaks(caught.value, {}) == []
    with pytest.raises(ConfigurationError) as caught:
        make("http://provider.test", KEY).with_options(headers={"X-Api-Key": f"{KEY}\n"})
    assert leaks(caught.value, {}) == []


class Hook(Middleware):
    """
    A hook that fails.
    """

    def before(self, attempt: Attempt) -> None:
        raise ZeroDivisionError


class AsyncHook(AsyncMiddleware):
    """
    The same, awaited.
    """

    async def before(self, attempt: Attempt) -> None:
        raise ZeroDivisionError


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_frames_of_hooks_stay(kind: str) -> None:
    """
    Who looks for a fault of his own hook finds its frame, and the call's own line.
    """
    client = client_for("user", kind, OUTCOMES["refused"], middleware=[Hook() if kind == "sync" else AsyncHook()])
    with pytest.raises(ZeroDivisionError) as caught:
        done(client.users.get("0198c9ae-0000-7000-8000-000000000000"))
    names = [entry.name for entry in caught.traceback]
    assert (names[0], names[-1]) == ("test_frames_of_hooks_stay", "before")
    assert "_send" not in names


def test_a_method_keeps_its_face() -> None:
    """
    What hides frames changes neither a method's name, its signature, nor whether it is awaited.
    """

    def plain(first: int, *, second: str = "x") -> str:
        return f"{first}{second}"

    async def awaited() -> None: ...

    made = discreet(plain)
    assert (made.__name__, str(inspect.signature(made)), made(1)) == ("plain", str(inspect.signature(plain)), "1x")
    assert inspect.iscoroutinefunction(discreet(awaited))
