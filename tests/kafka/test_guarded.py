"""
A Kafka whose clients must say who they are: every way to sign in, and every refusal as what it is, and at once.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
import trustme
from brokers import GuardedKafka
from brokers._guarded import PASSWORD
from commands import aegis_events
from outboxes import fill

from aegis_sdk.events import (
    EventConsumeError,
    EventConsumer,
    EventPublisher,
    EventPublishError,
    KafkaAddressError,
    KafkaAuthenticationError,
    KafkaAuthorizationError,
    KafkaCertificateError,
    KafkaConnection,
    KafkaRefusalError,
    KafkaTopicError,
    KafkaUnreachableError,
    UserRegistered,
    plan_topics,
)
from aegis_sdk.events.outbox import OutboxRelay, RelaySettings

TOPIC = "aegis.user.registered.v1"
AT_ONCE = 5.0


def token(subject: str = "alice", lifetime: float = 600.0) -> str:
    """
    A token as Kafka's unsecured OAUTHBEARER listener takes it (RFC 7515, alg none).
    """

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    now = time.time()
    return f"{part({'alg': 'none'})}.{part({'sub': subject, 'iat': now, 'exp': now + lifetime})}."


def environment(guarded: GuardedKafka, how: str, tmp_path: Path) -> dict[str, str]:
    """
    The variables that sign in as `alice`, one way or another.
    """
    listener = {"mtls": "MTLS", "oauth": "TOKEN", "plain": "SASLPLAIN"}.get(how, "SASLTLS")
    protocol = {"mtls": "SSL", "oauth": "SASL_PLAINTEXT", "plain": "SASL_PLAINTEXT"}.get(how, "SASL_SSL")
    env = {"BOOTSTRAP": guarded.address(listener), "SECURITY_PROTOCOL": protocol, "CA_FILE": str(guarded.ca_file)}
    if how == "mtls":
        env |= {"CERT_FILE": str(guarded.client_cert), "KEY_FILE": str(guarded.client_cert)}
    elif how == "oauth":
        (tmp_path / "token").write_text(token() + "\n", encoding="utf-8")
        env |= {"SASL_MECHANISM": "OAUTHBEARER", "TOKEN_FILE": str(tmp_path / "token")}
    else:
        mechanism = {"plain": "PLAIN", "plain over TLS": "PLAIN"}.get(how, how)
        env |= {"SASL_MECHANISM": mechanism, "USERNAME": "alice", "PASSWORD": PASSWORD}
    return {f"AEGIS_KAFKA_{name}": value for name, value in env.items()}


WAYS = ["plain", "plain over TLS", "SCRAM-SHA-256", "SCRAM-SHA-512", "oauth", "mtls"]


@pytest.mark.parametrize("how", WAYS)
async def test_every_way_to_sign_in_publishes_and_consumes(guarded: GuardedKafka, how: str, tmp_path: Path) -> None:
    """
    The environment alone signs publisher, consumer and topics in, by each mechanism.
    """
    connection = KafkaConnection.from_env(environment(guarded, how, tmp_path))
    assert PASSWORD not in repr(connection)
    arrived = asyncio.Event()
    event = UserRegistered.new(
        user_id="user-1",
        email="seoyeon.kim@example.com",
        business_registration_number="124-81-00998",
        industry_code="26429",
    )
    async with EventPublisher(connection) as publisher:
        await publisher.publish(event)
    consumer = EventConsumer(connection, group_id=f"group-{how.replace(' ', '-')}")

    @consumer.on(UserRegistered)
    async def handle(seen: UserRegistered) -> None:
        if seen.event_id == event.event_id:
            arrived.set()

    async with consumer, asyncio.timeout(20):
        await arrived.wait()
    assert {plan.name: plan.state for plan in await plan_topics(connection)}[TOPIC] == "drift"


def refused(guarded: GuardedKafka, what: str) -> tuple[KafkaConnection, type[KafkaRefusalError]]:
    """
    A connection that is refused, and as what.
    """
    tls = ssl.create_default_context(cafile=guarded.ca_file)
    stranger = ssl.create_default_context(cafile=guarded.ca_file)
    sasl: dict[str, Any] = {"username": "alice", "password": "canary-wrong-8c1f", "ssl_context": tls}
    oauth: dict[str, Any] = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "OAUTHBEARER"}
    match what:
        case "wrong password":
            return KafkaConnection(
                bootstrap_servers=guarded.address("SASLPLAIN"), security_protocol="SASL_PLAINTEXT", **sasl
            ), KafkaAuthenticationError
        case "wrong password over TLS with SCRAM":
            return KafkaConnection(
                bootstrap_servers=guarded.address("SASLTLS"),
                security_protocol="SASL_SSL",
                sasl_mechanism="SCRAM-SHA-512",
                **sasl,
            ), KafkaAuthenticationError
        case "mechanism that is not offered":
            return KafkaConnection(
                bootstrap_servers=guarded.address("TOKEN"), security_protocol="SASL_PLAINTEXT", **sasl
            ), KafkaAuthenticationError
        case "expired token":
            return KafkaConnection(
                bootstrap_servers=guarded.address("TOKEN"), token_provider=lambda: token(lifetime=-600), **oauth
            ), KafkaAuthenticationError
        case "unknown authority":
            other = ssl.create_default_context(cadata=trustme.CA().cert_pem.bytes().decode())
            return KafkaConnection(
                bootstrap_servers=guarded.address("SASLTLS"),
                security_protocol="SASL_SSL",
                **(sasl | {"ssl_context": other}),
            ), KafkaCertificateError
        case "no client certificate":
            return KafkaConnection(
                bootstrap_servers=guarded.address("MTLS"), security_protocol="SSL", ssl_context=stranger
            ), KafkaCertificateError
        case "client certificate of another authority":
            trustme.CA().issue_cert("client.example.com").configure_cert(stranger)
            return KafkaConnection(
                bootstrap_servers=guarded.address("MTLS"), security_protocol="SSL", ssl_context=stranger
            ), KafkaCertificateError
        case "unknown host name":
            return KafkaConnection(bootstrap_servers="kafka.invalid:9092"), KafkaAddressError
        case "no rights":
            return KafkaConnection(**guarded.bob), KafkaAuthorizationError
        case _:
            raise AssertionError(what)


REFUSALS = [
    "wrong password",
    "wrong password over TLS with SCRAM",
    "mechanism that is not offered",
    "expired token",
    "unknown authority",
    "no client certificate",
    "client certificate of another authority",
    "unknown host name",
]


@pytest.mark.parametrize("what", [*REFUSALS, "no rights"])
async def test_a_consumer_is_told_at_once_why_it_is_refused(
    guarded: GuardedKafka, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    What a person has to mend is said as what it is, within moments, and without a secret in errors or logs.
    """
    caplog.set_level(logging.DEBUG)
    connection, kind = refused(guarded, what)
    consumer = EventConsumer(connection, group_id="group")
    consumer.on(UserRegistered)(lambda event: None)
    began = time.monotonic()
    with pytest.raises(kind) as raised:
        await consumer.start()
    assert time.monotonic() - began < AT_ONCE
    assert isinstance(raised.value, EventConsumeError)
    cause: BaseException | None = raised.value
    while cause is not None:
        assert "canary" not in repr(cause), cause
        cause = cause.__cause__ or cause.__context__
    assert "canary" not in caplog.text


@pytest.mark.parametrize("what", REFUSALS)
async def test_a_publisher_and_the_topics_are_told_at_once_why_they_are_refused(
    guarded: GuardedKafka, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Opening a publisher, and comparing topics, name the same reasons.
    """
    caplog.set_level(logging.DEBUG)
    connection, kind = refused(guarded, what)
    began = time.monotonic()
    with pytest.raises(kind) as raised:
        await EventPublisher(connection).start()
    assert isinstance(raised.value, EventPublishError)
    with pytest.raises(kind):
        await plan_topics(connection)
    assert time.monotonic() - began < 2 * AT_ONCE
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PASSWORD": "canary-wrong"}, "refuses to sign us in with SCRAM-SHA-256"),
        ({"CA_FILE": ""}, "is not trusted"),
        ({"SECURITY_PROTOCOL": "PLAINTEXT"}, "closes the connection"),
        ({"BOOTSTRAP": "kafka.invalid:9092"}, "the host name is unknown"),
    ],
)
@pytest.mark.parametrize("command", [("tail", "--until-end"), ("replay-dlq", "--topic", f"{TOPIC}.dlq")])
async def test_commands_say_the_same(
    guarded: GuardedKafka, tmp_path: Path, variables: dict[str, str], said: str, command: tuple[str, ...]
) -> None:
    """
    A command that cannot reach Kafka says why in a line, and ends with 3.
    """
    env = environment(guarded, "SCRAM-SHA-256", tmp_path)
    env |= {f"AEGIS_KAFKA_{name}": value for name, value in variables.items()}
    result = await aegis_events(*command, env=env)
    assert (result.code, said in result.err) == (3, True), result.err
    assert "canary" not in result.err + result.out
    assert "Traceback" not in result.err


async def test_a_missing_topic_and_a_silent_address_are_told_apart(guarded: GuardedKafka) -> None:
    """
    A topic that is not there is no broker that is not there.
    """
    consumer = EventConsumer(guarded.bootstrap_servers, group_id="group", topics=["nowhere.at.all"])
    consumer.on(UserRegistered)(lambda event: None)
    began = time.monotonic()
    with pytest.raises(KafkaTopicError, match=r"there is no topic nowhere\.at\.all"):
        await consumer.start()
    assert time.monotonic() - began < AT_ONCE
    with pytest.raises(KafkaUnreachableError, match=r"no Kafka answers at 127\.0\.0\.1:1") as unreachable:
        await plan_topics("127.0.0.1:1")
    assert not isinstance(unreachable.value, KafkaAddressError)


async def test_an_outbox_parks_what_it_may_not_write(guarded: GuardedKafka, tmp_path: Path) -> None:
    """
    A topic that the relay may see and not write to holds up its own events, each named with the reason, and no others.
    """
    allowed, denied = "outbox.allowed", "outbox.denied"
    for topic in (allowed, denied):
        guarded.create_topic(topic, 1)
    guarded.allow_bob(
        ("TOPIC", allowed, "WRITE"),
        ("TOPIC", allowed, "READ"),
        ("TOPIC", denied, "READ"),
        ("GROUP", "aegis-outbox*", "READ"),
        ("TRANSACTIONAL_ID", "aegis-outbox*", "WRITE"),
    )
    fill(tmp_path / "service.db", denied, range(3))
    fill(tmp_path / "service.db", allowed, range(103, 113))
    bob = KafkaConnection(**guarded.bob)
    quick = RelaySettings(settle=0.3, publish_timeout=8.0, request_timeout=4.0)
    async with OutboxRelay.sqlite(tmp_path / "service.db", bob, settings=quick) as relay:
        assert await relay.drained(50), relay.health().why
        parked = await relay.parked()
        assert {(one.topic, one.reason) for one in parked} == {(denied, "authorization")}
        assert (await relay.backlog()).parked == 3
        assert relay.stats.relayed == 10
