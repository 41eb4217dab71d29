"""
What the errors of the libraries underneath mean for a call: the reason decides whether it is tried again and whom the
circuit blames.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Any

import httpx
import pytest

from aegis_runtime.transports._failures import failure_of
from aegis_runtime.transports._fast import _failure as fast_failure

REFUSED, UNREACHABLE = OSError(errno.ECONNREFUSED, "canary"), OSError(errno.ENETUNREACH, "canary")


def caused(error: httpx.HTTPError, cause: BaseException) -> httpx.HTTPError:
    error.__cause__ = cause
    return error


def expired() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "canary")
    error.verify_message = "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("error", "status", "proxied", "reason", "detail"),
    [
        (httpx.ProxyError("canary"), 0, True, "proxy", "refused"),
        (httpx.ConnectError("canary"), 0, True, "proxy", "no connection to the proxy"),
        (httpx.ConnectTimeout("canary"), 0, True, "proxy", "no connection to the proxy"),
        (httpx.ReadTimeout("canary"), 0, True, "timeout", ""),
        (httpx.ConnectTimeout("canary"), 0, False, "connect_timeout", "connecting took too long"),
        (httpx.ReadTimeout("canary"), 0, False, "timeout", ""),
        (httpx.WriteTimeout("canary"), 200, False, "timeout", ""),
        (httpx.ReadError("canary"), 0, False, "broken", "before an answer"),
        (httpx.ReadError("canary"), 200, False, "truncated", "before the answer did"),
        (httpx.RemoteProtocolError("canary"), 200, False, "truncated", "before the answer did"),
        (httpx.RemoteProtocolError("canary"), 0, False, "protocol", "HTTP/1.1"),
        (httpx.RemoteProtocolError("Server disconnected"), 0, False, "broken", "before an answer"),
        (httpx.LocalProtocolError("canary"), 0, False, "request", "HTTP/1.1"),
        (httpx.UnsupportedProtocol("canary"), 0, False, "request", "HTTP/1.1"),
        (httpx.ConnectError("canary"), 0, False, "connect", "no connection"),
        (caused(httpx.ConnectError("canary"), REFUSED), 0, False, "connect", "connection refused"),
        (caused(httpx.ConnectError("canary"), UNREACHABLE), 0, False, "local", "unreachable"),
        (
            caused(httpx.ConnectError("canary"), ExceptionGroup("canary", [UNREACHABLE, REFUSED])),
            0,
            False,
            "connect",
            "connection refused",
        ),
        (caused(httpx.ConnectError("canary"), socket.gaierror(-2, "canary")), 0, False, "local", "cannot be resolved"),
        (caused(httpx.ConnectError("canary"), expired()), 0, False, "certificate", "expired"),
        (caused(httpx.ReadError("canary"), expired()), 200, False, "truncated", "before the answer did"),
        (OSError("canary"), 0, False, "broken", "before an answer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_of_httpx_has_one_meaning(error: Any, status: int, proxied: bool, reason: str, detail: str) -> None:
    """
    Each error of httpx's is one reason, told in words of ours: which side it was, and whether anything was sent.
    """
    failure = failure_of(error, status, proxied)
    assert failure.reason == reason
    assert detail in failure.detail
    assert "canary" not in failure.detail
    assert failure.status == (status if reason in ("timeout", "truncated") else 0)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EMFILE, "canary"), "local"),
        (REFUSED, "connect"),
        (OSError("canary"), "connect"),
        (ValueError("canary"), "request"),
    ],
    ids=["descriptors", "refused", "unnumbered", "unwritable"],
)
def test_what_pyreqwest_does_not_name_is_named(error: Exception, reason: str) -> None:
    """
    An error of this machine's is its own, another one of a socket's is the connection's, and none is quoted.
    """
    failure = fast_failure(error, 0, False)
    assert failure.reason == reason
    assert "canary" not in failure.detail
    if reason == "local":
        assert failure.detail == os.strerror(errno.EMFILE).lower()
