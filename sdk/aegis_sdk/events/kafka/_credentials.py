"""
Certificates and tokens, from the environment and from code, as aiokafka takes them.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.kafka._errors import KafkaAuthenticationError
from aegis_sdk.events.kafka._library import require_aiokafka_module

__all__ = ["provided", "ssl_context_from", "token_provider_from"]

_log = logging.getLogger("aegis_sdk.events.kafka")
_ANSWER = 10.0


def ssl_context_from(env: Mapping[str, str]) -> ssl.SSLContext | None:
    """
    The TLS settings that the environment asks for; ``None`` if it asks for none.

    Raises:
        ConfigurationError: A file cannot be used; its variable is named.
    """
    authority, certificate = env.get("AEGIS_KAFKA_CA_FILE"), env.get("AEGIS_KAFKA_CERT_FILE")
    key = env.get("AEGIS_KAFKA_KEY_FILE")
    if key and not certificate:
        raise ConfigurationError("AEGIS_KAFKA_KEY_FILE needs AEGIS_KAFKA_CERT_FILE, the certificate of that key")
    if not authority and not certificate:
        return None
    context = _RenewedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.files = [Path(name) for name in (authority, certificate, key) if name]
    context.versions = context.found()
    try:
        usual = ssl.create_default_context(cafile=authority or None)
    except OSError as reason:
        raise ConfigurationError(f"AEGIS_KAFKA_CA_FILE cannot be read: {reason.strerror or reason}") from None
    context.verify_flags = usual.verify_flags
    if usual.keylog_filename:
        context.keylog_filename = usual.keylog_filename

    def load(into: ssl.SSLContext) -> None:
        if authority:
            into.load_verify_locations(authority)
        else:
            into.load_default_certs()
        if certificate:
            into.load_cert_chain(certificate, key or None, lambda: env.get("AEGIS_KAFKA_KEY_PASSWORD", ""))

    context.load = load
    for name, path in (("AEGIS_KAFKA_CERT_FILE", certificate), ("AEGIS_KAFKA_KEY_FILE", key)):
        if path and not os.access(path, os.R_OK):
            raise ConfigurationError(f"{name} cannot be read")
    try:
        load(context)
    except (OSError, ValueError):
        raise ConfigurationError(
            "AEGIS_KAFKA_CERT_FILE, AEGIS_KAFKA_KEY_FILE and AEGIS_KAFKA_KEY_PASSWORD do not go together:"
            " they must be a certificate in PEM, its key and the key's password"
        ) from None
    return context


class _RenewedContext(ssl.SSLContext):
    """
    TLS settings whose files are read again, for the next connection, once somebody has renewed them in place.
    """

    files: Sequence[Path]
    versions: Sequence[tuple[int, ...]]
    load: Callable[[ssl.SSLContext], None]

    def found(self) -> Sequence[tuple[int, ...]]:
        """
        Which files these are; none where one of them is not there.
        """
        try:
            return [(one.st_mtime_ns, one.st_ino, one.st_size) for one in (file.stat() for file in self.files)]
        except OSError:
            return []

    def wrap_bio(self, *stream: Any, **more: Any) -> ssl.SSLObject:
        if (versions := self.found()) and versions != self.versions:
            try:
                # A certificate whose key is not there yet would take the former key away.
                self.load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
                self.load(self)
            except (OSError, ValueError):
                _log.warning("the renewed certificates of Kafka do not go together; those before are used")
            else:
                self.versions = versions
        return super().wrap_bio(*stream, **more)


def token_provider_from(env: Mapping[str, str]) -> Any:
    """
    The tokens that the environment provides: out of a file that somebody keeps fresh, or of an OAuth 2.0 endpoint.
    """
    path, endpoint = env.get("AEGIS_KAFKA_TOKEN_FILE"), env.get("AEGIS_KAFKA_TOKEN_ENDPOINT")
    if path and endpoint:
        raise ConfigurationError("AEGIS_KAFKA_TOKEN_FILE or AEGIS_KAFKA_TOKEN_ENDPOINT, not both")
    if path:
        return _TokenFile(Path(path))
    if not endpoint:
        return None
    missing = [name for name in ("CLIENT_ID", "CLIENT_SECRET") if not env.get(f"AEGIS_KAFKA_TOKEN_{name}")]
    if missing:
        raise ConfigurationError(f"AEGIS_KAFKA_TOKEN_ENDPOINT needs AEGIS_KAFKA_TOKEN_{missing[0]}")
    return _TokenEndpoint(
        endpoint,
        env["AEGIS_KAFKA_TOKEN_CLIENT_ID"],
        env["AEGIS_KAFKA_TOKEN_CLIENT_SECRET"],
        env.get("AEGIS_KAFKA_TOKEN_SCOPE"),
    )


def provided(provider: Any) -> Any:
    """
    A provider of tokens as aiokafka takes it; functions become one.
    """
    abc: Any = require_aiokafka_module("abc")
    if provider is None or isinstance(provider, abc.AbstractTokenProvider):
        return provider
    if not callable(provider):
        raise ConfigurationError("token_provider must be a function that gives a token")

    class Provider(abc.AbstractTokenProvider):  # type: ignore[misc] # aiokafka has no types
        async def token(self) -> str:
            found = await _called(provider)
            if not isinstance(found, str) or not found or not found.isascii() or not found.isprintable():
                raise KafkaAuthenticationError("the token_provider gave no token: it must be text in one line")
            return found

    return Provider()


async def _called(provider: Any) -> Any:
    if inspect.iscoroutinefunction(provider) or inspect.iscoroutinefunction(getattr(provider, "__call__", None)):  # noqa: B004 — an object whose __call__ is async
        return await provider()
    # It may ask a server, and the event loop has other things to do.
    found = await asyncio.to_thread(provider)
    return await found if inspect.isawaitable(found) else found


class _TokenFile:
    """
    Reads the token each time, so that whoever keeps it fresh need not tell us.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise KafkaAuthenticationError("AEGIS_KAFKA_TOKEN_FILE cannot be read") from None


class _TokenEndpoint:
    """
    Asks for a token by the client credentials grant (RFC 6749 §4.4).
    """

    def __init__(self, endpoint: str, client_id: str, secret: str, scope: str | None) -> None:
        self._endpoint = endpoint
        self._client = (client_id, secret)
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})

    async def __call__(self) -> str:
        import httpx

        try:
            async with httpx.AsyncClient(timeout=_ANSWER) as client:
                answer = await client.post(self._endpoint, data=self._form, auth=self._client)
            token = answer.json()["access_token"] if answer.is_success else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str):
            raise KafkaAuthenticationError("AEGIS_KAFKA_TOKEN_ENDPOINT gave no token") from None
        return token
