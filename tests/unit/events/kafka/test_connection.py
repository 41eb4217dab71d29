"""
How Kafka is reached: from arguments and environment, with secrets hidden.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path

import pytest

from aegis_sdk.errors import ConfigurationError, MissingExtraError
from aegis_sdk.events import EventPublisher, KafkaAddressError, KafkaConnection
from aegis_sdk.events.consumer._client import _as_told
from aegis_sdk.events.kafka._embedded import is_embedded
from aegis_sdk.events.kafka._library import require_aiokafka
from aegis_sdk.events.kafka._reach import reach

SECRET = "canary-password"


def test_the_environment_says_where_and_how() -> None:
    """
    Address, protocol and credentials come from AEGIS_KAFKA_…, and reach the client as it names them.
    """
    environment = {
        "AEGIS_KAFKA_BOOTSTRAP": "kafka.example.com:9093",
        "AEGIS_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "AEGIS_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "AEGIS_KAFKA_USERNAME": "user-service",
        "AEGIS_KAFKA_PASSWORD": SECRET,
    }
    connection = KafkaConnection.from_env(environment)
    options = connection.client_options()
    assert isinstance(options.pop("ssl_context"), ssl.SSLContext)
    assert options == {
        "bootstrap_servers": "kafka.example.com:9093",
        "client_id": "aegis-integration",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "user-service",
        "sasl_plain_password": SECRET,
        "sasl_oauth_token_provider": None,
    }
    assert SECRET not in repr(connection)
    assert "user-service" not in repr(connection)
    assert KafkaConnection.from_env(environment, bootstrap_servers="other:9092").bootstrap_servers == "other:9092"
    assert connection.named("relay").client_id == "relay"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "AEGIS_KAFKA_BOOTSTRAP"),
        ({"AEGIS_KAFKA_BOOTSTRAP": "k:1", "AEGIS_KAFKA_SECURITY_PROTOCOL": "TLS"}, "SASL_SSL"),
        ({"AEGIS_KAFKA_BOOTSTRAP": "k:1", "AEGIS_KAFKA_CA_FILE": "/no/such/file"}, "AEGIS_KAFKA_CA_FILE"),
    ],
)
def test_what_cannot_work_is_refused(environment: dict[str, str], said: str) -> None:
    """
    A missing address, an unknown protocol, an unreadable file: each is named.
    """
    with pytest.raises(ConfigurationError, match=said):
        KafkaConnection.from_env(environment)


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    """
    A file that is no certificate is told by the variable that names it.
    """
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="AEGIS_KAFKA_CA_FILE"):
        KafkaConnection.from_env({"AEGIS_KAFKA_BOOTSTRAP": "k:1", "AEGIS_KAFKA_CA_FILE": str(wrong)})


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without aiokafka, publisher and client say which extra to install.
    """
    monkeypatch.setitem(sys.modules, "aiokafka", None)
    with pytest.raises(MissingExtraError, match=r"aegis-integration\[kafka\]"):
        require_aiokafka("EventPublisher")
    with pytest.raises(MissingExtraError, match="EventPublisher"):
        EventPublisher("127.0.0.1:9092")


@pytest.mark.parametrize("setting", ["timeout", "connect_timeout", "max_events", "max_bytes", "max_event_bytes"])
def test_limits_must_be_positive(setting: str) -> None:
    """
    A time or limit of nothing could never work.
    """
    with pytest.raises(ConfigurationError, match="more than zero"):
        EventPublisher("127.0.0.1:9092", **{setting: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "embedded"), [("true", True), ("1", True), ("no", False), ("0", False), ("", None), (None, None)]
)
def test_the_connection_knows_whether_its_broker_is_the_embedded_one(said: str | None, embedded: bool | None) -> None:
    """
    Whether a broker is the embedded one is said with the connection.
    """
    environ = {"AEGIS_KAFKA_BOOTSTRAP": "k:9092"} | ({} if said is None else {"AEGIS_KAFKA_EMBEDDED": said})
    assert KafkaConnection.from_env(environ).embedded is embedded
    with pytest.raises(ConfigurationError, match="AEGIS_KAFKA_EMBEDDED must be true or false"):
        KafkaConnection.from_env(environ | {"AEGIS_KAFKA_EMBEDDED": "perhaps"})


@pytest.mark.parametrize("address", ["kafka.example.com:9092", "127.0.0.1:1,kafka.example.com:9092", "10.0.0.1:9092"])
async def test_a_broker_elsewhere_is_never_asked_whether_it_is_embedded(address: str) -> None:
    """
    An embedded broker is on the loopback; a connection to anywhere else asks nobody.
    """
    assert not await is_embedded(KafkaConnection(bootstrap_servers=address))
    assert not await is_embedded(KafkaConnection(bootstrap_servers="127.0.0.1:1", security_protocol="SSL"))
    assert await is_embedded(KafkaConnection(bootstrap_servers=address, embedded=True))


def test_a_compression_that_is_not_installed_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A publisher that could compress nothing is refused when it is made, with the extra that mends it.
    """
    import aiokafka.codec

    EventPublisher("127.0.0.1:1", compression="lz4")
    monkeypatch.setattr(aiokafka.codec, "cramjam", None)
    EventPublisher("127.0.0.1:1", compression="gzip")
    with pytest.raises(MissingExtraError, match=r"compression='zstd' needs the extra 'compression'"):
        EventPublisher("127.0.0.1:1", compression="zstd")
    with pytest.raises(ConfigurationError, match="one of gzip, snappy, lz4, zstd"):
        EventPublisher("127.0.0.1:1", compression="lzma")  # type: ignore[arg-type]


async def test_a_silent_address_leaves_time_for_the_others() -> None:
    """
    Of several addresses each gets its share of the time, and the reason that says most is told.
    """

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = KafkaConnection(bootstrap_servers=f"127.0.0.1:{port},kafka.invalid:9092")
    with pytest.raises(KafkaAddressError, match="the host name is unknown"):
        await reach(connection, timeout=6)
    server.close()


@pytest.mark.parametrize("address", ["", "kafka:port", "kafka:0", "kafka:70000", ":9092", "a b:9092", "kafka:9092,"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    """
    Addresses are read when the connection is made, not when somebody connects.
    """
    with pytest.raises(ConfigurationError, match="AEGIS_KAFKA_BOOTSTRAP"):
        KafkaConnection(bootstrap_servers=address)


def test_what_is_said_in_aiokafkas_own_words_counts() -> None:
    """
    Security that a consumer's settings hand to aiokafka is that of its first connection, too.
    """
    told = _as_told(
        KafkaConnection(bootstrap_servers="k:9092"),
        {
            "security_protocol": "SASL_SSL",
            "sasl_plain_username": "u",
            "sasl_plain_password": SECRET,
            "group_instance_id": "a",
        },
    )
    assert (told.security_protocol, told.username, told.password) == ("SASL_SSL", "u", SECRET)
