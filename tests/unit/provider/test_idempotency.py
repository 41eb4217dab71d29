"""
Idempotency keys: done once, answered as often as it is asked, whatever happens on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider import (
    IdempotencyKeys,
    IdempotencyMiddleware,
    KeptAnswer,
    KeyClaim,
    MemoryStore,
    ProblemError,
    Store,
)
from tests.unit.provider.conftest import Wall

KEY = {"idempotency-key": "8e03978e-40d5-43e8-bc93-6894a57f9324", "authorization": "Bearer one"}


class Service:
    """
    Counts what it does, and answers with the count.
    """

    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.done = 0
        self.hold: asyncio.Event | None = None
        self.entered = asyncio.Event()
        self.error: BaseException | None = None
        self.content: Callable[[int], bytes] = lambda number: b"%d" % number

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        self.done += 1
        number = self.done
        self.entered.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        headers = [(b"location", b"/things/%d" % number), (b"x-request-id", b"first"), (b"date", b"today")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = self.content(number)
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        await send({"type": "http.response.body", "body": body[1:]})


Post = Callable[..., Awaitable[httpx.Response]]


def posting(app: Any) -> Post:
    async def post(path: str = "/things", body: bytes = b"{}", method: str = "POST", **headers: str) -> httpx.Response:
        given = {**KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
            return await client.request(method, path, content=body, headers={k: v for k, v in given.items() if v})

    return post


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def post(service: Service, store: Store, clock: Wall) -> Post:
    return posting(IdempotencyMiddleware(service, IdempotencyKeys(store, clock=clock)))


async def test_a_repetition_is_answered_and_not_done(service: Service, post: Post) -> None:
    """
    The same request again gets the same status, headers and body with its own id, and nothing is done twice.
    """
    first = await post()
    second = await post(x_request_id="second")
    quoted = await post(idempotency_key='"8e03978e-40d5-43e8-bc93-6894a57f9324"')
    assert service.done == 1
    for again in (second, quoted):
        assert (again.status_code, again.content, again.headers["location"]) == (201, b"1", "/things/1")
    assert (first.headers["x-request-id"], second.headers["x-request-id"]) == ("first", "second")
    assert "date" not in second.headers


async def test_without_a_key_it_is_done(service: Service, post: Post) -> None:
    """
    Requests without the header, and of methods that are safe, are done each time.
    """
    await post(idempotency_key="")
    await post(idempotency_key="")
    await post(method="GET")
    await post(method="GET")
    assert service.done == 4


async def test_another_payload_is_refused(service: Service, post: Post) -> None:
    """
    The same key with another body, target or media type is 422 and is not done.
    """
    await post()
    for other in (
        await post(body=b'{"a":1}'),
        await post("/things?x=1"),
        await post(content_type="text/plain"),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert other.headers["content-type"] == "application/problem+json"
    assert service.done == 1


async def test_keys_are_kept_apart(service: Service, post: Post) -> None:
    """
    The same key of another caller, or for another operation, is another key.
    """
    await post()
    await post(authorization="Bearer two")
    await post("/others")
    assert service.done == 3


async def test_meanwhile_it_is_in_progress(service: Service, post: Post) -> None:
    """
    While the first is being processed nineteen others are 409, and one is done; afterwards they get its answer.
    """
    service.hold = asyncio.Event()
    first = asyncio.create_task(post())
    await service.entered.wait()
    others = await asyncio.gather(*(post() for _ in range(19)))
    assert {(one.status_code, one.json()["code"]) for one in others} == {(409, "idempotency_request_in_progress")}
    service.hold.set()
    assert (await first).status_code == 201
    assert (await post()).content == b"1"
    assert service.done == 1


@pytest.mark.parametrize("status", [400, 409, 422, 500, 503])
async def test_refusals_are_not_kept(service: Service, post: Post, status: int) -> None:
    """
    A refusal and a failure may be tried again with the same key.
    """
    service.status = status
    assert (await post()).status_code == status
    service.status = 201
    assert (await post()).content == b"2"


async def test_a_failure_gives_the_key_back(service: Service, post: Post) -> None:
    """
    When the application raises, or the caller is cancelled, the key can be used at once.
    """
    service.error = RuntimeError()
    with pytest.raises(RuntimeError):
        await post()
    service.error = None
    service.hold = asyncio.Event()
    service.entered.clear()
    task = asyncio.create_task(post())
    await service.entered.wait()
    task.cancel()
    await asyncio.wait([task])
    service.hold = None
    assert (await post()).content == b"3"


async def test_a_dead_process_gives_the_key_back(store: Store, clock: Wall) -> None:
    """
    A claim whose process died ends with its lease; what it says later is not kept.
    """
    keys = IdempotencyKeys(store, lease=timedelta(seconds=0.5), clock=clock)
    dead = await keys.begin("k", scope="s", payload=b"p")
    assert isinstance(dead, KeyClaim)
    with pytest.raises(ProblemError, match="still being processed"):
        await keys.begin("k", scope="s", payload=b"p")
    clock.now += 0.5
    await asyncio.sleep(0.6)  # Redis ends it by its own clock
    alive = await keys.begin("k", scope="s", payload=b"p")
    assert isinstance(alive, KeyClaim)
    assert not await dead.keep(201, [], b"dead")
    assert await alive.keep(201, [], b"alive")
    kept = await keys.begin("k", scope="s", payload=b"p")
    assert isinstance(kept, KeptAnswer)
    assert kept.content == b"alive"


async def test_work_may_take_longer_than_the_lease(service: Service) -> None:
    """
    A request that takes many leases keeps its key all the while, and its answer is kept.
    """
    post = posting(IdempotencyMiddleware(service, IdempotencyKeys(MemoryStore(), lease=timedelta(seconds=0.5))))
    service.hold = asyncio.Event()
    first = asyncio.create_task(post())
    await service.entered.wait()
    for _ in range(6):
        await asyncio.sleep(0.25)
        assert (await post()).status_code == 409
    service.hold.set()
    assert (await first).status_code == (await post()).status_code == 201
    assert service.done == 1


async def test_answers_end(clock: Wall) -> None:
    """
    After a day the key is new again.
    """
    service = Service()
    post = posting(IdempotencyMiddleware(service, IdempotencyKeys(MemoryStore(), clock=clock)))
    await post()
    clock.now += 24 * 3600 - 1
    assert (await post()).content == b"1"
    clock.now += 1
    assert (await post()).content == b"2"


async def test_there_is_a_bound(service: Service) -> None:
    """
    A body beyond the bound is 413; an answer beyond it goes out whole and is not kept.
    """
    post = posting(IdempotencyMiddleware(service, IdempotencyKeys(MemoryStore()), most=10))
    large = await post(body=b"x" * 11)
    assert (large.status_code, large.json()["code"], service.done) == (413, "content_too_large", 0)
    service.content = lambda number: b"%d" % number * 30
    answer = await post()
    assert answer.content == b"1" * 30
    assert (await post()).content == b"1" * 30 or service.done == 2


class Broken(MemoryStore):
    """
    A store that fails or hangs, when told.
    """

    error: Exception | None = None
    hangs = False

    async def read(self, key: str, now: float) -> Any:
        await self._trouble()
        return await super().read(key, now)

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        await self._trouble()
        return await super().write(key, data, now=now, ends=ends, over=over)

    async def _trouble(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_store_in_trouble(service: Service, hangs: bool, caplog: pytest.LogCaptureFixture) -> None:
    """
    A store that fails or hangs before the work is 503 and nothing is done; after the work its answer still goes out.
    """
    store = Broken()
    post = posting(IdempotencyMiddleware(service, IdempotencyKeys(store), patience=0.05))
    store.hangs = hangs
    store.error = ConnectionError("postgresql://app:s3cret@db")
    refused = await post()
    assert (refused.status_code, refused.json()["code"], service.done) == (503, "service_unavailable", 0)
    assert refused.headers["retry-after"] == "1"
    store.hangs, store.error = False, None
    service.hold = asyncio.Event()
    task = asyncio.create_task(post())
    await service.entered.wait()
    store.hangs = hangs
    store.error = ConnectionError("postgresql://app:s3cret@db")
    service.hold.set()
    assert (await task).status_code == 201
    assert "s3cret" not in caplog.text


def test_what_cannot_work_is_refused() -> None:
    """
    A lease or lifetime of nothing is refused.
    """
    for options in ({"ttl": timedelta()}, {"lease": timedelta()}):
        with pytest.raises(ConfigurationError):
            IdempotencyKeys(MemoryStore(), **options)
