"""
Mails, over a real SMTP server with TLS.
"""

from __future__ import annotations

import asyncio
import email
import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from typing import Any, Literal

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from aegis_runtime import Circuit, RetryPolicy
from aegis_sdk.email import AsyncEmailSender, EmailSender, EmailSettings, compose
from aegis_sdk.errors import ConfigurationError, EmailError, EmailRefusedError, EmailUnavailableError

AT_ONCE = RetryPolicy(base=0.0)
CANARY = "canary-3b1f"


@dataclass
class Mailbox:
    """
    A mail server's handler: keeps what it takes, and answers what it is told to.
    """

    answers: list[str] = field(default_factory=list[str])
    taken: list[EmailMessage] = field(default_factory=list[EmailMessage])
    secure: list[bool] = field(default_factory=list[bool])

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answers and (answer := self.answers.pop(0)):
            return answer
        self.secure.append(session.ssl is not None)
        self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


class StartTlsController(Controller):
    def __init__(self, handler: Mailbox, context: ssl.SSLContext) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0)
        self.context = context

    def factory(self) -> SMTP:
        return SMTP(
            self.handler,
            tls_context=self.context,
            require_starttls=True,
            authenticator=lambda *given: AuthResult(success=given[-1].password == CANARY.encode(), handled=False),
            auth_required=True,
        )

    def _trigger_server(self) -> None:
        """
        Wake the server up at the port that the system chose.
        """
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[tuple[Mailbox, int]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    mailbox = Mailbox()
    controller = StartTlsController(mailbox, context)
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        controller.stop()


def settings(port: int, **changed: Any) -> EmailSettings:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "username": "aegis",
        "password": CANARY,
        "timeout": 10.0,
    }
    return EmailSettings(**given | changed)


def send(
    kind: str,
    what: EmailSettings,
    context: ssl.SSLContext,
    method: str = "send_verification",
    circuit: Circuit | Literal[False] = False,
) -> str:
    about = {"user_name": "김서연", "token": "t/0k+n"}
    if kind == "sync":
        with EmailSender(what, context=context, retry=AT_ONCE, circuit_breaker=circuit) as sender:
            return str(getattr(sender, method)("seoyeon@example.kr", **about))

    async def go() -> str:
        async with AsyncEmailSender(what, context=context, retry=AT_ONCE, circuit_breaker=circuit) as sender:
            return str(await getattr(sender, method)("seoyeon@example.kr", **about))

    return asyncio.run(go())


both = pytest.mark.parametrize("kind", ["sync", "async"])


@both
@pytest.mark.parametrize(
    ("method", "subject", "link"),
    [
        ("send_verification", "이지스 이메일 인증", "https://aegis.example.com/verify?token=t%2F0k%2Bn"),
        ("send_password_reset", "이지스 비밀번호 재설정", "https://aegis.example.com/reset-password?token=t%2F0k%2Bn"),
    ],
)
def test_mails_arrive_as_text_and_html(
    kind: str, method: str, subject: str, link: str, server: tuple[Mailbox, int], client_tls: ssl.SSLContext
):
    """
    Both mails arrive over TLS as multipart/alternative: text first, then HTML, each with the link.
    """
    mailbox, port = server
    identifier = send(kind, settings(port), client_tls, method)
    (mail,) = mailbox.taken
    assert (mail["Subject"], mail["Message-ID"], mailbox.secure) == (subject, identifier, [True])
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    for part in (text, html):
        assert link in part.get_content()
        assert "김서연님" in part.get_content()


@both
def test_a_busy_server_is_asked_again(kind: str, server: tuple[Mailbox, int], client_tls: ssl.SSLContext):
    """
    A transient refusal (4yz) is tried again, and the mail arrives once.
    """
    mailbox, port = server
    mailbox.answers = ["451 busy", "421 come back"]
    send(kind, settings(port), client_tls)
    assert len(mailbox.taken) == 1


@both
def test_a_refusal_for_good_is_not_repeated(kind: str, server: tuple[Mailbox, int], client_tls: ssl.SSLContext):
    """
    A permanent refusal (5yz) is raised at once, with its code.
    """
    mailbox, port = server
    mailbox.answers = ["554 no", "554 no"]
    with pytest.raises(EmailRefusedError) as refused:
        send(kind, settings(port), client_tls)
    assert refused.value.code == 554
    assert len(mailbox.answers) == 1


@both
def test_a_wrong_password_is_a_refusal_that_hides_it(
    kind: str, server: tuple[Mailbox, int], client_tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
):
    """
    A wrong password is refused, and neither error, log nor repr shows it or the recipient.
    """
    _, port = server
    caplog.set_level(logging.DEBUG, "aegis_sdk")
    wrong = settings(port, password="wrong-" + CANARY)
    with pytest.raises(EmailRefusedError) as refused:
        send(kind, wrong, client_tls)
    shown = repr(wrong) + str(refused.value) + repr(refused.value.args) + caplog.text
    assert CANARY not in shown
    assert "seoyeon" not in shown


@both
def test_a_server_that_nobody_trusts_gets_no_password(kind: str, server: tuple[Mailbox, int]):
    """
    A certificate that cannot be verified ends the attempt before anything is sent.
    """
    mailbox, port = server
    with pytest.raises(EmailUnavailableError):
        send(kind, settings(port, max_retries=0), ssl.create_default_context())
    assert mailbox.taken == []


@both
def test_a_server_that_is_not_there_is_unavailable(kind: str, client_tls: ssl.SSLContext):
    """
    When nothing listens, the error says which server, how often and how long.
    """
    with pytest.raises(EmailUnavailableError, match=r"127\.0\.0\.1:9 could not be reached .*, 2 attempts in 10 s"):
        send(kind, settings(9, max_retries=1), client_tls)


def test_names_are_escaped_in_html_and_not_in_text():
    """
    A user's name cannot smuggle markup into the HTML part.
    """
    variables = {"user_name": "<b>김</b>", "verification_link": "https://x.example"}
    text, html = compose(settings(25), "a@example.kr", "email_verification", variables).iter_parts()
    assert "<b>김</b>" in text.get_content()
    assert "&lt;b&gt;김" in html.get_content()


@pytest.mark.parametrize("to", ["nobody", "", "a@b.kr\r\nBcc: c@d.kr", "a b@c.kr", "@example.kr"])
def test_a_recipient_that_is_no_address_is_refused(to: str):
    """
    What is no single address is refused before any server is asked, and not shown.
    """
    with pytest.raises(EmailError, match="recipient") as refused:
        compose(settings(25), to, "email_verification", {"user_name": "", "verification_link": ""})
    assert not to or to not in str(refused.value)


def test_a_forgotten_variable_is_named():
    """
    A template never says "undefined" to a user: the missing variable is named instead.
    """
    with pytest.raises(EmailError, match="reset_link"):
        compose(settings(25), "a@example.kr", "password_reset", {"user_name": "김"})


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "AEGIS_EMAIL_HOST"),
        ({"AEGIS_EMAIL_HOST": "mail", "AEGIS_EMAIL_PORT": "x"}, "AEGIS_EMAIL_PORT"),
        ({"AEGIS_EMAIL_HOST": "mail", "AEGIS_EMAIL_TLS": "ssl"}, "starttls"),
        ({"AEGIS_EMAIL_HOST": "mail", "AEGIS_EMAIL_TLS": "none", "AEGIS_EMAIL_PASSWORD": CANARY}, "without TLS"),
        ({"AEGIS_EMAIL_HOST": "mail", "AEGIS_EMAIL_SENDER": "nobody"}, "sender"),
        ({"AEGIS_EMAIL_HOST": "mail", "AEGIS_EMAIL_LINK_BASE": "ftp://x"}, "link_base"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(environment: dict[str, str], said: str):
    """
    A setting that is missing or impossible is named when it is read, not when the first mail fails.
    """
    with pytest.raises(ConfigurationError, match=said) as refused:
        EmailSettings.from_environment(environment)
    assert CANARY not in str(refused.value)


def test_settings_come_from_the_environment():
    """
    Everything can be set without code, and the port follows from the kind of TLS.
    """
    found = EmailSettings.from_environment({"AEGIS_EMAIL_HOST": "mail.example.kr", "AEGIS_EMAIL_TLS": "implicit"})
    assert (found.host, found.actual_port) == ("mail.example.kr", 465)
