"""
Comparing a topic of the contract with a cluster's.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from aegis_sdk.events.kafka._admin import ClusterTopic
from aegis_sdk.events.kafka._topics import compare_topic
from aegis_shell import main

WEEK = 604_800_000
FOUND = ClusterTopic(3, 3, {"cleanup.policy": "delete", "retention.ms": str(WEEK)}, {}, led=True)


def wanted(**differing: Any) -> Any:
    usual = {"cleanup.policy": ["delete"], "retention.ms": WEEK}
    return SimpleNamespace(**{"name": "t", "partitions": 3, "replicas": 3, "configuration": usual} | differing)


def test_what_is_equal_is_no_difference() -> None:
    """
    Numbers and lists of the contract are compared with the cluster's text.
    """
    assert compare_topic(wanted(), FOUND) == []


def test_what_the_cluster_does_not_tell_is_not_compared() -> None:
    """
    The embedded cluster tells no configuration: that is no drift.
    """
    assert compare_topic(wanted(), replace(FOUND, configuration=None)) == []


@pytest.mark.parametrize(
    ("differing", "found", "setting", "safe", "mend"),
    [
        ({"partitions": 4}, FOUND, "partitions", False, "--add-partitions"),
        ({"partitions": 2}, FOUND, "partitions", False, "takes no partitions away"),
        ({"replicas": 2}, FOUND, "replication", False, "kafka-reassign-partitions"),
        ({"configuration": {"retention.ms": WEEK + 1}}, FOUND, "retention.ms", True, ""),
        ({"configuration": {"retention.ms": -1}}, FOUND, "retention.ms", True, ""),
        ({"configuration": {"retention.ms": WEEK - 1}}, FOUND, "retention.ms", False, "kafka-configs"),
        (
            {},
            replace(FOUND, configuration={"cleanup.policy": "delete", "retention.ms": "-1"}),
            "retention.ms",
            False,
            "",
        ),
        ({"configuration": {"cleanup.policy": ["compact"]}}, FOUND, "cleanup.policy", False, "kafka-configs"),
        ({"configuration": {"preallocate": True}}, FOUND, "preallocate", False, "kafka-configs"),
    ],
)
def test_each_difference_says_whether_it_may_be_mended(
    differing: dict[str, Any], found: ClusterTopic, setting: str, safe: bool, mend: str
) -> None:
    """
    Only what loses no record and moves no key is safe; of the rest it is said how, or why not.
    """
    [difference] = compare_topic(wanted(**differing), found)
    assert (difference.setting, difference.safe) == (setting, safe)
    assert mend in difference.mend


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 0), (["plan", "--help"], 0), (["grow"], 2)])
def test_the_command_explains_itself(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Help is help, and what is no command is a usage error; neither is a traceback.
    """
    assert main(["topics", *arguments]) == code
    captured = capsys.readouterr()
    assert "usage: aegis topics" in captured.out + captured.err
