"""
What goes wrong with mail servers, and what is told of it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
import trustme

from aegis_runtime import Circuit, RetryPolicy
from aegis_sdk.email import AsyncEmailSender, EmailSender, EmailSettings
from aegis_sdk.errors import (
    AegisError,
    CircuitOpenError,
    EmailError,
    EmailRefusedError,
    EmailTlsError,
    EmailUnavailableError,
)

TO, TOKEN = "seoyeon.canary@example.kr", "token-canary"
Script = Callable[[socket.socket], None]
both = pytest.mark.parametrize("kind", ["sync", "async"])


@contextmanager
def server(script: Script) -> Iterator[tuple[int, list[float]]]:
    """
    A server that treats each connection by *script*, and tells when they came.
    """
    came: list[float] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            came.append(time.monotonic())
            wire.settimeout(20)
            threading.Thread(target=_run, args=(script, wire), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], came
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _run(script: Script, wire: socket.socket) -> None:
    with wire:
        try:
            script(wire)
        except OSError:
            return


def speaks(answers: dict[bytes, bytes]) -> Script:
    """
    Answer each command by its first word; 250 where nothing is said.
    """

    def script(wire: socket.socket) -> None:
        wire.sendall(b"220 ready\r\n")
        for line in wire.makefile("rb"):
            word = line.split()[0].upper() if line.split() else b""
            wire.sendall(answers.get(word, b"250 fine") + b"\r\n")
            if word == b"QUIT":
                return
            if word == b"DATA" and answers.get(word, b"").startswith(b"354"):
                lines = wire.makefile("rb")
                while lines.readline().strip() != b".":
                    pass
                wire.sendall(b"250 taken\r\n")

    return script


def send(
    kind: str,
    port: int,
    *,
    tls: Literal["starttls", "implicit", "none"] = "none",
    timeout: float = 10.0,
    max_retries: int = 2,
    circuit: Circuit | Literal[False] = False,
    context: ssl.SSLContext | None = None,
) -> str:
    settings = EmailSettings(host="127.0.0.1", port=port, tls=tls, timeout=timeout, max_retries=max_retries)
    retry = RetryPolicy(base=0.0)
    if kind == "sync":
        with EmailSender(settings, retry=retry, circuit_breaker=circuit, context=context) as sender:
            return sender.send_verification(TO, token=TOKEN)

    async def go() -> str:
        async with AsyncEmailSender(settings, retry=retry, circuit_breaker=circuit, context=context) as sender:
            return await sender.send_verification(TO, token=TOKEN)

    return asyncio.run(go())


@both
@pytest.mark.parametrize(
    "answers",
    [
        {b"RCPT": b"550 <seoyeon.canary@example.kr>: no such user"},
        {b"RCPT": b"450 <seoyeon.canary@example.kr>: greylisted"},
        {b"MAIL": b"553 no-reply@aegis.example.com may not send"},
        {b"DATA": b"554 seoyeon.canary@example.kr is blocked"},
        {b"EHLO": b"500 what", b"HELO": b"500 what"},
    ],
)
def test_no_address_is_told_by_any_error_traceback_or_log(
    kind: str, answers: dict[bytes, bytes], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    The libraries' own exceptions quote recipient and server; ours, what they are chained to, and every logger do not.
    """
    caplog.set_level(logging.DEBUG)
    with server(speaks(answers)) as (port, _), pytest.raises(EmailError) as caught:
        send(kind, port)
    shown = (
        "".join(traceback.format_exception(caught.value))
        + repr(caught.value)
        + caplog.text
        + "".join(capfd.readouterr())
    )
    assert "canary" not in shown
    assert "no-reply" not in shown
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@both
@pytest.mark.parametrize("goodbye", [b"221 bye", b"250 hm", b"421 too late", b"garbage", b"221-and"])
def test_a_mail_that_is_taken_is_not_sent_again(kind: str, goodbye: bytes) -> None:
    """
    However the server says goodbye.
    """
    with server(speaks({b"DATA": b"354 go", b"QUIT": goodbye})) as (port, came):
        assert send(kind, port).endswith("aegis.example.com>")
    assert len(came) == 1


@both
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_that_cannot_be_agreed_on_is_tried_once(kind: str, tls: Literal["implicit", "starttls"]) -> None:
    """
    A certificate that nobody trusts fares no better the second time; nothing was sent, and the error says so.
    """
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(served)

    def script(wire: socket.socket) -> None:
        if tls == "starttls":
            wire.sendall(b"220 ready\r\n")
            wire.recv(1000)
            wire.sendall(b"250-mail\r\n250 STARTTLS\r\n")
            wire.recv(1000)
            wire.sendall(b"220 go\r\n")
        served.wrap_socket(wire, server_side=True).recv(1000)

    with server(script) as (port, came), pytest.raises(EmailTlsError, match="nothing was sent") as caught:
        send(kind, port, tls=tls)
    assert len(came) == 1
    assert isinstance(caught.value, EmailUnavailableError)
    assert caught.value.__context__ is None


@both
def test_a_server_without_starttls_is_told_nothing(kind: str) -> None:
    """
    Where TLS is asked for and not offered, no mail goes out in the clear.
    """
    with server(speaks({})) as (port, came), pytest.raises(EmailTlsError):
        send(kind, port, tls="starttls")
    assert len(came) == 1


@both
def test_one_deadline_stands_over_whatever_the_server_does(kind: str) -> None:
    """
    A server that says a byte now and then is left when the time is over, not when it falls silent.
    """

    def drip(wire: socket.socket) -> None:
        while True:
            wire.sendall(b"2")
            time.sleep(0.05)

    began = time.monotonic()
    with server(drip) as (port, came), pytest.raises(EmailUnavailableError):
        send(kind, port, timeout=0.6)
    assert 0.4 < time.monotonic() - began < 40  # the server would go on for ever
    assert len(came) == 1


@both
def test_a_server_that_keeps_failing_is_left_alone(kind: str) -> None:
    """
    After so many failures in a row the circuit opens: mails are refused at once, as an error of mails and of circuits.
    """

    def hang_up(wire: socket.socket) -> None:
        wire.sendall(b"421 not now\r\n")

    circuit = Circuit("mail", failures=3, recovery=60.0)
    with server(hang_up) as (port, came):
        with pytest.raises(EmailUnavailableError):
            send(kind, port, circuit=circuit, max_retries=2)
        assert len(came) == 3
        with pytest.raises(EmailError) as caught:
            send(kind, port, circuit=circuit)
    assert len(came) == 3
    assert isinstance(caught.value, CircuitOpenError)
    assert isinstance(caught.value, AegisError)
    assert 0 < caught.value.retry_after <= 60


@both
def test_a_mail_that_is_refused_says_nothing_against_the_server(kind: str) -> None:
    """
    Recipients that do not exist open no circuit.
    """
    circuit = Circuit("mail", failures=2, recovery=60.0)
    with server(speaks({b"RCPT": b"550 no"})) as (port, came):
        for _ in range(4):
            with pytest.raises(EmailRefusedError):
                send(kind, port, circuit=circuit)
    assert len(came) == 4


def test_senders_of_one_server_share_a_circuit() -> None:
    """
    Unless it gets its own or none, a sender has the process's circuit for that server.
    """
    one, other = (EmailSettings(host=host, tls="none") for host in ("mail.one.example", "mail.other.example"))
    assert EmailSender(one)._circuit is AsyncEmailSender(one)._circuit
    assert EmailSender(one)._circuit is not EmailSender(other)._circuit
    assert EmailSender(one, circuit_breaker=False)._circuit is None
