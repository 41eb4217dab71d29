"""
``aegis events lag``: how many events consumer groups have not handled yet.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from aegis_sdk._generated.events import TOPICS
from aegis_sdk.events.cli._reading import reading
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_shell import FOUND, OK

__all__ = ["Behind", "lag", "told"]


@dataclass(frozen=True, slots=True)
class Behind:
    """
    How far a group is behind in one partition.

    Attributes:
        committed: the offset before which it has handled everything; ``None`` if it has handled nothing.
        start, end: where the partition begins and ends now.
        lag: offsets in between that it has not handled and that are still there.
        lost: offsets that were deleted before it handled them.
    """

    group: str
    topic: str
    partition: int
    committed: int | None
    start: int
    end: int
    lag: int
    lost: int


async def lag(connection: KafkaConnection, options: argparse.Namespace) -> int:
    """
    Print the lag of groups.
    """
    topics = options.topic or sorted(TOPICS)
    found = [one for group in options.group for one in await behind(connection, group, topics)]
    print(told(found, options.format))
    totals = {group: sum(one.lag for one in found if one.group == group) for group in options.group}
    return FOUND if options.max is not None and max(totals.values()) > options.max else OK


async def behind(connection: KafkaConnection, group: str, topics: Sequence[str]) -> list[Behind]:
    """
    Ask Kafka how far a group is behind; joins no group and disturbs nobody.
    """
    async with reading(connection, topics, group_id=group) as source:
        places = await source.progress()
    return [
        Behind(
            group,
            place.topic,
            place.partition,
            committed,
            start,
            end,
            lag=max(0, end - max(start, committed or 0)),
            lost=max(0, start - committed) if committed is not None else 0,
        )
        for place, (committed, start, end) in sorted(places.items())
    ]


def told(found: Sequence[Behind], style: str) -> str:
    """
    Say it as text, as JSON or in Prometheus' text format.
    """
    if style == "json":
        return json.dumps([asdict(one) for one in found])
    if style == "prometheus":
        return "\n".join(_metrics(found))
    lines: list[str] = []
    for group in dict.fromkeys(one.group for one in found):
        mine = [one for one in found if one.group == group]
        lines.append(f"{group}: {sum(one.lag for one in mine):,} behind")
        for one in mine:
            if one.lag or one.lost:
                lost = f", {one.lost:,} were deleted before it came to them" if one.lost else ""
                lines.append(f"  {one.topic}[{one.partition}]: {one.lag:,} of {one.end:,}{lost}")
    return "\n".join(lines)


def _metrics(found: Iterable[Behind]) -> Iterable[str]:
    yield "# HELP aegis_events_lag Events that a consumer group has not handled yet."
    yield "# TYPE aegis_events_lag gauge"
    for one in found:
        labels = f'group="{_label(one.group)}",topic="{one.topic}",partition="{one.partition}"'
        yield f"aegis_events_lag{{{labels}}} {one.lag}"


def _label(text: str) -> str:
    # A group may have any name; the text format escapes these three.
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
