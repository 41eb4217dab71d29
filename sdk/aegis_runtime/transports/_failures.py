"""
What went wrong on the wire, in words of our own: an exception's text may quote headers or bytes, so it is never
passed on.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from typing import cast

import httpx

from aegis_runtime.transports._seam import TransportFailure

__all__ = ["failure_of", "too_large"]


def too_large(limit: int, status: int) -> TransportFailure:
    """
    The failure of an answer that goes on after *limit* bytes.
    """
    return TransportFailure("too_large", f"more than {limit} bytes", status=status)


def failure_of(error: httpx.HTTPError, status: int, proxied: bool = False) -> TransportFailure:
    """
    Say what an httpx error means for the call.

    Args:
        status: of an answer that began, or 0.
        proxied: a proxy was asked: not connecting is its failure, not the provider's.
    """
    if isinstance(error, httpx.ProxyError):
        return TransportFailure("proxy", "the proxy refused")
    if proxied and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return TransportFailure("proxy", "no connection to the proxy, or through it")
    if isinstance(error, httpx.ConnectTimeout):
        return TransportFailure("connect_timeout", "connecting took too long")
    if isinstance(error, httpx.TimeoutException):
        return TransportFailure("timeout", status=status)
    if isinstance(error, httpx.ConnectError):
        return _connect_failure(error)
    if status:
        return TransportFailure("truncated", "the connection ended before the answer did", status=status)
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return TransportFailure("request", "the request cannot be written as HTTP/1.1")
    if isinstance(error, httpx.RemoteProtocolError) and not _disconnected(error):
        return TransportFailure("protocol", "what answered does not speak HTTP/1.1")
    return TransportFailure("broken", "the connection ended before an answer")


def _connect_failure(error: Exception) -> TransportFailure:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TransportFailure("tls", "the provider's TLS certificate is not trusted")
        if isinstance(cause, ssl.SSLError):
            return TransportFailure("tls", "the TLS handshake failed")
        if isinstance(cause, socket.gaierror):
            return TransportFailure("connect", "the host name cannot be resolved")
        if isinstance(cause, OSError) and cause.errno:
            return TransportFailure("connect", os.strerror(cause.errno).lower())
    return TransportFailure("connect", "no connection")


def _disconnected(error: Exception) -> bool:
    # httpcore's own fixed text, the only thing that tells this from nonsense on the wire.
    return "disconnected" in str(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in cast("BaseExceptionGroup[BaseException]", error).exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__
