"""
How a client finds its provider, its credential and its circuit.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import sys
from typing import Literal
from urllib.parse import urlsplit

from aegis_runtime._numbers import checked_count
from aegis_runtime._secret import Secret
from aegis_runtime._version import VERSION
from aegis_runtime.call._operation import ApiSpec
from aegis_runtime.call._settings import Settings
from aegis_runtime.errors import ConfigurationError
from aegis_runtime.resilience._circuit import Circuit, shared_circuit
from aegis_runtime.resilience._clock import Clock
from aegis_runtime.resilience._retry import RetryPolicy

__all__ = ["MAX_RESPONSE_BYTES", "settings_of"]

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
_HOST = re.compile(r"[0-9A-Za-z._:%~-]+").fullmatch
_visible = re.compile(r"[\x21-\x7e]*").fullmatch
_credential = _visible


def settings_of(
    api: ApiSpec,
    base_url: Secret | None,
    token: Secret | None,
    circuit_breaker: Circuit | Literal[False] | None,
    retry: RetryPolicy | None,
    auth: str | None,
    max_response_bytes: int,
    clock: Clock,
) -> Settings:
    """
    Put together what a client needs to know, from arguments, then the environment, then the contract.

    Raises:
        ConfigurationError: something is missing or cannot work.
    """
    logger = logging.getLogger(api.package)
    url, host = _place(api, base_url)
    if token is None:
        token = Secret(os.environ.get(f"{api.env}_TOKEN", ""))
        said = f"the environment variable {api.env}_TOKEN"
    else:
        said = "the token"
    if not _credential(token.reveal()):
        raise ConfigurationError(f"{api.client}: {said} must be printable text on one line, ASCII, without blanks")
    if circuit_breaker is None:
        circuit_breaker = shared_circuit(api.name, host, api.circuit.failures, api.circuit.recovery, logger)
    elif circuit_breaker is False:
        circuit_breaker = Circuit(f"{api.name}@{host}", failures=sys.maxsize, logger=logger)
    elif not isinstance(circuit_breaker, Circuit):  # pyright: ignore[reportUnnecessaryIsInstance] -- callers err
        raise ConfigurationError(f"{api.client}: circuit_breaker must be a Circuit, or False for none")
    if retry is not None and not isinstance(retry, RetryPolicy):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"{api.client}: retry must be a RetryPolicy; max_retries says how often")
    return Settings(
        base_url=url.rstrip("/"),
        token=token or None,
        auth=auth,
        circuit=circuit_breaker,
        retry=retry or RetryPolicy(),
        clock=clock,
        user_agent=f"aegis-integration/{VERSION} ({api.client}; Python {platform.python_version()})",
        logger=logger,
        max_response_bytes=checked_count("max_response_bytes", max_response_bytes, 1),
    )


def _place(api: ApiSpec, base_url: Secret | None) -> tuple[str, str]:
    """
    The base URL, and the host that names the circuit.
    """
    variable = f"{api.env}_URL"
    if base_url is not None:
        url, said = base_url.reveal(), "base_url"
    elif os.environ.get(variable):
        url, said = os.environ[variable], f"the environment variable {variable}"
    else:
        url, said = api.server or "", "the contract's server"
    if url == "":
        raise ConfigurationError(f"{api.client} needs base_url=… or the environment variable {variable}")
    parts = urlsplit("")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host is not None and not host.isascii():
            host = host.encode("idna").decode("ascii")
        # urlsplit drops line ends and tabs without a word.
        fine = not any(letter <= " " or letter == "\x7f" for letter in url) and "?" not in url and "#" not in url
        fine = fine and parts.scheme in ("http", "https") and bool(host) and port != 0
        credential = parts.username is not None
        path = parts.path
    except (ValueError, TypeError, AttributeError):
        host = port = None
        fine, credential, path = False, False, ""
    scheme = parts.scheme if fine else ""
    parts = urlsplit("")
    del url
    if credential:
        raise ConfigurationError(f"{api.client}: {said} must not hold a credential; give it as token=…")
    if not fine or not _visible(path) or not host or not _HOST(host):
        raise ConfigurationError(f"{api.client}: {said} must be like https://api.example.com, without blanks, ? or #")
    shown = f"[{host}]" if ":" in host else host
    base = f"{scheme}://{shown}{'' if port is None else f':{port}'}{path}"
    return base, f"{host}:{port or (443 if scheme == 'https' else 80)}"
