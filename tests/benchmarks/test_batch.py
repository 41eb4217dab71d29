"""
What a batch does beside the loop that everybody writes first, against the same mock in the same run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aegis_sdk import AsyncBusinessRegistryClient, BusinessRegistryClient
from aegis_sdk.batch import verify_file
from tests.scenarios._aegis import running_mock
from tests.unit.batch._registry import numbers

LOOP, BATCH = 300, 30_000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_mock() as mock:
        yield f"{mock.url}/api/v1"


def test_a_batch_beside_a_loop(benchmark: BenchmarkFixture, url: str, tmp_path: Path) -> None:
    """
    A file with checkpoint, output and summary is verified at least twenty times as fast as number after number.
    """
    many = list(numbers(BATCH))
    source = tmp_path / "in.csv"
    source.write_text("\n".join(["business_registration_number", *many]), encoding="utf-8")

    def loop() -> float:
        began = time.perf_counter()
        with BusinessRegistryClient(url, "key") as client:
            for number in many[:LOOP]:
                client.verify(number, details=False)
        return LOOP / (time.perf_counter() - began)

    async def batch() -> float:
        began = time.perf_counter()
        async with AsyncBusinessRegistryClient(url, "key") as client:
            summary = await verify_file(source, tmp_path / "out.csv", client)
        assert summary.statuses == {"active": BATCH}
        return BATCH / (time.perf_counter() - began)

    def ratio() -> float:
        naive = loop()
        ours = asyncio.run(batch())
        print(f"\nloop {naive:,.0f}/s, batch {ours:,.0f}/s: {ours / naive:.1f} x")
        return ours / naive

    found = benchmark.pedantic(ratio, rounds=1)
    assert found >= 20
