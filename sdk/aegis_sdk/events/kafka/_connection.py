"""
How to reach Kafka: one value for publisher, consumer, outbox and topics.

It knows addresses and credentials and hands them to aiokafka. It opens no connection.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aegis_sdk.errors import ConfigurationError

__all__ = ["KafkaConnection", "SecurityProtocol"]

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
_PROTOCOLS: tuple[SecurityProtocol, ...] = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConnection:
    """
    The address of a Kafka cluster, with the credentials that it asks for.

    Args:
        bootstrap_servers: One or more `host:port`, separated by commas.
        security_protocol: Whether to use TLS and whether to sign in.
        sasl_mechanism: How to sign in: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.
        username: Who signs in.
        password: Never shown in a repr, log or error.
        ssl_context: The TLS settings; the system's trusted authorities, if TLS is asked for without one.
        token_provider: For OAUTHBEARER, an aiokafka `AbstractTokenProvider`.
        client_id: What the broker's logs and quotas call us.
        embedded: Whether this is the mock server's embedded Kafka, which knows neither idempotence nor transactions;
            if not given, a broker on the loopback is asked once, and any other is none.
    """

    bootstrap_servers: str = ""
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)
    token_provider: Any = field(default=None, repr=False)
    client_id: str = "aegis-integration"
    embedded: bool | None = None

    def __post_init__(self) -> None:
        if not self.bootstrap_servers:
            raise ConfigurationError("no Kafka address: pass bootstrap_servers or set AEGIS_KAFKA_BOOTSTRAP")
        if self.security_protocol not in _PROTOCOLS:
            raise ConfigurationError(f"security_protocol must be one of {', '.join(_PROTOCOLS)}")

    @classmethod
    def of(cls, where: KafkaConnection | str | None) -> KafkaConnection:
        """
        Take a connection as it is, an address, or None for what the environment says.
        """
        if isinstance(where, KafkaConnection):
            return where
        return cls.from_env() if where is None else cls.from_env(bootstrap_servers=where)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, bootstrap_servers: str | None = None
    ) -> KafkaConnection:
        """
        Read AEGIS_KAFKA_BOOTSTRAP, _SECURITY_PROTOCOL, _SASL_MECHANISM, _USERNAME, _PASSWORD, _CA_FILE, _CLIENT_ID
        and _EMBEDDED.

        Args:
            environ: Where to read; the process's environment, if not given.
            bootstrap_servers: Wins over AEGIS_KAFKA_BOOTSTRAP.
        """
        env = os.environ if environ is None else environ
        protocol = env.get("AEGIS_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        authority = env.get("AEGIS_KAFKA_CA_FILE")
        try:
            context = ssl.create_default_context(cafile=authority) if authority else None
        except OSError as reason:
            raise ConfigurationError(f"AEGIS_KAFKA_CA_FILE cannot be read: {reason.strerror or reason}") from None
        return cls(
            bootstrap_servers=bootstrap_servers or env.get("AEGIS_KAFKA_BOOTSTRAP", ""),
            security_protocol=protocol,  # type: ignore[arg-type]  # any text may come in; __post_init__ refuses it
            sasl_mechanism=env.get("AEGIS_KAFKA_SASL_MECHANISM", "PLAIN"),
            username=env.get("AEGIS_KAFKA_USERNAME"),
            password=env.get("AEGIS_KAFKA_PASSWORD"),
            ssl_context=context,
            client_id=env.get("AEGIS_KAFKA_CLIENT_ID", "aegis-integration"),
            embedded=_flag(env, "AEGIS_KAFKA_EMBEDDED"),
        )

    def named(self, client_id: str) -> KafkaConnection:
        """
        The same connection under another client id.
        """
        return replace(self, client_id=client_id)

    @property
    def is_local(self) -> bool:
        """
        Whether it leads, in plain text, to this machine only: nowhere else is an embedded Kafka.
        """
        hosts = {address.strip().rpartition(":")[0].strip("[]") for address in self.bootstrap_servers.split(",")}
        return self.security_protocol == "PLAINTEXT" and hosts <= _LOOPBACK

    def client_options(self) -> dict[str, Any]:
        """
        The keyword arguments that every aiokafka client takes.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol in ("SSL", "SASL_SSL"):
            options["ssl_context"] = self.ssl_context or ssl.create_default_context()
        if self.security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.username
            options["sasl_plain_password"] = self.password
            options["sasl_oauth_token_provider"] = self.token_provider
        return options


def _flag(env: Mapping[str, str], name: str) -> bool | None:
    said = env.get(name, "").strip().lower()
    if said not in _FLAGS:
        raise ConfigurationError(f"{name} must be true or false")
    return _FLAGS[said]
