"""
Health: what checks find, and what is answered, whatever hangs.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import httpx
import pytest

from aegis_contracts import bundled, load
from aegis_contracts.exchange import ResponseChecker
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.health import Health, HealthReport, Unhealthy, kafka, postgres, relay
from aegis_sdk.health import http as http_check
from tests.postgres_server import running, skip_without_postgres

SECRET = "s3cret-canary"


async def well() -> bool:
    return True


async def broken() -> None:
    raise Unhealthy("no broker is reachable")


@pytest.fixture(scope="module")
def contract() -> ResponseChecker:
    return ResponseChecker(load(bundled() / "openapi" / "user.yaml").operations["getHealth"])


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


async def ask(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        return await client.request(method, path, headers=headers)


async def until(holds: Callable[[], Any]) -> None:
    """
    Wait for what must come; the test's own time limit ends it otherwise.
    """
    while True:
        found = holds()
        if await found if inspect.isawaitable(found) else found:
            return
        await asyncio.sleep(0.005)  # what is waited for tells nobody


def threads(name: str) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == f"health check {name}"]


async def test_all_is_well() -> None:
    """
    With every check passing the answer is 200, healthy, and each check says so.
    """
    report = await Health({"database": well, "redis": lambda: None, "kafka": well}, timeout=30).check()
    assert report.status_code == 200
    assert report.body["status"] == "healthy"
    assert report.body["checks"] == {"database": "healthy", "redis": "healthy", "kafka": "healthy"}


async def test_a_broker_that_is_away_is_said() -> None:
    """
    Where no broker listens the check says so in the contract's words, and no address.
    """
    report = await Health({"kafka": kafka("127.0.0.1:1")}).check()
    assert report.body["checks"] == {"kafka": "unhealthy: no broker is reachable"}


async def test_one_fails() -> None:
    """
    One failing check makes it 503 with the same body; it says why, and the others keep their own word.
    """
    report = await Health({"database": well, "redis": lambda: False, "kafka": broken}, timeout=30).check()
    assert report.status_code == 503
    assert report.body["status"] == "unhealthy"
    assert report.body["checks"] == {
        "database": "healthy",
        "redis": "unhealthy: the check failed",
        "kafka": "unhealthy: no broker is reachable",
    }


@pytest.mark.parametrize("kafka", [well, broken, lambda: "x" * 500, lambda: "two\nlines"])
async def test_answers_are_the_contracts(contract: ResponseChecker, kafka: Any) -> None:
    """
    What the ASGI application answers is what the User API's contract says, headers included.
    """
    health = Health({"database": well, "redis": well, "kafka": kafka}, timeout=30)
    answer = await ask(health.asgi(), "/health", **{"X-Request-Id": "abc-1"})
    assert contract.violations(answer.status_code, dict(answer.headers), answer.content) == []
    assert answer.headers["x-request-id"] == "abc-1"


def _raising(error: BaseException) -> Any:
    def check() -> None:
        raise error

    return check


@pytest.mark.parametrize(
    "check",
    [
        _raising(RuntimeError(f"postgresql://app:{SECRET}@db/aegis refused")),
        _raising(ConnectionRefusedError(111, f"connect to {SECRET}")),
        _raising(ExceptionGroup(SECRET, [OSError(SECRET), ValueError(SECRET)])),
        _raising(Unhealthy(f"redis://:{SECRET}@cache:6379 does not answer")),
        _raising(Unhealthy(f"login failed, password={SECRET}")),
        _raising(Unhealthy(f"refused: Authorization: Bearer {SECRET}")),
        lambda: f"unhealthy: api_key = '{SECRET}'",
        lambda: f"connected to db-1 as app with {SECRET}",
        lambda: SECRET,
        lambda: SimpleNamespace(healthy=False, reasons=(f"token: {SECRET}", "no lease")),
        _raising(Unhealthy("no mail to seoyeon.kim@example.com 010-1234-5678 124-81-00998 1248100998")),
    ],
)
async def test_no_secret_is_told(check: Any, caplog: pytest.LogCaptureFixture) -> None:
    """
    Neither the answer nor the log holds what an exception's message, an address or a credential says.
    """
    report = await Health({"database": check}).check()
    told = json.dumps(report.body) + caplog.text
    assert report.status_code == 503
    for private in (SECRET, "seoyeon", "1234-5678", "00998"):
        assert private not in told


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_a_check_has_a_name(name: Any) -> None:
    """
    A check that a report could not name is refused.
    """
    with pytest.raises(ConfigurationError, match="name"):
        Health({name: well})


async def test_the_reason_helps() -> None:
    """
    A foreign exception is told by its class, and by the system's word for its error number.
    """
    checks = {"one": _raising(ConnectionRefusedError(111, "x")), "two": _raising(KeyError("x"))}
    report = await Health(checks).check()
    assert report.body["checks"] == {
        "one": "unhealthy: connection refused (ConnectionRefusedError)",
        "two": "unhealthy: the check failed with KeyError",
    }


async def test_a_reason_stays_short() -> None:
    """
    Of many errors at once three are told, each kind once.
    """
    errors = [OSError(), KeyError(), KeyError(), ValueError(), TypeError(), IndexError()]
    report = await Health({"one": _raising(ExceptionGroup("x", errors))}).check()
    assert report.body["checks"]["one"] == ("unhealthy: the check failed with OSError, the check failed with KeyError")


async def test_a_hanging_function_blocks_nobody(gate: threading.Event) -> None:
    """
    A synchronous check that hangs is told after its deadline, the loop runs meanwhile, and a second thread is never
    started for it.
    """
    asked = threading.Event()
    health = Health(
        {"database": lambda: asked.set() or gate.wait(30), "redis": well}, timeout={"database": 0.05, "redis": 30}
    )
    first = asyncio.create_task(health.check())
    await until(asked.is_set)
    reports = [await first, *[await health.check() for _ in range(19)]]
    assert {one.status_code for one in reports} == {503}
    assert {one.body["checks"]["redis"] for one in reports} == {"healthy"}
    assert reports[0].body["checks"]["database"] == "unhealthy: it did not answer within 0.05 s"
    assert reports[-1].body["checks"]["database"].startswith("unhealthy: it has not answered for")
    assert len(threads("database")) == 1
    gate.set()
    await until(lambda: health.check())


async def test_a_check_that_ignores_cancellation(gate: threading.Event) -> None:
    """
    An asynchronous check that will not be cancelled is told after its deadline, and runs once, not once a probe.
    """
    running = 0

    async def stubborn() -> None:
        nonlocal running
        running += 1
        while not gate.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    health = Health({"kafka": stubborn}, timeout=0.05)
    for _ in range(10):
        assert (await health.check()).status_code == 503
    assert running == 1
    gate.set()
    await until(lambda: health.check())


async def test_checks_run_side_by_side() -> None:
    """
    No check waits for another: each of three waits for the other two.
    """
    barrier = asyncio.Barrier(3)
    health = Health(dict.fromkeys(("a", "b", "c"), barrier.wait), timeout=30)
    assert (await health.check()).status_code == 200


async def test_probes_share_a_run() -> None:
    """
    A hundred probes at once ask the database once.
    """
    asked = 0

    async def check() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)

    health = Health({"database": check})
    reports = await asyncio.gather(*(health.check() for _ in range(100)))
    assert all(reports)
    assert asked == 1


async def test_a_probe_that_goes_away_takes_nobody_with_it() -> None:
    """
    When one of two probers disconnects, the other still gets its answer.
    """
    started, go = asyncio.Event(), asyncio.Event()

    async def check() -> None:
        started.set()
        await go.wait()

    health = Health({"database": check}, timeout=30)
    first, second = asyncio.create_task(health.check()), asyncio.create_task(health.check())
    await started.wait()
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go.set()
    assert (await second).status_code == 200


async def test_readiness_is_not_liveness() -> None:
    """
    A service without Kafka is alive and ready, where Kafka is not needed to serve; draining, it is alive and not ready.
    """
    health = Health({"database": well, "kafka": broken}, ready=["database"])
    app = health.asgi()
    assert [(await ask(app, path)).status_code for path in ("/health", "/ready", "/live")] == [503, 200, 200]
    health.drain()
    assert [(await ask(app, path)).status_code for path in ("/health", "/ready", "/live")] == [503, 503, 200]
    assert (await ask(app, "/ready")).json()["checks"]["service"] == "unhealthy: it is shutting down"


async def test_other_paths_and_methods() -> None:
    """
    HEAD is GET without a body; another method is 405 with ``Allow``, another path 404, both as problems.
    """
    app = Health({}).asgi(health="/health", ready="/readyz")
    head = await ask(app, "/health", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    refused = await ask(app, "/readyz", "POST")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert (await ask(app, "/ready")).json()["code"] == "not_found"


async def test_fastapi() -> None:
    """
    The FastAPI router answers the same, and stands in the service's own document under the contract's operationId.
    """
    from fastapi import FastAPI

    app = FastAPI()
    app.include_router(Health({"database": well, "redis": well, "kafka": broken}).router())
    answer = await ask(app, "/health")
    assert answer.status_code == 503
    assert answer.json()["checks"]["kafka"] == "unhealthy: no broker is reachable"
    assert answer.headers["retry-after"]
    assert app.openapi()["paths"]["/health"]["get"]["operationId"] == "getHealth"


def test_wsgi(gate: threading.Event) -> None:
    """
    A service without an event loop gets the same answers, asynchronous checks and hanging ones included.
    """
    checks = {"database": lambda: gate.wait(30), "redis": well, "kafka": broken}
    health = Health(checks, timeout={"database": 0.05, "redis": 30})
    with httpx.Client(transport=httpx.WSGITransport(health.wsgi()), base_url="http://service.test") as client:
        answers = [client.get("/health") for _ in range(3)]
        assert client.get("/live").status_code == 200
        assert client.post("/live").status_code == 405
        assert client.get("/nothing").status_code == 404
    assert {one.status_code for one in answers} == {503}
    assert answers[0].json()["checks"]["redis"] == "healthy"
    assert len([one for one in threading.enumerate() if one.name == "health checks"]) >= 1
    assert len(threads("database")) == 1


@pytest.fixture
def address() -> Iterator[str]:
    if reason := skip_without_postgres():
        pytest.skip(reason)
    with running() as started:
        yield started


async def test_postgres(address: str) -> None:
    """
    A PostgreSQL that answers is healthy by pool and by address; a pool with no connection left is told in time.
    """
    async with asyncpg.create_pool(address, min_size=1, max_size=1) as pool:
        health = Health({"pool": postgres(pool), "address": postgres(address)}, timeout=30)
        assert (await health.check()).body["status"] == "healthy"
        async with pool.acquire():
            busy = await Health({"pool": postgres(pool)}, timeout=0.05).check()
        assert busy.body["checks"]["pool"] == "unhealthy: it did not answer within 0.05 s"


async def test_no_postgres() -> None:
    """
    A PostgreSQL that is not there is unhealthy, and its address is not told.
    """
    gone = await Health({"address": postgres(f"postgresql://app:{SECRET}@127.0.0.1:1/x")}, timeout=30).check()
    assert gone.status_code == 503
    assert SECRET not in str(gone.body)


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """
    A server that accepts and says nothing.
    """
    release = asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    release.set()
    server.close()


async def test_a_silent_peer(silent: str) -> None:
    """
    An HTTP service that accepts the connection and never answers is unhealthy after the deadline.
    """
    report = await Health({"registry": http_check(f"http://{silent}/?serviceKey={SECRET}")}, timeout=0.1).check()
    assert report.body["checks"]["registry"] == "unhealthy: it did not answer within 0.1 s"


async def test_http() -> None:
    """
    An HTTP service is healthy when it answers 2xx, and unhealthy with the status otherwise or when nothing listens.
    """
    app = Health({"x": well}).asgi()
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    checks = {"well": http_check(f"{base}/health"), "missing": http_check(f"{base}/nothing")}
    report = await Health(checks, timeout=30).check()
    server.should_exit = True
    await serving
    assert report.body["checks"] == {"well": "healthy", "missing": "unhealthy: it answered 404"}
    gone = await Health(checks, timeout=30).check()
    assert gone.body["checks"]["well"].startswith("unhealthy: ")


async def test_our_parts_are_checks() -> None:
    """
    Publishers, consumers and relays stand in the table as they are, and their reasons are told.
    """
    parts = {
        "publisher": SimpleNamespace(health=lambda: SimpleNamespace(status="unhealthy", why="not connected")),
        "consumer": SimpleNamespace(health=lambda: SimpleNamespace(healthy=False, reasons=("a stalls", "b stalls"))),
        "relay": SimpleNamespace(health=lambda: SimpleNamespace(healthy=True, reasons=())),
    }
    report = await Health(parts).check()
    assert report.body["checks"] == {
        "publisher": "unhealthy: not connected",
        "consumer": "unhealthy: a stalls; b stalls",
        "relay": "healthy",
    }


async def test_the_outbox_is_looked_at_when_asked() -> None:
    """
    The age of what waits in the outbox is the age now, and an old event makes the relay unhealthy.
    """
    age = 0.0

    class Relay:
        def health(self) -> Any:
            return SimpleNamespace(healthy=True, reasons=())

        async def backlog(self) -> Any:
            return SimpleNamespace(waiting=3, oldest=age)

    health = Health({"outbox": relay(Relay(), oldest=0.05)})
    assert (await health.check()).status_code == 200
    age = 0.06
    said = (await health.check()).body["checks"]["outbox"]
    assert said.startswith("unhealthy: 3 events wait in the outbox")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Health({"database": well}, timeout=0), "timeout of database"),
        (lambda: Health({"database": well}, timeout=cast("float", "soon")), "timeout of database"),
        (lambda: Health({"database": well}, timeout={"database": cast("float", None)}), "timeout of database"),
        (lambda: Health({"database": well}, timeout={"databse": 1}), "did you mean database"),
        (lambda: Health({"database": well}, ready=["kafka"]), "there are: database"),
        (lambda: Health({"database": 1}), "must be a function"),  # type: ignore[dict-item]
        (lambda: Health({}).asgi(ready="/health"), "paths that differ"),
    ],
)
def test_what_cannot_work_is_refused(made: Any, said: str) -> None:
    """
    A deadline that is none, a name that no check has, and something that cannot be asked are refused when it is made.
    """
    with pytest.raises(ConfigurationError, match=said):
        made()


def test_a_fork_begins_anew(gate: threading.Event) -> None:
    """
    A worker that was forked while a check hung asks again: the thread that hangs is not its own.
    """
    health = Health({"database": lambda: gate.wait(30)}, timeout=0.05)
    assert health.check_sync().status_code == 503
    child = os.fork()
    if child == 0:
        gate.set()
        # Under load a check may take longer than its time; one that still waits for the parent's thread always would.
        os._exit(0 if any(health.check_sync().status_code == 200 for _ in range(100)) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_several_loops_share_a_health(gate: threading.Event) -> None:
    """
    Health that is asked from one event loop after another answers in each, also after a check hung in a closed one.
    """

    async def hang_once() -> None:
        if not gate.is_set():
            gate.set()
            await asyncio.sleep(30)

    health = Health({"database": hang_once}, timeout=0.05)

    def once() -> HealthReport:
        return asyncio.run(health.check())

    assert [once().status_code for _ in range(2)] == [503, 200]
