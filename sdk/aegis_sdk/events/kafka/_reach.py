"""
Whether a cluster can be reached, and if not, why: each reason as what it is, and at once.

aiokafka's clients write the reason into their log and raise that they could not connect, after as long as they may try.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Collection, Iterator
from typing import Any

from aegis_sdk.events.kafka._aiokafka import ask_for_topics
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import (
    KafkaAddressError,
    KafkaAuthenticationError,
    KafkaAuthorizationError,
    KafkaCertificateError,
    KafkaRefusalError,
    KafkaTopicError,
    KafkaUnreachableError,
)
from aegis_sdk.events.kafka._library import require_aiokafka_module

__all__ = ["explained", "reach"]

_SIGN_IN = frozenset(
    {
        "AuthenticationFailedError",
        "AuthenticationMethodNotSupported",
        "IllegalSaslStateError",
        "SaslAuthenticationFailed",
        "UnsupportedSaslMechanismError",
    }
)
# A topic that was made a moment ago takes another to be known to every broker.
_GRACE, _AGAIN = 1.0, 0.25


async def reach(
    connection: KafkaConnection,
    topics: Collection[str] = (),
    *,
    timeout: float,
    create: bool = False,
    must_exist: bool = True,
) -> None:
    """
    Make sure that a broker answers, signs us in, knows *topics* and lets us see them.

    Args:
        create: Whether a cluster that makes topics when it is asked for them may do so.
        must_exist: Whether a topic that is not there is a reason, too.

    Raises:
        KafkaRefusalError: It does not; of several brokers' reasons the one that says most.
    """
    require_aiokafka_module("conn")
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    refused: KafkaRefusalError | None = None
    for place, (host, port) in enumerate(connection.addresses):
        # An address that is silent leaves their share of the time to the others.
        deadline = loop.time() + max(0.0, end - loop.time()) / (len(connection.addresses) - place)
        try:
            async with asyncio.timeout_at(deadline):
                await _known(connection, host, port, sorted(topics), deadline, create, must_exist)
                return
        except TimeoutError:
            reason: KafkaRefusalError = KafkaUnreachableError(f"no Kafka answers at {host}:{port} within {timeout:g} s")
        except Exception as error:
            found = explained(error, connection, f"{host}:{port}")
            if found is None:
                raise
            reason = found
            if reason is not error:
                reason.__cause__ = _harmless(error)
        if isinstance(reason, (KafkaTopicError, KafkaAuthorizationError)):
            raise reason
        if refused is None or (reason.fatal and not refused.fatal):
            refused = reason
    assert refused is not None
    raise refused


def explained(error: BaseException, connection: KafkaConnection, where: str = "") -> KafkaRefusalError | None:
    """
    What an error of aiokafka, of TLS or of a socket means; ``None`` if it means something else.
    """
    where = where or connection.bootstrap_servers
    if isinstance(error, KafkaRefusalError):
        return error
    chain = list(_chain(error))
    names = {kind.__name__ for one in chain for kind in type(one).__mro__}
    tls = next((one for one in chain if isinstance(one, ssl.SSLError)), None)
    if tls is not None:
        return _tls(tls, where)
    if names & _SIGN_IN:
        how = connection.sasl_mechanism
        if "UnsupportedSaslMechanismError" in names:
            return KafkaAuthenticationError(f"Kafka at {where} does not offer the sign-in {how}; see sasl_mechanism")
        return KafkaAuthenticationError(
            f"Kafka at {where} refuses to sign us in with {how}: wrong user, password or token"
        )
    denied = next((one for one in chain if type(one).__name__.endswith("AuthorizationFailedError")), None)
    denied = denied or next((one for one in chain if type(one).__name__.endswith("AuthorizationFailed")), None)
    if denied is not None:
        what = type(denied).__name__.removesuffix("Error").removesuffix("AuthorizationFailed").lower()
        what = "transactional id" if what == "transactionalid" else what
        return KafkaAuthorizationError(f"Kafka at {where} does not allow this: rights on the {what} are missing")
    if "UnknownTopicOrPartitionError" in names:
        return KafkaTopicError(f"Kafka at {where} has no such topic; `aegis topics apply` creates the contract's")
    unknown = next((one for one in chain if isinstance(one, socket.gaierror)), None)
    if unknown is not None:
        return KafkaAddressError(f"no Kafka answers at {where}: the host name is unknown")
    if names & {"KafkaConnectionError", "NodeNotReadyError", "KafkaTimeoutError", "RequestTimedOutError", "OSError"}:
        return KafkaUnreachableError(f"no Kafka answers at {where}")
    return None


async def _known(
    connection: KafkaConnection,
    host: str,
    port: int,
    topics: list[str],
    deadline: float,
    create: bool,
    must_exist: bool,
) -> None:
    options = connection.client_options()
    loop = asyncio.get_running_loop()
    until = min(loop.time() + _GRACE, deadline)
    while True:
        try:
            cluster = await ask_for_topics(options, host, port, topics, create=create)
        except require_aiokafka_module("errors").KafkaConnectionError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise
            raise _hung_up(connection, f"{host}:{port}", error) from None
        if not cluster.brokers():
            # How Kafka answers who was refused by a token, which aiokafka takes for a sign-in.
            raise _hung_up(connection, f"{host}:{port}", None)
        denied = sorted(set(topics) & cluster.unauthorized_topics)
        if denied:
            raise KafkaAuthorizationError(f"Kafka at {host}:{port} does not let us see the topic {', '.join(denied)}")
        missing = [topic for topic in topics if not cluster.partitions_for_topic(topic)]
        if not missing or not must_exist:
            return
        if loop.time() >= until:
            raise KafkaTopicError(
                f"there is no topic {', '.join(missing)} on Kafka at {host}:{port};"
                " `aegis topics apply` creates the contract's"
            )
        await asyncio.sleep(_AGAIN)


def _hung_up(connection: KafkaConnection, where: str, error: Exception | None) -> KafkaRefusalError:
    """
    A broker that closes the connection without a word does so for one of a few reasons.
    """
    if connection.security_protocol.startswith("SASL"):
        return KafkaAuthenticationError(
            f"Kafka at {where} refuses to sign us in with {connection.sasl_mechanism}: is the token right and fresh?"
        )
    made = KafkaUnreachableError(
        f"Kafka at {where} closes the connection; does it ask for TLS or a sign-in? See security_protocol"
    )
    made.__cause__ = _harmless(error)
    return made


def _tls(error: ssl.SSLError, where: str) -> KafkaRefusalError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return KafkaCertificateError(f"the certificate of Kafka at {where} is not trusted: {error.verify_message}")
    reason = (error.reason or "").replace("_", " ").lower()
    if "wrong version number" in reason or "record layer" in reason or "http request" in reason:
        return KafkaUnreachableError(f"Kafka at {where} does not speak TLS on this port; see security_protocol")
    if "certificate" in reason or "handshake failure" in reason or "unknown ca" in reason:
        return KafkaCertificateError(f"Kafka at {where} does not accept our certificate: {reason}")
    return KafkaCertificateError(f"TLS with Kafka at {where} failed: {reason or 'no reason given'}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _harmless(error: Any) -> BaseException | None:
    """
    A cause that may be shown: what a broker said is left out, for it may quote what was sent.
    """
    return error if isinstance(error, (OSError, TimeoutError)) and not hasattr(error, "retriable") else None
