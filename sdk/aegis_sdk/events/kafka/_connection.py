"""
How to reach Kafka: one value for publisher, consumer, outbox and topics.

It knows addresses and credentials and hands them to aiokafka. It opens no connection.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.kafka._credentials import provided, ssl_context_from, token_provider_from

__all__ = ["KafkaConnection", "SecurityProtocol"]

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
_PROTOCOLS: tuple[SecurityProtocol, ...] = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
_PORT = 9092
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
        ssl_context: The TLS settings; the system's trusted authorities, if TLS is asked for without one. For mTLS it
            has the client's certificate (`ssl_context.load_cert_chain`).
        token_provider: For OAUTHBEARER: a function, coroutine function or aiokafka `AbstractTokenProvider` that gives a
            token whenever a connection is made.
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
    addresses: tuple[tuple[str, int], ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.bootstrap_servers:
            raise ConfigurationError("no Kafka address: pass bootstrap_servers or set AEGIS_KAFKA_BOOTSTRAP")
        if self.security_protocol not in _PROTOCOLS:
            raise ConfigurationError(f"security_protocol must be one of {', '.join(_PROTOCOLS)}")
        object.__setattr__(self, "addresses", tuple(_addresses(self.bootstrap_servers)))
        if self.security_protocol.startswith("SASL"):
            self._check_sign_in()

    def _check_sign_in(self) -> None:
        if self.sasl_mechanism not in _MECHANISMS:
            raise ConfigurationError(f"sasl_mechanism must be one of {', '.join(_MECHANISMS)}")
        if self.sasl_mechanism == "OAUTHBEARER":
            if self.token_provider is None:
                raise ConfigurationError(
                    "OAUTHBEARER needs a token_provider, or AEGIS_KAFKA_TOKEN_FILE or AEGIS_KAFKA_TOKEN_ENDPOINT"
                )
        elif not self.username or self.password is None:
            raise ConfigurationError(
                f"{self.sasl_mechanism} needs username and password, or AEGIS_KAFKA_USERNAME and AEGIS_KAFKA_PASSWORD"
            )

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
        and _EMBEDDED; for mTLS _CERT_FILE, _KEY_FILE and _KEY_PASSWORD; for OAUTHBEARER _TOKEN_FILE, or
        _TOKEN_ENDPOINT with _TOKEN_CLIENT_ID, _TOKEN_CLIENT_SECRET and _TOKEN_SCOPE.

        Args:
            environ: Where to read; the process's environment, if not given.
            bootstrap_servers: Wins over AEGIS_KAFKA_BOOTSTRAP.
        """
        env = os.environ if environ is None else environ
        protocol = env.get("AEGIS_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        return cls(
            bootstrap_servers=bootstrap_servers or env.get("AEGIS_KAFKA_BOOTSTRAP", ""),
            security_protocol=protocol,  # type: ignore[arg-type]  # any text may come in; __post_init__ refuses it
            sasl_mechanism=env.get("AEGIS_KAFKA_SASL_MECHANISM", "PLAIN"),
            username=env.get("AEGIS_KAFKA_USERNAME"),
            password=env.get("AEGIS_KAFKA_PASSWORD"),
            ssl_context=ssl_context_from(env),
            token_provider=token_provider_from(env),
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
        return self.security_protocol == "PLAINTEXT" and {host for host, _ in self.addresses} <= _LOOPBACK

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
            options["sasl_oauth_token_provider"] = provided(self.token_provider)
        return options


def _flag(env: Mapping[str, str], name: str) -> bool | None:
    said = env.get(name, "").strip().lower()
    if said not in _FLAGS:
        raise ConfigurationError(f"{name} must be true or false")
    return _FLAGS[said]


def _addresses(bootstrap_servers: str) -> Iterator[tuple[str, int]]:
    for address in bootstrap_servers.split(","):
        host, colon, port = address.strip().rpartition(":")
        if not colon or port.endswith("]"):
            host, port = address.strip(), str(_PORT)
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536 or " " in host:
            raise ConfigurationError("bootstrap_servers (AEGIS_KAFKA_BOOTSTRAP) must be host:port, several with commas")
        yield host.strip("[]"), int(port)
