"""
``aegis mock --smtp``: a mail server whose mails stand in the inbox.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
import trustme

from aegis_mockserver.adapters import _smtp
from aegis_mockserver.adapters._smtp import Mailroom
from aegis_mockserver.world import Worlds

TO = "kim@example.com"


@contextmanager
def mailroom(worlds: Worlds, *, size: int = 100_000, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    room = Mailroom(worlds, size=size, tls=tls)
    try:
        yield asyncio.run_coroutine_threadsafe(room.start("127.0.0.1", 0), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(room.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def mail(to: str = TO, **fields: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "이지스 <aegis@example.com>", to, "이지스 이메일 인증"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content("안녕하세요. https://aegis.example.com/verify?token=abc")
    message.add_alternative("<p>안녕하세요.</p>", subtype="html")
    return message


def test_mails_stand_in_the_inbox_of_their_world() -> None:
    """
    Subject, both parts and sender are decoded; each recipient has one; ``X-Mock-World`` chooses the world.
    """
    worlds = Worlds()
    with mailroom(worlds) as port, smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(mail(f"{TO}, lee@example.com"))
        client.send_message(mail(X_Mock_World="other", Message_ID="<1@aegis>"))
    assert [each.to for each in worlds.default.inbox] == [TO, "lee@example.com"]
    found = next(iter(worlds.default.inbox))
    assert (found.kind, found.subject) == ("mail", "이지스 이메일 인증")
    assert "token=abc" in found.text
    assert "<p>안녕하세요.</p>" in found.html
    assert "aegis@example.com" in found.sender
    assert [each.variables for each in worlds.get("other").inbox] == [{"message_id": "<1@aegis>"}]


def test_what_a_mail_server_refuses_can_be_had() -> None:
    """
    A recipient says by which code it is refused, a password that is invalid is, and too large a mail is.
    """
    worlds = Worlds()
    with mailroom(worlds, size=5_000) as port, smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.send_message(mail("kim+550@example.com"))
        assert refused.value.recipients["kim+550@example.com"][0] == 550
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("aegis", "invalid")
        client.login("aegis", "anything else")
        with pytest.raises(smtplib.SMTPResponseException) as too_large:
            client.sendmail("a@example.com", [TO], b"text\r\n" * 2_000)
        assert too_large.value.smtp_code == 552
    assert len(worlds.default.inbox) == 0


def test_tls_is_offered_where_the_mock_has_a_certificate() -> None:
    """
    With ``--tls`` clients that insist on STARTTLS get it.
    """
    authority, worlds = trustme.CA(), Worlds()
    served, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(served)
    authority.configure_trust(trusting)
    with mailroom(worlds, tls=served) as port, smtplib.SMTP("127.0.0.1", port) as client:
        client.starttls(context=trusting)
        client.send_message(mail())
    assert len(worlds.default.inbox) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Subject: =?broken?Q?=\r\n\r\n\xff\xfe",
        b"Content-Type: text/plain; charset=none-such\r\n\r\ntext",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nnothing",
        b"To: \xff\r\nSubject: a\r\n b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
)
def test_a_mail_that_is_none_is_taken_too(content: bytes) -> None:
    """
    Whatever stands between DATA and the dot: the server answers, and goes on.
    """
    worlds = Worlds()
    with mailroom(worlds) as port, smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("a@example.com", [TO], content)
        client.send_message(mail())
    assert len(worlds.default.inbox) == 2


def test_there_is_a_bound_to_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    More than so many connections at once are told to come later, and more than so many recipients of one mail.
    """
    monkeypatch.setattr(_smtp, "CONNECTIONS", 2)
    monkeypatch.setattr(_smtp, "RECIPIENTS", 3)
    worlds = Worlds()
    with mailroom(worlds) as port:
        first, second = (smtplib.SMTP("127.0.0.1", port) for _ in range(2))
        with socket.create_connection(("127.0.0.1", port), 5) as third:
            assert third.recv(100).startswith(b"421")
        refused = first.sendmail("a@example.com", [f"{n}@example.com" for n in range(5)], b"text")
        assert sorted(refused) == ["3@example.com", "4@example.com"]
        first.quit()
        second.quit()
    assert len(worlds.default.inbox) == 3
