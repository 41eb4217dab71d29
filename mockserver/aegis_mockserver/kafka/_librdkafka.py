"""
The few functions of librdkafka that make its built-in mock cluster, found and typed.

The library comes inside the confluent-kafka wheel; nothing here builds or downloads one, and nothing here touches the
producer and consumer that confluent-kafka itself offers.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import time
from collections.abc import Iterator
from ctypes import CDLL, POINTER, c_char_p, c_int, c_int16, c_int32, c_int64, c_size_t, c_void_p
from pathlib import Path

from aegis_shell import install_hint

_PRODUCER = 0
_CONF_OK = 0

# name: (result type, argument types), as rdkafka.h and rdkafka_mock.h declare them.
_SIGNATURES: dict[str, tuple[type | None, list[object]]] = {
    "rd_kafka_version_str": (c_char_p, []),
    "rd_kafka_err2str": (c_char_p, [c_int]),
    "rd_kafka_conf_new": (c_void_p, []),
    "rd_kafka_conf_destroy": (None, [c_void_p]),
    "rd_kafka_conf_set": (c_int, [c_void_p, c_char_p, c_char_p, c_char_p, c_size_t]),
    "rd_kafka_conf_set_log_cb": (None, [c_void_p, c_void_p]),
    "rd_kafka_new": (c_void_p, [c_int, c_void_p, c_char_p, c_size_t]),
    "rd_kafka_destroy": (None, [c_void_p]),
    "rd_kafka_mock_cluster_new": (c_void_p, [c_void_p, c_int]),
    "rd_kafka_mock_cluster_destroy": (None, [c_void_p]),
    "rd_kafka_mock_cluster_bootstraps": (c_char_p, [c_void_p]),
    "rd_kafka_mock_topic_create": (c_int, [c_void_p, c_char_p, c_int, c_int]),
    "rd_kafka_mock_topic_set_error": (None, [c_void_p, c_char_p, c_int]),
    "rd_kafka_mock_partition_set_leader": (c_int, [c_void_p, c_char_p, c_int32, c_int32]),
    "rd_kafka_mock_broker_set_down": (c_int, [c_void_p, c_int32]),
    "rd_kafka_mock_broker_set_up": (c_int, [c_void_p, c_int32]),
    "rd_kafka_mock_broker_set_rtt": (c_int, [c_void_p, c_int32, c_int]),
    "rd_kafka_mock_clear_request_errors": (None, [c_void_p, c_int16]),
    "rd_kafka_mock_push_request_errors_array": (None, [c_void_p, c_int16, c_size_t, POINTER(c_int)]),
    "rd_kafka_mock_set_apiversion": (c_int, [c_void_p, c_int16, c_int16, c_int16]),
    "rd_kafka_mock_start_request_tracking": (None, [c_void_p]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [c_void_p, c_int32]),
}
# Younger than the rest: a library without it still makes a cluster.
_OPTIONAL: dict[str, tuple[type | None, list[object]]] = {
    "rd_kafka_mock_partition_delete_records": (c_int, [c_void_p, c_char_p, c_int32, c_int64]),
}


class KafkaLibraryMissingError(ImportError):
    """
    No usable librdkafka is installed, so there can be no embedded Kafka.
    """


class EmbeddedKafkaError(RuntimeError):
    """
    The embedded cluster refused what it was asked for.
    """


@functools.cache
def library() -> CDLL:
    """
    Load the librdkafka that confluent-kafka brought along.

    Raises:
        KafkaLibraryMissingError: confluent-kafka is not installed, or its library lacks the mock cluster.
    """
    package = _package()
    tried: list[str] = []
    for path in _candidates(package):
        try:
            loaded = CDLL(str(path))
            _declare(loaded)
        except (OSError, AttributeError) as reason:
            tried.append(f"{path.name}: {reason}")
            continue
        return loaded
    raise KafkaLibraryMissingError(
        f"confluent-kafka is installed in {package}, but no librdkafka with a mock cluster was found beside it"
        + (f" (tried {'; '.join(tried)})" if tried else "")
        + ". Install the wheel: pip install --force-reinstall --only-binary :all: confluent-kafka"
    )


def _package() -> Path:
    found = importlib.util.find_spec("confluent_kafka")
    if found is None or not found.submodule_search_locations:
        raise KafkaLibraryMissingError(
            f"the embedded Kafka needs the confluent-kafka package: {install_hint('mock')}"
            " (or point --kafka at a real broker)"
        )
    return Path(found.submodule_search_locations[0])


def _candidates(package: Path) -> Iterator[Path]:
    # A handle on the extension module also finds the symbols of the library it is linked to, whatever that is called.
    yield from sorted(package.glob("cimpl*.so"))
    for folder in (
        package.parent / "confluent_kafka.libs",
        package / ".dylibs",
        package.parent / "confluent_kafka.dylibs",
    ):
        for pattern in ("librdkafka*.so*", "librdkafka*.dylib", "*rdkafka*.dll"):
            yield from sorted(p for p in folder.glob(pattern) if "++" not in p.name)


def _declare(loaded: CDLL) -> None:
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    for name, (result, arguments) in _OPTIONAL.items():
        if hasattr(loaded, name):
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments


def new_cluster(brokers: int) -> tuple[int, int]:
    """
    Make a mock cluster; its handle and the handle of the client instance that keeps its books.
    """
    lib = library()
    reason = ctypes.create_string_buffer(512)
    conf = lib.rd_kafka_conf_new()
    # The instance never connects anywhere; without this it says so on stderr.
    lib.rd_kafka_conf_set_log_cb(conf, None)
    if lib.rd_kafka_conf_set(conf, b"client.id", b"aegis-embedded-kafka", reason, len(reason)) != _CONF_OK:
        lib.rd_kafka_conf_destroy(conf)
        raise EmbeddedKafkaError(f"librdkafka refused its configuration: {reason.value.decode(errors='replace')}")
    instance = lib.rd_kafka_new(_PRODUCER, conf, reason, len(reason))
    if not instance:
        lib.rd_kafka_conf_destroy(conf)
        raise EmbeddedKafkaError(f"librdkafka did not start: {reason.value.decode(errors='replace')}")
    cluster = lib.rd_kafka_mock_cluster_new(instance, brokers)
    if not cluster:
        lib.rd_kafka_destroy(instance)
        raise EmbeddedKafkaError(f"librdkafka could not make a mock cluster of {brokers} brokers")
    return cluster, instance


def breathe() -> None:
    """
    Let the cluster's thread go to sleep before it gets its next order.

    Woken by an order that comes at the moment when it has just carried out another one, librdkafka's mock cluster
    misses it, and finds it a second later.
    """
    time.sleep(0.002)


def destroy_cluster(cluster: int, instance: int) -> None:
    """
    Close every socket of the cluster and end its threads.
    """
    lib = library()
    breathe()
    lib.rd_kafka_mock_cluster_destroy(cluster)
    lib.rd_kafka_destroy(instance)


def check(code: int, doing: str) -> None:
    """
    Raise what librdkafka answered, unless it answered that all is well.
    """
    if code:
        said = library().rd_kafka_err2str(code)
        raise EmbeddedKafkaError(f"{doing}: {said.decode(errors='replace') if said else code}")
