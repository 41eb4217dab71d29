"""
What callers may say about a call beside its arguments: times, headers, counts. A wrong one is refused where it is
given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from aegis_runtime._secret import Secret
from aegis_runtime.call._middleware import AsyncMiddleware
from aegis_runtime.errors import ConfigurationError, SchemaViolation

__all__ = [
    "checked_headers",
    "checked_middleware",
    "header_fault",
    "secret_of",
]

H = TypeVar("H")

# RFC 9110 §5.1 and §5.5: a line end would let a value become another header, and blanks at its ends are no part of it.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?").fullmatch
# Where a message ends and where it goes is for the transport to say (RFC 9112 §6, §9; RFC 9110 §7.2, §7.6.1).
FRAMING = frozenset({
    "connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


def header_fault(name: object, value: object) -> SchemaViolation | None:
    """
    What is wrong with a header line, if anything; the value is not told.
    """
    if not isinstance(name, str) or not _NAME(name):
        return SchemaViolation("/header", "header", "a header's name must be a token")
    if name.lower() in FRAMING:
        return SchemaViolation(f"/header/{name}", "framing", "is for the transport to set")
    if not isinstance(value, str) or not _VALUE(value):
        return SchemaViolation(
            f"/header/{name}", "header", "must be printable text on one line, without blanks at its ends"
        )
    return None


def checked_headers(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """
    Header lines, found usable.

    Raises:
        ConfigurationError: one is not.
    """
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] -- callers err
        raise ConfigurationError("headers must be a mapping of names to values")
    kept = tuple(headers.items())
    for name, value in kept:
        if fault := header_fault(name, value):
            raise ConfigurationError(f"headers{fault.pointer.removeprefix('/header')}: {fault.message}")
    return kept


def checked_middleware(middleware: Iterable[H], *, awaited: bool) -> tuple[H, ...]:
    """
    Hooks, found usable by the kind of client.

    Raises:
        ConfigurationError: one is not: a class in place of an object, or one to be awaited where nothing is.
    """
    hooks = tuple(middleware)
    for hook in hooks:
        if isinstance(hook, type) or not (hasattr(hook, "before") and hasattr(hook, "after")):
            raise ConfigurationError("middleware must be objects with before() and after()")
        if not awaited and isinstance(hook, AsyncMiddleware):
            raise ConfigurationError("an AsyncMiddleware is for asynchronous clients; derive from Middleware")
    return hooks


def secret_of(token: str | Secret, name: str = "token") -> Secret:
    """
    An argument that nothing shows any more: a token, or a base URL, which may hold one by mistake.

    Raises:
        ConfigurationError: it is neither text nor a Secret.
    """
    if not isinstance(token, str | Secret):  # pyright: ignore[reportUnnecessaryIsInstance] -- callers err
        raise ConfigurationError(f"{name} must be text")
    return Secret(token)
