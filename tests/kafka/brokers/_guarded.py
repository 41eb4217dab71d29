"""
Apache Kafka with guarded listeners: SASL in plain text and over TLS, mutual TLS, and rights by ACL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trustme
from confluent_kafka import admin
from cryptography.hazmat.primitives import serialization

from tests.ports import free_port

from ._apache import ApacheKafka

__all__ = ["LISTENERS", "PASSWORD", "GuardedKafka"]

PASSWORD = "canary-password-8c1f"
LISTENERS = ("SASLPLAIN", "SASLTLS", "MTLS", "TOKEN")
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
_OAUTH = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
_VALIDATOR = (
    "org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler"
)


class GuardedKafka(ApacheKafka):
    """
    One node whose clients must say who they are. `alice` may do everything, `bob` may sign in and nothing else.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = trustme.CA()
        self.ports = [free_port() for _ in LISTENERS]
        self.ca_file = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca_file)
        issued = self.authority.issue_cert("127.0.0.1", "localhost")
        server = folder / "server.pem"
        server.write_bytes(_pem(issued))
        self.client_cert = folder / "client.pem"
        client = self.authority.issue_cert("client.example.com", common_name="alice")
        self.client_cert.write_bytes(_pem(client))
        self._properties.write_text(self._guarded(self._properties.read_text(encoding="utf-8"), server))

    def address(self, listener: str) -> str:
        """
        Where a listener is.
        """
        return f"127.0.0.1:{self.ports[LISTENERS.index(listener)]}"

    @property
    def bob(self) -> dict[str, Any]:
        """
        What a `KafkaConnection` must be told to sign in as `bob`.
        """
        return {
            "bootstrap_servers": self.address("SASLPLAIN"),
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "username": "bob",
            "password": PASSWORD,
        }

    def allow_bob(self, *rights: tuple[str, str, str]) -> None:
        """
        Let `bob` do this and nothing else: kind of resource, its name (with a star at its end: a prefix), operation.
        """
        client = admin.AdminClient({"bootstrap.servers": self.bootstrap_servers})
        literal, prefixed, any_pattern = (
            admin.ResourcePatternType.LITERAL,
            admin.ResourcePatternType.PREFIXED,
            admin.ResourcePatternType.ANY,
        )
        allow, everything = admin.AclPermissionType.ALLOW, admin.AclPermissionType.ANY
        former = admin.AclBindingFilter(
            admin.ResourceType.ANY, None, any_pattern, "User:bob", "*", admin.AclOperation.ANY, everything
        )
        for done in client.delete_acls([former]).values():
            done.result(10)
        rules = [
            admin.AclBinding(
                admin.ResourceType[kind],
                name.rstrip("*"),
                prefixed if name.endswith("*") else literal,
                "User:bob",
                "*",
                admin.AclOperation[operation],
                allow,
            )
            for kind, name, operation in rights
        ]
        for done in client.create_acls(rules).values() if rules else ():
            done.result(10)

    def _guarded(self, config: str, server: Path) -> str:
        lines = []
        more = ",".join(f"{name}://127.0.0.1:{port}" for name, port in zip(LISTENERS, self.ports, strict=True))
        for line in config.splitlines():
            if line.startswith(("listeners=", "advertised.listeners=")):
                line += f",{more}"
            if line.startswith("listener.security.protocol.map="):
                line += ",SASLPLAIN:SASL_PLAINTEXT,SASLTLS:SASL_SSL,MTLS:SSL,TOKEN:SASL_PLAINTEXT"
            lines.append(line)
        users = f'user_alice="{PASSWORD}" user_bob="{PASSWORD}"'
        for name in ("sasltls", "mtls"):
            lines += [
                f"listener.name.{name}.ssl.keystore.type=PEM",
                f"listener.name.{name}.ssl.keystore.location={server}",
                f"listener.name.{name}.ssl.truststore.type=PEM",
                f"listener.name.{name}.ssl.truststore.location={self.ca_file}",
            ]
        for name in ("saslplain", "sasltls"):
            lines += [
                f"listener.name.{name}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                f"listener.name.{name}.plain.sasl.jaas.config={_PLAIN} required {users};",
                f"listener.name.{name}.scram-sha-256.sasl.jaas.config={_SCRAM} required;",
                f"listener.name.{name}.scram-sha-512.sasl.jaas.config={_SCRAM} required;",
            ]
        lines += [
            "listener.name.mtls.ssl.client.auth=required",
            r"listener.name.mtls.ssl.principal.mapping.rules=RULE:^.*CN=([a-z]+).*$/$1/,DEFAULT",
            "listener.name.token.sasl.enabled.mechanisms=OAUTHBEARER",
            f"listener.name.token.oauthbearer.sasl.jaas.config={_OAUTH} required;",
            f"listener.name.token.oauthbearer.sasl.server.callback.handler.class={_VALIDATOR}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS;User:alice",
            "allow.everyone.if.no.acl.found=false",
        ]
        return "\n".join(lines) + "\n"

    def _format(self) -> None:
        self._scram = [
            f"SCRAM-SHA-{size}=[name={user},password={PASSWORD}]" for size in (256, 512) for user in ("alice", "bob")
        ]
        super()._format()

    def _java(self, main: str, *arguments: str, heap: str = "64m") -> list[str]:
        if main == "kafka.tools.StorageTool":
            arguments = (*arguments, *(part for one in self._scram for part in ("--add-scram", one)))
        return super()._java(main, *arguments, heap=heap)


def _pem(issued: trustme.LeafCert) -> bytes:
    """
    Key and certificates in one file; Java reads a key in PKCS #8 alone.
    """
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key + b"".join(one.bytes() for one in issued.cert_chain_pems)
