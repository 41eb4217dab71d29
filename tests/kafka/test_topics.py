"""
The topics of the contract on clusters: planned, applied, and told about.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from brokers import ApacheKafka, Broker
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from aegis_mockserver.kafka import EmbeddedKafka
from aegis_sdk.events.kafka._topics import apply_topics, plan_topics
from aegis_shell import main

DAY = 86_400_000


@dataclass(frozen=True)
class Wanted:
    name: str
    partitions: int = 3
    replicas: int = 1
    configuration: dict[str, Any] = field(
        default_factory=lambda: {"cleanup.policy": ["delete"], "retention.ms": 7 * DAY}
    )


def wanted(**differing: Any) -> Wanted:
    return Wanted(f"topics.{uuid4().hex[:8]}", **differing)


def configuration(kafka: Broker, topic: str) -> dict[str, str]:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    resource = ConfigResource(ResourceType.TOPIC, topic)
    return {entry.name: entry.value for entry in admin.describe_configs([resource])[resource].result().values()}


async def test_missing_topics_are_created_as_the_contract_says(apache_kafka: Broker) -> None:
    """
    Planned first, nothing is changed; applied, the topic has its partitions and retention; applied again, nothing
    is left to do.
    """
    topic, address = wanted(configuration={"cleanup.policy": ["delete"], "retention.ms": 30 * DAY}), apache_kafka
    for _ in range(2):
        [planned] = await plan_topics(address.bootstrap_servers, topics=[topic])
        assert planned.state == "missing"
    [applied] = await apply_topics(address.bootstrap_servers, topics=[topic])
    assert (applied.state, applied.done, applied.refused) == ("in sync", ("created",), "")
    [again] = await apply_topics(address.bootstrap_servers, topics=[topic])
    assert (again.state, again.done) == ("in sync", ())
    assert configuration(apache_kafka, topic.name)["retention.ms"] == str(30 * DAY)


async def test_drift_is_told_setting_by_setting(apache_kafka: Broker) -> None:
    """
    Partitions, replication and configuration that differ are each told, with what the contract says and the mend.
    """
    topic = wanted()
    await apply_topics(apache_kafka.bootstrap_servers, topics=[topic])
    other = Wanted(topic.name, 5, 3, {"cleanup.policy": ["compact", "delete"], "retention.ms": 9 * DAY})
    [planned] = await plan_topics(apache_kafka.bootstrap_servers, topics=[other])
    assert planned.state == "drift"
    assert {d.setting: (d.wanted, d.found, d.safe) for d in planned.differences} == {
        "partitions": ("5", "3", False),
        "replication": ("3", "1", False),
        "cleanup.policy": ("compact,delete", "delete", False),
        "retention.ms": (str(9 * DAY), str(7 * DAY), True),
    }


async def test_applying_lengthens_a_retention_and_keeps_everything_else(apache_kafka: Broker) -> None:
    """
    Only what loses nothing is mended; other settings of the topic stay as they are.
    """
    topic = wanted(configuration={"retention.ms": 7 * DAY, "max.message.bytes": 2_000_000})
    await apply_topics(apache_kafka.bootstrap_servers, topics=[topic])
    longer = Wanted(topic.name, configuration={"retention.ms": 8 * DAY})
    [applied] = await apply_topics(apache_kafka.bootstrap_servers, topics=[longer])
    assert (applied.state, applied.done) == ("in sync", (f"retention.ms {7 * DAY} → {8 * DAY}",))
    found = configuration(apache_kafka, topic.name)
    assert (found["retention.ms"], found["max.message.bytes"]) == (str(8 * DAY), "2000000")


async def test_nothing_is_shrunk(apache_kafka: Broker) -> None:
    """
    Fewer partitions and a shorter retention are drift that applying leaves alone.
    """
    topic = wanted()
    await apply_topics(apache_kafka.bootstrap_servers, topics=[topic])
    smaller = Wanted(topic.name, 1, 1, {"retention.ms": DAY})
    [applied] = await apply_topics(apache_kafka.bootstrap_servers, topics=[smaller], add_partitions=True)
    assert (applied.state, applied.done) == ("drift", ())
    assert {difference.setting for difference in applied.differences} == {"partitions", "retention.ms"}
    assert configuration(apache_kafka, topic.name)["retention.ms"] == str(7 * DAY)


async def test_partitions_are_added_only_when_asked_for(apache_kafka: Broker) -> None:
    """
    More partitions move keys, so they need a word of their own.
    """
    topic = wanted()
    await apply_topics(apache_kafka.bootstrap_servers, topics=[topic])
    more = Wanted(topic.name, partitions=4)
    [left] = await apply_topics(apache_kafka.bootstrap_servers, topics=[more])
    assert left.state == "drift"
    assert "--add-partitions" in left.differences[0].mend
    [grown] = await apply_topics(apache_kafka.bootstrap_servers, topics=[more], add_partitions=True)
    assert (grown.state, grown.done) == ("in sync", ("partitions 3 → 4",))


async def test_a_cluster_that_refuses_is_quoted(apache_kafka: Broker) -> None:
    """
    Three replicas on one broker cannot be: the topic stays missing, and the cluster's reason is told.
    """
    if not isinstance(apache_kafka, ApacheKafka):
        pytest.skip("how many brokers somebody else's cluster has is unknown")
    topic = wanted(replicas=3)
    [applied] = await apply_topics(apache_kafka.bootstrap_servers, topics=[topic])
    assert applied.state == "missing"
    assert "replication factor" in applied.refused
    [created] = await apply_topics(apache_kafka.bootstrap_servers, topics=[topic], replication_factor=1)
    assert (created.state, created.notes) == ("in sync", ("replication factor 1 instead of 3",))


async def test_the_embedded_cluster_has_the_topics_of_the_contract(embedded_kafka: EmbeddedKafka) -> None:
    """
    The fixture's cluster is in sync as far as it tells, and asking it creates nothing.
    """
    plans = await plan_topics(embedded_kafka.bootstrap_servers)
    assert {plan.state for plan in plans} == {"in sync"}
    assert len(plans) == 4
    assert all("does not tell" in note for plan in plans for note in plan.notes)
    for _ in range(2):
        [applied] = await apply_topics(embedded_kafka.bootstrap_servers, topics=[wanted()])
        assert applied.state == "missing"
        assert "creates them when it starts" in applied.refused


def test_the_command_creates_and_compares(apache_kafka: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    """
    apply brings the cluster in line and exits 0, then plan does too; JSON says it for machines.
    """
    where = ["--bootstrap", apache_kafka.bootstrap_servers, "--replication-factor", "1"]
    assert main(["topics", "apply", *where]) == 0
    assert "4 of 4 topics in sync" in capsys.readouterr().out
    assert main(["topics", "plan", *where, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["in_sync"] is True
    assert [topic["state"] for topic in told["topics"]] == ["in sync"] * 4
    assert main(["topics", "plan", "--bootstrap", apache_kafka.bootstrap_servers]) == 1
    assert "replication is 1, the contract says 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["plan", "--bootstrap", "127.0.0.1:1", "--timeout", "2"], 3, "no Kafka answers at 127.0.0.1:1"),
        (["apply", "--bootstrap", "127.0.0.1:1", "--timeout", "2"], 3, "no Kafka answers at 127.0.0.1:1"),
        (["plan"], 2, "AEGIS_KAFKA_BOOTSTRAP"),
        (["plan", "--bootstrap", "127.0.0.1:1", "--replication-factor", "0"], 2, "at least 1"),
        (["apply", "--bootstrap", "nonsense", "--timeout", "2"], 3, "nonsense"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    An unreachable broker and unusable arguments end in a sentence and an exit code, never in a traceback.
    """
    monkeypatch.delenv("AEGIS_KAFKA_BOOTSTRAP", raising=False)
    assert main(["topics", *arguments]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_broker_that_does_not_answer_ends_the_command(
    embedded_kafka: EmbeddedKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A broker that accepts connections and then hangs costs the timeout, and the exit code is 3.
    """
    embedded_kafka.latency(60_000)
    assert main(["topics", "plan", "--bootstrap", embedded_kafka.bootstrap_servers, "--timeout", "1"]) == 3
    assert "no Kafka answers" in capsys.readouterr().err
