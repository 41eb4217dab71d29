"""
A topic that carries a later version than this service has a handler for.
"""

from __future__ import annotations

import json
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

from aegis_sdk.events import ConsumerSettings, EventCodec, EventConsumer
from aegis_sdk.events.dead_letters._letter import reason_of
from tests.unit.events.codec.shops import PLACED, generated
from tests.unit.events.consumer.harness import FakeKafka, Letters, until


async def test_a_later_version_without_a_handler_is_kept(tmp_path: Path) -> None:
    """
    While only version 1 has a handler, events of version 2 on the same topic are kept for a replay.
    """
    first = PLACED | {"data": PLACED["data"] | {"expiresAt": "2026-03-03T00:30:00Z"}}
    second: dict[str, Any] = deepcopy(first) | {"major": 2, "id": "a-2"}
    second["data"] |= {"channel": "web", "tags": [], "source": "shop"}
    kafka, letters = FakeKafka(), Letters()
    handled: list[Any] = []
    with generated(tmp_path, "shop_later"):
        shop = import_module("shop_later")
        consumer = EventConsumer(
            "nowhere:9092",
            group_id="tests",
            codec=EventCodec(package="shop_later"),
            connect=kafka.connect,
            dead_letters=letters,
            settings=ConsumerSettings(commit_interval=0.02, probe_interval=0.05),
        )
        consumer.on(shop.OrderPlaced)(handled.append)
        kafka.send_raw(json.dumps(second).encode(), key=b"a")
        kafka.send_raw(json.dumps(first).encode(), key=b"a")
        async with consumer:
            await until(kafka.all_committed)
        assert [type(event) for event in handled] == [shop.OrderPlaced]
    assert [reason_of(one.headers, "reason") for one in letters.sent] == ["later_version"]
    assert (consumer.stats.skipped, consumer.stats.dead_lettered) == (0, 1)
