"""
`aegis events relay`: a relay in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path

from brokers import Broker
from commands import aegis_events, start
from outboxes import fill, read_committed


async def test_once_relays_what_waits_and_ends(kafka: Broker, kafka_topic: Callable[..., str], tmp_path: Path) -> None:
    """
    With --once the command ends when the outbox is empty, and says how much it did.
    """
    topic = kafka_topic(2)
    fill(tmp_path / "service.db", topic, range(120))
    said = await aegis_events(
        "relay", "--sqlite", str(tmp_path / "service.db"), "--bootstrap", kafka.bootstrap_servers, "--once",
        "--timeout", "30", "--format", "json",
    )  # fmt: skip
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["relayed"], told["waiting"]) == (120, 0)
    seen = await read_committed(kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(120))


async def test_a_signal_ends_the_relay_cleanly(kafka: Broker, kafka_topic: Callable[..., str], tmp_path: Path) -> None:
    """
    On SIGTERM the relay ends the batch that is on its way and exits with 0.
    """
    topic = kafka_topic(2)
    fill(tmp_path / "service.db", topic, range(10))
    process = await start("relay", "--sqlite", str(tmp_path / "service.db"), "--bootstrap", kafka.bootstrap_servers)
    async with asyncio.timeout(30):
        while len(await read_committed(kafka.bootstrap_servers, topic)) < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (process.returncode, out.decode()) == (0, "10 events relayed in 2 transactions, 0 waiting\n"), err


async def test_without_kafka_once_gives_up_in_time(tmp_path: Path) -> None:
    """
    With --timeout the command says how much still waits, and exits with 3.
    """
    fill(tmp_path / "service.db", "nowhere", range(5))
    said = await aegis_events(
        "relay", "--sqlite", str(tmp_path / "service.db"), "--bootstrap", "127.0.0.1:1", "--once", "--timeout", "2"
    )
    assert (said.code, "5 events still wait" in said.err) == (3, True), said.err
