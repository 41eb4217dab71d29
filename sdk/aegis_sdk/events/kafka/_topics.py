"""
The topics of the contract on a cluster: what is missing, what differs, and what may be mended.

Nothing is ever deleted, shrunk or moved. What loses no record is done (create a topic, keep records for longer); more
partitions move keys to other partitions, so they are added only when asked for; the rest is reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from aegis_sdk.events.kafka._admin import ClusterTopic, TopicAdmin, TopicRefusedError, WantedTopic, opened
from aegis_sdk.events.kafka._connection import KafkaConnection

__all__ = ["TopicDifference", "TopicPlan", "apply_topics", "compare_topic", "plan_topics"]

_RETENTION = "retention.ms"
_FOR_EVER = -1
_SETTLING = 0.05


@dataclass(frozen=True, slots=True)
class TopicDifference:
    """
    A setting of a topic that is not as the contract says.

    Attributes:
        setting: partitions, replication, or the name of a topic configuration.
        wanted: What the contract says.
        found: What the cluster has.
        safe: Whether `apply` mends it, because no record is lost and no key moves.
        mend: How to mend it otherwise.
    """

    setting: str
    wanted: str
    found: str
    safe: bool
    mend: str = ""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """
    A topic of the contract, compared with the cluster.

    Attributes:
        name: The topic.
        state: Whether it is as the contract says, is not there, or differs.
        differences: What differs still.
        done: What `apply` has done.
        refused: Why the cluster did not do it, if it did not.
        notes: What could not be compared, or was compared with something else than the contract.
    """

    name: str
    state: Literal["in sync", "missing", "drift"]
    differences: tuple[TopicDifference, ...] = ()
    done: tuple[str, ...] = ()
    refused: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    partitions: int
    replicas: int
    configuration: Mapping[str, Any]
    notes: tuple[str, ...] = ()


async def plan_topics(
    connection: KafkaConnection | str | None = None,
    *,
    topics: Iterable[WantedTopic] | None = None,
    replication_factor: int | None = None,
    timeout: float = 10.0,
) -> list[TopicPlan]:
    """
    Compare the topics of the contract with those of a cluster; changes nothing.

    Args:
        connection: Where Kafka is.
        topics: The topics wanted; those of the contracts, if not given.
        replication_factor: Instead of the contract's, for a cluster with fewer brokers.
        timeout: Seconds that each question may take.

    Raises:
        KafkaUnreachableError: No broker answers.
        KafkaAuthorizationError: We have not the rights; what was done before stays done.
    """
    wanted = _wanted(topics, replication_factor)
    async with opened(KafkaConnection.of(connection), timeout) as admin:
        found = await admin.describe(topic.name for topic in wanted)
        return [_planned(topic, found.get(topic.name)) for topic in wanted]


async def apply_topics(
    connection: KafkaConnection | str | None = None,
    *,
    topics: Iterable[WantedTopic] | None = None,
    replication_factor: int | None = None,
    add_partitions: bool = False,
    timeout: float = 10.0,
) -> list[TopicPlan]:
    """
    Create what is missing and mend what may be mended; the differences that are left are in the plans.

    Args:
        connection: Where Kafka is.
        topics: The topics wanted; those of the contracts, if not given.
        replication_factor: Instead of the contract's, for a cluster with fewer brokers.
        add_partitions: Also add partitions that the contract has and the cluster has not. Keys move to other
            partitions then: events of a user before and after it are no longer in one order.
        timeout: Seconds that each request may take, and that a change may take to reach every broker.

    Raises:
        KafkaUnreachableError: No broker answers.
        KafkaAuthorizationError: We have not the rights; what was done before stays done.
    """
    wanted = _wanted(topics, replication_factor)
    async with opened(KafkaConnection.of(connection), timeout) as admin:
        found = await admin.describe(topic.name for topic in wanted)
        applied = [await _applied(admin, topic, found.get(topic.name), add_partitions) for topic in wanted]
        await _settled(admin, wanted, applied, timeout)
        return applied


def compare_topic(wanted: WantedTopic, found: ClusterTopic) -> list[TopicDifference]:
    """
    What of a topic is not as the contract says.
    """
    differences: list[TopicDifference] = []
    if found.partitions != wanted.partitions:
        mend = (
            "add them with --add-partitions; keys move to other partitions then"
            if found.partitions < wanted.partitions
            else "Kafka takes no partitions away; change the contract, or move to a new topic"
        )
        differences.append(_difference("partitions", wanted.partitions, found.partitions, mend=mend))
    if found.replicas != wanted.replicas:
        mend = "move replicas with kafka-reassign-partitions"
        differences.append(_difference("replication", wanted.replicas, found.replicas, mend=mend))
    for setting, value in ((found.configuration and wanted.configuration) or {}).items():
        want, have = _text(value), (found.configuration or {}).get(setting, "")
        if want != have:
            longer = setting == _RETENTION and _longer(want, have)
            mend = "" if longer else "change it with kafka-configs, or change the contract"
            differences.append(_difference(setting, want, have, safe=longer, mend=mend))
    return differences


async def _applied(admin: TopicAdmin, wanted: _Wanted, found: ClusterTopic | None, add_partitions: bool) -> TopicPlan:
    planned = _planned(wanted, found)
    try:
        if found is None:
            await admin.create(wanted, {name: _text(value) for name, value in wanted.configuration.items()})
            return replace(planned, state="in sync", done=("created",))
        changes = {difference.setting: difference.wanted for difference in planned.differences if difference.safe}
        if changes:
            await admin.configure(wanted.name, found.own, changes)
        grow = add_partitions and found.partitions < wanted.partitions
        if grow:
            await admin.add_partitions(wanted.name, wanted.partitions)
    except TopicRefusedError as reason:
        return replace(planned, refused=str(reason))
    mended = [d for d in planned.differences if d.safe or (grow and d.setting == "partitions")]
    left = tuple(difference for difference in planned.differences if difference not in mended)
    done = tuple(f"{difference.setting} {difference.found} → {difference.wanted}" for difference in mended)
    return replace(planned, state="drift" if left else "in sync", differences=left, done=done)


async def _settled(admin: TopicAdmin, wanted: list[_Wanted], applied: list[TopicPlan], timeout: float) -> None:
    # What was changed takes a moment to reach every broker; who comes next shall find it.
    changed = {plan.name: plan for plan in applied if plan.done}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while changed and loop.time() < deadline:
        found = await admin.describe(changed)
        for topic in wanted:
            told, plan = found.get(topic.name), changed.get(topic.name)
            if told and told.led and plan and tuple(compare_topic(topic, told)) == plan.differences:
                del changed[topic.name]
        if changed:
            await asyncio.sleep(_SETTLING)


def _planned(wanted: _Wanted, found: ClusterTopic | None) -> TopicPlan:
    if found is None:
        return TopicPlan(wanted.name, "missing", notes=wanted.notes)
    notes = wanted.notes
    if found.configuration is None and wanted.configuration:
        notes = (*notes, f"the cluster does not tell {', '.join(wanted.configuration)}")
    differences = tuple(compare_topic(wanted, found))
    return TopicPlan(wanted.name, "drift" if differences else "in sync", differences, notes=notes)


def _wanted(topics: Iterable[WantedTopic] | None, replication_factor: int | None) -> list[_Wanted]:
    if topics is None:
        from aegis_sdk._generated.events import TOPICS

        topics = TOPICS.values()
    wanted: list[_Wanted] = []
    for topic in topics:
        replicas = replication_factor or topic.replicas
        note = (f"replication factor {replicas} instead of {topic.replicas}",) if replicas != topic.replicas else ()
        wanted.append(_Wanted(topic.name, topic.partitions, replicas, topic.configuration, note))
    return wanted


def _difference(setting: str, wanted: object, found: object, *, safe: bool = False, mend: str = "") -> TopicDifference:
    return TopicDifference(setting, str(wanted), str(found), safe, mend)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(str(part) for part in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _longer(wanted: str, found: str) -> bool:
    try:
        return int(found) != _FOR_EVER and (int(wanted) == _FOR_EVER or int(wanted) > int(found))
    except ValueError:
        return False
