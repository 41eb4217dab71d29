"""
From file to file: checkpoints, and what changed since last time.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from aegis_runtime import Circuit
from aegis_sdk import AsyncBusinessRegistryClient
from aegis_sdk.batch import BatchInputError, BatchSettings, BatchStoppedError, FileSettings, Summary, verify_file
from tests.unit.batch._registry import Entries, Registry, answer, numbers

URL = "http://registry/api/v1"


def given(folder: Path, rows: list[str]) -> Path:
    file = folder / "in.csv"
    file.write_text("\n".join(["business_registration_number", *rows]), encoding="utf-8")
    return file


async def run(source: Path, registry: Registry, files: FileSettings | None = None, **settings: Any) -> Summary:
    circuit = Circuit("registry", failures=5, recovery=0.05)
    async with AsyncBusinessRegistryClient(URL, "key", transport=registry, circuit_breaker=circuit) as client:
        return await verify_file(
            source, source.with_name("out.csv"), client, BatchSettings(**settings), files=files or FileSettings()
        )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def verdicts(folder: Path) -> list[dict[str, str]]:
    with (folder / "out.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


async def test_a_batch_that_is_ended_goes_on_and_asks_for_nobody_twice(tmp_path: Path) -> None:
    """
    Wherever it was ended, and whatever of the last line came to the disk: what was answered is kept, the output is the
    same as without an end, and so are the counts.
    """
    many = [*numbers(3000), "bad"]
    source, asked = given(tmp_path, many), Counter[str]()
    for stop in (5, 1, 9):
        left = [stop]

        def spoil(entries: Entries, left: list[int] = left) -> Any:
            left[0] -= 1
            return entries if left[0] >= 0 else answer(401, {"code": -4, "msg": ""})

        registry = Registry(spoil)
        with pytest.raises(BatchStoppedError):
            await run(source, registry, concurrency=4)
        answered = sum(count for _, count in registry.calls[:stop])
        assert answered == stop * 100
        asked.update(registry.asked)
        with (tmp_path / "out.csv.part").open("ab") as stream:
            stream.write(b"30,a torn li")
        with (tmp_path / "out.csv.checkpoint").open("ab") as stream:
            stream.write(b'{"chunk": 77, "rows": [["act')
    registry = Registry()
    summary = await run(source, registry, concurrency=4)
    assert sum(registry.asked.values()) == 3000 - 1500
    assert [int(row["row"]) for row in verdicts(tmp_path)] == list(range(1, 3002))
    assert Counter(row["status"] for row in verdicts(tmp_path)) == {"active": 3000, "invalid": 1}
    assert summary.rows == 3001
    assert summary.statuses == {"active": 3000, "invalid": 1}
    assert names(tmp_path) == ["in.csv", "out.csv"]


async def test_a_cancelled_batch_goes_on_too(tmp_path: Path) -> None:
    """
    Ctrl-C loses no answer.
    """
    source, registry = given(tmp_path, list(numbers(2000))), Registry()

    def spoil(entries: Entries) -> Any:
        if len(registry.calls) == 7:
            task.cancel()
        return entries

    registry.spoil = spoil
    task = asyncio.ensure_future(run(source, registry, concurrency=1))
    with pytest.raises(asyncio.CancelledError):
        await task
    registry.spoil = lambda entries: entries
    await run(source, registry)
    assert len(verdicts(tmp_path)) == 2000
    assert len(registry.calls) in (20, 21)


async def test_the_checkpoint_of_another_batch_is_refused(tmp_path: Path) -> None:
    """
    Another input or other options cannot go on with it; ``restart`` forgets it.
    """
    source = given(tmp_path, list(numbers(500)))
    with pytest.raises(BatchStoppedError):
        await run(source, Registry(), daily_quota=200, concurrency=1)
    with pytest.raises(BatchInputError, match="--restart"):
        await run(source, Registry(), check_digit="refuse")
    given(tmp_path, list(numbers(501)))
    with pytest.raises(BatchInputError, match="--restart"):
        await run(source, Registry())
    registry = Registry()
    await run(source, registry, FileSettings(restart=True))
    assert sum(registry.asked.values()) == 501
    assert len(verdicts(tmp_path)) == 501


async def test_the_quota_of_a_day_is_counted_over_its_runs(tmp_path: Path) -> None:
    """
    A run that goes on on the same day has what the one before left of the quota.
    """
    source = given(tmp_path, list(numbers(500)))
    for expected in (200, 0):
        registry = Registry()
        with pytest.raises(BatchStoppedError, match="quota"):
            await run(source, registry, daily_quota=250, concurrency=1)
        assert sum(registry.asked.values()) == expected


async def test_what_changed_since_last_time_is_told(tmp_path: Path) -> None:
    """
    The output of last time is compared: a summary by change, and a feed with before and after; what the registry said
    nothing about is no change.
    """
    first, second, third, fourth = list(numbers(4))
    source, registry = given(tmp_path, [first, second, third]), Registry()
    assert (await run(source, registry)).compared == 0
    assert not (tmp_path / "out.changes.jsonl").exists()
    source = given(tmp_path, [third, "bad", fourth, second, first])
    registry.states = {
        second: {"b_stt_cd": "03", "b_stt": "폐업자", "end_dt": "20260131"},
        third: {"tax_type": "부가가치세 간이과세자"},
    }
    summary = await run(source, registry)
    assert (summary.compared, summary.new) == (3, 1)
    assert summary.changed == {"active → closed": 1, "other fields": 1}
    feed = [json.loads(line) for line in (tmp_path / "out.changes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(each["row"], each["after"]) for each in feed] == [
        (1, {"tax_type": "부가가치세 간이과세자"}),
        (4, {"status": "closed", "closed_on": "2026-01-31"}),
    ]
    assert feed[1]["before"] == {"status": "active", "closed_on": ""}
    assert feed[1]["business_registration_number"].replace("-", "") == second
    assert any("active → closed" in line for line in summary.lines())
    registry.spoil = lambda entries: answer(200, b"{")
    assert (await run(source, registry, max_retries=0)).changed == {}


async def test_two_runs_of_one_batch_do_not_write_into_each_other(tmp_path: Path) -> None:
    """
    The second is refused while the first goes on.
    """
    source, registry = given(tmp_path, list(numbers(300))), Registry()
    refused: list[BaseException] = []

    async def second() -> None:
        try:
            await run(source, Registry())
        except BatchInputError as error:
            refused.append(error)

    def spoil(entries: Entries) -> Any:
        tasks.append(asyncio.ensure_future(second()))
        return entries

    tasks: list[asyncio.Future[None]] = []
    registry.spoil = spoil
    await run(source, registry, concurrency=1)
    await asyncio.gather(*tasks)
    assert "in use" in str(refused[0])
    assert len(verdicts(tmp_path)) == 300


async def test_the_journal_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is written out is forgotten: the checkpoint does not grow with the input, and still knows where to go on.
    """
    from aegis_sdk.batch import _journal

    monkeypatch.setattr(_journal, "ROTATE", 20_000)
    source, sizes = given(tmp_path, list(numbers(5000))), [0]
    left = [40]

    def spoil(entries: Entries) -> Any:
        left[0] -= 1
        file = tmp_path / "out.csv.checkpoint"
        sizes.append(file.stat().st_size if file.exists() else 0)
        return entries if left[0] >= 0 else answer(401, {"code": -4, "msg": ""})

    with pytest.raises(BatchStoppedError):
        await run(source, Registry(spoil), concurrency=1)
    assert max(sizes) < 60_000
    registry = Registry()
    await run(source, registry)
    assert sum(registry.asked.values()) == 1000
    assert [int(row["row"]) for row in verdicts(tmp_path)] == list(range(1, 5001))


async def test_a_run_that_is_ended_at_its_very_end_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Between the moment when the output is whole and the one when its checkpoint is gone, nothing is lost or asked again.
    """
    from aegis_sdk.batch import _journal

    source = given(tmp_path, list(numbers(300)))
    with monkeypatch.context() as patched:
        patched.setattr(_journal.Journal, "finish", _journal.Journal.close)
        first = await run(source, Registry())
    assert names(tmp_path) == ["in.csv", "out.csv", "out.csv.checkpoint"]
    registry = Registry()
    assert await run(source, registry) == first
    assert registry.calls == []
    assert len(verdicts(tmp_path)) == 300
    assert names(tmp_path) == ["in.csv", "out.csv"]
