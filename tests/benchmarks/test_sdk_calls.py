"""
What a call through the SDK costs beside raw httpx, in the same run against the same server in a process of its own.

Validation, retries, circuit breaker and deadline are on. Rounds alternate, and the best of each side counts, so that a
busy machine slows both.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aegis_sdk import AsyncUserClient, UserClient

USER = "0198c8a1-0000-7000-8000-000000000001"
TASKS = 64
Call = Callable[[], object]
Task = Callable[[], Awaitable[object]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """
    The loopback server's URL.
    """
    script = Path(__file__).with_name("loopback.py")
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


def best_of(*calls: Call, rounds: int = 12, number: int = 150) -> list[float]:
    """
    Seconds of each call, at best, in alternating rounds.
    """
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, found in zip(calls, times, strict=True):
            began = time.perf_counter()
            for _ in range(number):
                call()
            found.append((time.perf_counter() - began) / number)
    return [min(found) for found in times]


async def per_second(task: Task, total: int) -> float:
    """
    Calls a second of 64 concurrent tasks.
    """
    left = iter(range(total))

    async def work() -> None:
        for _ in left:
            await task()

    began = time.perf_counter()
    await asyncio.gather(*[work() for _ in range(TASKS)])
    return total / (time.perf_counter() - began)


def report(benchmark: BenchmarkFixture, name: str, ratio: float, goal: str, **more: Any) -> None:
    """
    Put the figures where the benchmark's readers and the console's find them.
    """
    benchmark.extra_info.update({"ratio to raw httpx": round(ratio, 3), "goal": goal, **more})
    figures = ", ".join(f"{what} {value}" for what, value in more.items())
    print(f"\n{name}: {ratio:.2f} x raw httpx (goal {goal}; {figures})")


@pytest.mark.parametrize(("transport", "most"), [("httpx", 1.0), ("fast", 1.0)])
def test_one_call(benchmark: BenchmarkFixture, server: str, transport: Any, most: float) -> None:
    """
    A synchronous call takes no longer than the same call with raw httpx.
    """
    url = f"{server}/api/v1/users/{USER}"
    with UserClient(server, "token", transport=transport) as client, httpx.Client() as raw:
        get = client.users.get
        benchmark.pedantic(get, (USER,), rounds=20, iterations=50, warmup_rounds=2)  # type: ignore[no-untyped-call]
        if benchmark.disabled:
            return
        ours, theirs = best_of(
            lambda: get(USER), lambda: raw.get(url, headers={"Authorization": "Bearer token"}).json()
        )
    report(
        benchmark,
        f"one call, {transport}",
        ours / theirs,
        f"<= {most}",
        ours=f"{ours * 1e6:.0f} us",
        httpx=f"{theirs * 1e6:.0f} us",
    )
    assert ours / theirs <= most


@pytest.mark.parametrize(("transport", "least"), [("httpx", 2.0), ("fast", 12.0)])
def test_sixty_four_tasks(benchmark: BenchmarkFixture, server: str, transport: Any, least: float) -> None:
    """
    64 concurrent tasks get several times the throughput of raw httpx.
    """
    url = f"{server}/api/v1/users/{USER}"

    async def measure() -> tuple[float, float]:
        async with AsyncUserClient(server, "token", transport=transport) as client, httpx.AsyncClient() as raw:
            ours: list[float] = []
            theirs: list[float] = []
            await per_second(lambda: client.users.get(USER), 2 * TASKS)
            for _ in range(1 if benchmark.disabled else 4):
                ours.append(await per_second(lambda: client.users.get(USER), TASKS if benchmark.disabled else 3000))
                theirs.append(await per_second(lambda: raw.get(url), TASKS if benchmark.disabled else 500))
        return max(ours), max(theirs)

    ours, theirs = benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: asyncio.run(measure()), rounds=1, iterations=1
    )
    if benchmark.disabled:
        return
    report(
        benchmark,
        f"{TASKS} tasks, {transport}",
        ours / theirs,
        f">= {least}",
        ours=f"{ours:.0f}/s",
        httpx=f"{theirs:.0f}/s",
    )
    assert ours / theirs >= least
