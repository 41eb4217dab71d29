"""
Finding the library that the embedded cluster is made of.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from aegis_mockserver.kafka import EmbeddedKafka, KafkaLibraryMissingError, KafkaProcess
from aegis_mockserver.kafka import _librdkafka as librdkafka
from aegis_mockserver.kafka._topics import contract_topics


def test_without_confluent_kafka_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Not installed: the error says what to install, and what else would do.
    """
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    librdkafka.library.cache_clear()
    with pytest.raises(KafkaLibraryMissingError, match=r"aegis-integration\[mock\].*real broker"):
        EmbeddedKafka()
    librdkafka.library.cache_clear()


def test_a_package_without_a_usable_library_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Installed from source against something else: what was tried is told, and the wheel is recommended.
    """
    package = tmp_path / "confluent_kafka"
    package.mkdir()
    (package / "cimpl.so").write_bytes(b"no library")
    spec = ModuleSpec("confluent_kafka", None, is_package=True)
    spec.submodule_search_locations = [str(package)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    librdkafka.library.cache_clear()
    with pytest.raises(KafkaLibraryMissingError, match=r"tried cimpl\.so.*only-binary"):
        EmbeddedKafka()
    librdkafka.library.cache_clear()


def test_the_other_process_passes_the_reason_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    A cluster in its own process raises the same error here.
    """
    (tmp_path / "confluent_kafka.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{':'.join(path for path in sys.path if path)}")
    with pytest.raises(KafkaLibraryMissingError, match=r"aegis-integration\[mock\]"):
        KafkaProcess()


def test_topics_are_read_from_the_contract(tmp_path: Path) -> None:
    """
    Every channel is a topic, by its binding's name or its address.
    """
    kafka = {"topic": "by.name", "partitions": 7}
    channels = {"a": {"address": "x", "bindings": {"kafka": kafka}}, "b": {"address": "by.address"}}
    (tmp_path / "asyncapi.yaml").write_text(json.dumps({"channels": channels}))
    assert contract_topics(tmp_path) == {"by.name": 7, "by.address": 1}
    assert contract_topics()["aegis.user.deleted.v1"] == 3
