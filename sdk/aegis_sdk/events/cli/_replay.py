"""
``aegis events replay-dlq``: dead letters, published again as they were.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from aegis_sdk._progress import Progress
from aegis_sdk.errors import EventPublishError
from aegis_sdk.events.cli._reading import Reading, reading
from aegis_sdk.events.consumer.handling._offsets import OffsetTracker
from aegis_sdk.events.dead_letters._letter import (
    REPLAY_GROUP,
    REPLAYED_FROM,
    dead_letter_topic,
    reason_of,
    text_of,
    without_reasons,
)
from aegis_sdk.events.dead_letters._sender import DeadLetterProducer
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._library import require_aiokafka_module
from aegis_sdk.events.kafka._record import FetchedRecord, TopicPartition
from aegis_shell import ENVIRONMENT, FOUND, OK, CommandError

__all__ = ["replay"]

_TIMEOUT = 30.0


@dataclass
class Summary:
    """
    What a run did.
    """

    replayed: int = 0
    left_out: int = 0
    without_source: int = 0
    without_value: int = 0
    passed_over: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    to: dict[str, int] = field(default_factory=dict[str, int])


async def replay(connection: KafkaConnection, options: argparse.Namespace) -> int:
    """
    Publish the dead letters of one topic again, up to the end that it has now.
    """
    summary = Summary()
    trackers: dict[TopicPartition, OffsetTracker] = {}
    producer = DeadLetterProducer(connection, dead_letter_topic, timeout=_TIMEOUT)
    progress = Progress("dead letters")
    try:
        async with reading(connection, [options.topic], group_id=options.group) as source:
            await source.begin(from_beginning=True, committed=not options.all)
            try:
                await _through(source, options, producer, summary, trackers, progress)
            except EventPublishError as error:
                raise CommandError(
                    f"{error}; {summary.replayed} were published again before that", ENVIRONMENT
                ) from None
            finally:
                if not options.dry_run:
                    await _keep(source, trackers)
    finally:
        progress.close()
        await producer.aclose()
    if not options.dry_run or options.format == "json":
        print(_told(summary, options))
    return FOUND if summary.passed_over else OK


async def _through(
    source: Reading,
    options: argparse.Namespace,
    producer: DeadLetterProducer,
    summary: Summary,
    trackers: dict[TopicPartition, OffsetTracker],
    progress: Progress,
) -> None:
    since_kept = 0
    while not await source.at_end():
        async for record in source.records():
            place = TopicPartition(record.topic, record.partition)
            if record.offset >= source.ends[place]:
                continue
            tracker = trackers.setdefault(place, OffsetTracker())
            tracker.take([record.offset])
            if options.limit and summary.replayed >= options.limit:
                return
            if not _is_wanted(record, options):
                summary.left_out += 1
                continue
            target = options.to or reason_of(record.headers, "topic")
            if not target:
                summary.without_source += 1
                continue
            if reason_of(record.headers, "value"):
                summary.without_value += 1
                continue
            if options.dry_run:
                print(json.dumps(_letter(record, target), ensure_ascii=False), flush=True)
            else:
                try:
                    # Never tried again: an answer that is lost leaves the letter replayed or not, and the next run
                    # decides.
                    await producer.publish(target, record.key, record.value, _headers(record, options))
                except EventPublishError as error:
                    if isinstance(error.__cause__, (TimeoutError, OSError)) or not _answered(error.__cause__):
                        raise
                    # Kafka refuses this letter, and not the others behind it.
                    refused: dict[str, Any] = {"partition": record.partition, "offset": record.offset, "to": target}
                    refused["error"] = type(error.__cause__).__name__
                    summary.passed_over.append(refused)
                    tracker.done_all([record.offset])
                    continue
            tracker.done_all([record.offset])
            summary.replayed += 1
            summary.to[target] = summary.to.get(target, 0) + 1
            progress.step()
            since_kept += 1
        if since_kept >= 1000 and not options.dry_run:
            since_kept = 0
            await _keep(source, trackers)


def _headers(record: FetchedRecord, options: argparse.Namespace) -> tuple[tuple[str, bytes], ...]:
    """
    The letter's own headers, where it comes from, and for whom it is.
    """
    origin = f"{record.topic}/{record.partition}/{record.offset}"
    headers = (*without_reasons(record.headers), (REPLAYED_FROM, origin.encode()))
    group = options.for_group or reason_of(record.headers, "group")
    return headers if options.for_all or not group else (*headers, (REPLAY_GROUP, group.encode()))


def _answered(error: BaseException | None) -> bool:
    """
    Whether Kafka answered that it refuses the record: then another one may fare better.
    """
    errors = require_aiokafka_module("errors")
    refusals = (errors.BrokerResponseError, errors.MessageSizeTooLargeError, errors.UnknownTopicOrPartitionError)
    return isinstance(error, refusals) and not isinstance(error, errors.ClusterAuthorizationFailedError)


async def _keep(source: Reading, trackers: dict[TopicPartition, OffsetTracker]) -> None:
    offsets = {place: tracker.watermark for place, tracker in trackers.items() if tracker.watermark is not None}
    if offsets:
        await source.commit(offsets)


def _is_wanted(record: FetchedRecord, options: argparse.Namespace) -> bool:
    if options.reason and reason_of(record.headers, "reason") != options.reason:
        return False
    return not options.event_type or _event_type(record) == options.event_type


def _event_type(record: FetchedRecord) -> str | None:
    told = reason_of(record.headers, "event-type")
    if told:
        return told
    return text_of(record.headers, "event-type")


def _letter(record: FetchedRecord, target: str) -> dict[str, Any]:
    names = ("reason", "error", "partition", "offset", "attempts", "group", "at")
    letter: dict[str, Any] = {"partition": record.partition, "offset": record.offset, "to": target}
    letter["source"] = {name: reason_of(record.headers, name) for name in names}
    letter["eventType"] = _event_type(record)
    if found := reason_of(record.headers, "violations"):
        try:
            letter["violations"] = json.loads(found)
        except ValueError:
            letter["violations"] = "unreadable"
    return letter


def _told(summary: Summary, options: argparse.Namespace) -> str:
    if options.format == "json":
        return json.dumps(asdict(summary) | {"dry_run": options.dry_run}, ensure_ascii=False)
    parts = [f"{summary.replayed:,} dead letters published again"]
    parts += [f"{count:,} to {topic}" for topic, count in sorted(summary.to.items())]
    if summary.left_out:
        parts.append(f"{summary.left_out:,} left out")
    if summary.without_source:
        parts.append(f"{summary.without_source:,} do not say where they came from (use --to)")
    if summary.without_value:
        parts.append(f"{summary.without_value:,} were too large to be kept whole; their source topic has them")
    told = ", ".join(parts)
    if summary.passed_over:
        told += f", {len(summary.passed_over):,} refused by Kafka and passed over (--all offers them again):"
        for one in summary.passed_over:
            told += f"\n  partition {one['partition']} offset {one['offset']} to {one['to']}: {one['error']}"
    return told
