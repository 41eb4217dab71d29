"""
What went wrong on the wire, in words of our own: an exception's text may quote headers or bytes, so it is never
passed on.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import cast

import httpx

from aegis_runtime.transports._seam import Response, TransportFailure

__all__ = [
    "LOCAL",
    "failure_of",
    "local_failure",
    "nonsense",
    "running_loop",
    "tls_failure",
    "too_large",
    "unheard",
    "vouched",
]

_UNTRUSTED = "the provider's TLS certificate is not trusted"
# What OpenSSL and rustls say of a certificate, without their underscores, and what it comes to.
_CERTIFICATE_SIGNS = (
    ("notvalidforname", f"{_UNTRUSTED}: it is for another host"),
    ("hostnamemismatch", f"{_UNTRUSTED}: it is for another host"),
    ("ipaddressmismatch", f"{_UNTRUSTED}: it is for another host"),
    ("alert", "the provider does not accept the client's certificate, or wants one"),
    ("expired", f"{_UNTRUSTED}: it has expired"),
    ("notyetvalid", f"{_UNTRUSTED}: it is not valid yet"),
    ("notvalidyet", f"{_UNTRUSTED}: it is not valid yet"),
    ("issuer", f"{_UNTRUSTED}: nobody who is trusted here signed it"),
    ("selfsigned", f"{_UNTRUSTED}: nobody who is trusted here signed it"),
)
# Alerts that are about certificates without saying so (RFC 8446 §6.2).
_ABOUT_CERTIFICATES = ("certificate", "unknownca", "accessdenied", "decrypterror")
# What hinders this machine, whoever is called: descriptors, ports, memory, rights, a network that is down.
LOCAL = frozenset(
    getattr(errno, name)
    for name in ("EACCES", "EADDRNOTAVAIL", "EMFILE", "ENETDOWN", "ENETUNREACH", "ENFILE", "ENOBUFS", "ENOMEM", "EPERM")
    if hasattr(errno, name)
)
_TROUBLE = ("internalerror", "handshakeeof", "ssleof", "sslsyscall")


def too_large(limit: int, status: int) -> TransportFailure:
    """
    The failure of an answer that goes on after *limit* bytes.
    """
    return TransportFailure("too_large", f"more than {limit} bytes", status=status)


def unheard() -> TransportFailure:
    """
    The failure of a proxy that was asked for a way through and said neither yes nor no.
    """
    return TransportFailure("proxy", "the proxy did not answer in HTTP, or not at all")


def nonsense(forwarded: bool, status: int = 0) -> TransportFailure:
    """
    The failure of what is not HTTP: a proxy that forwards requests may have written it itself.
    """
    if forwarded:
        return TransportFailure("forwarder", "what came through the proxy is not HTTP/1.1", status=status)
    return TransportFailure("protocol", "what answered does not speak HTTP/1.1", status=status)


def vouched(response: Response) -> Response:
    """
    An answer, unless it is the proxy's own question for credentials.

    Raises:
        TransportFailure: it is.
    """
    if response.forwarded and response.status == 407:
        raise TransportFailure("forwarder", "the proxy asks for credentials", status=407)
    return response


def running_loop() -> asyncio.AbstractEventLoop:
    """
    The event loop of asyncio that this call is made in.

    Raises:
        TransportFailure: there is none, as under trio.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    raise TransportFailure("transport", "asynchronous clients need an event loop of asyncio, and none runs here")


def tls_failure(words: str) -> TransportFailure:
    """
    Say what a TLS library's words come to; they are looked through, never passed on.
    """
    low = "".join(letter for letter in words.lower() if letter.isalnum())
    if any(sign in low for sign in _ABOUT_CERTIFICATES):
        detail = next((detail for sign, detail in _CERTIFICATE_SIGNS if sign in low), _UNTRUSTED)
        return TransportFailure("certificate", detail)
    # Somebody who breaks off is in trouble; somebody who says why, or speaks something else, is well.
    if any(sign in low for sign in _TROUBLE):
        return TransportFailure("connect", "the TLS handshake failed")
    return TransportFailure("tls", f"the TLS handshake failed{': the provider refused it' if 'alert' in low else ''}")


def failure_of(
    error: Exception, status: int, proxied: bool = False, through: bool = True, forwarded: bool = False
) -> TransportFailure:
    """
    Say what an error of httpx's, or of a socket's, means for the call.

    Args:
        status: of an answer that began, or 0.
        proxied: a proxy was asked: not connecting is its failure, not the provider's.
        through: it let us through: what was said before that, or was not said, is its own.
        forwarded: it reads what it lets through, and may answer itself.
    """
    if not status and (secured := _secured(error)) is not None:
        return secured
    if isinstance(error, httpx.ProxyError):
        return TransportFailure("proxy", "the proxy refused")
    if proxied and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return TransportFailure("proxy", "no connection to the proxy, or through it")
    if not through:
        return unheard()
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
        return nonsense(forwarded)
    return TransportFailure("broken", "the connection ended before an answer")


def _secured(error: Exception) -> TransportFailure | None:
    """
    Whatever TLS has to say. A server may refuse a certificate only when the handshake is over for us (RFC 8446 §4.4.2).
    """
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return tls_failure(f"certificate {cause.verify_message}")
            said = cause.reason or ""
            if isinstance(error, httpx.ConnectError) or "ALERT" in said.upper():
                return tls_failure(f"{said} {type(cause).__name__}")
    return None


def _connect_failure(error: Exception) -> TransportFailure:
    said = [cause for cause in _causes(error) if isinstance(cause, OSError) and cause.errno]
    if any(isinstance(cause, socket.gaierror) for cause in said):
        return TransportFailure("local", "the host name cannot be resolved")
    # Where one address cannot be reached from here and another refuses, the provider did.
    for cause in said:
        if cause.errno not in LOCAL:
            return TransportFailure("connect", os.strerror(cause.errno or 0).lower())
    return local_failure(*said) or TransportFailure("connect", "no connection")


def local_failure(*errors: OSError) -> TransportFailure | None:
    """
    The failure of a connection that could not begin here, or ``None`` when none of *errors* is about that.
    """
    number = next((error.errno for error in errors if error.errno in LOCAL), None)
    return None if number is None else TransportFailure("local", os.strerror(number).lower())


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
