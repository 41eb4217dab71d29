"""
What a world was sent: mails and SMS, and which of them somebody looks for.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Inbox, Message

MANY = 1_000
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@control.on("GET", "/inbox/mails")
def list_mails(call: Call) -> Answer:
    """
    List the mails, oldest first.

    Query:
        to: only those to this address; case makes no difference.
        contains: only those whose subject or text has this in it.
        limit: how many of the latest at most; 1000 if left out.

    Answers:
        200 {mails, total}: The mails.
    """
    return _messages(call, "mail", "mails")


@control.on("GET", "/inbox/mails/{number}")
def get_mail(call: Call) -> Answer | Problem:
    """
    Read one mail.

    Answers:
        200 {number, to, subject, text, html}: The mail.
        404: There is no such mail.
    """
    message = _message(call)
    return message if isinstance(message, Problem) else Answer(200, _told(message), origin="control")


@control.on("GET", "/inbox/mails/{number}/html")
def get_mail_html(call: Call) -> Answer | Problem:
    """
    Read the HTML part of one mail.

    Answers:
        200 text/html: What a mail reader would show.
        404: There is no such mail.
    """
    message = _message(call)
    if isinstance(message, Problem):
        return message
    # Nothing in a mail may run or load anything when it is looked at beside the control page.
    headers = {"Content-Security-Policy": MAIL_POLICY}
    content = message.html.encode()
    return Answer(200, headers=headers, media_type="text/html; charset=utf-8", content=content, origin="control")


@control.on("GET", "/inbox/mails/{number}/raw")
def get_mail_raw(call: Call) -> Answer | Problem:
    """
    Read one mail as it would have been sent: multipart/alternative with a text and an HTML part.

    Answers:
        200 message/rfc822: The mail.
        404: There is no such mail.
    """
    message = _message(call)
    if isinstance(message, Problem):
        return message
    return Answer(200, media_type="message/rfc822", content=_mime(call, message), origin="control")


@control.on("GET", "/inbox/sms")
def list_sms(call: Call) -> Answer:
    """
    List the SMS, oldest first.

    Query:
        to: only those to this number, with or without hyphens.
        contains: only those whose text has this in it.
        limit: how many of the latest at most; 1000 if left out.

    Answers:
        200 {sms, total}: The SMS.
    """
    return _messages(call, "sms", "sms")


@control.on("DELETE", "/inbox")
def clear_inbox(call: Call) -> Answer:
    """
    Forget all mails and SMS.

    Answers:
        204: They are forgotten.
    """
    call.world.inbox.clear()
    return Answer(204, origin="control")


def _messages(call: Call, kind: Literal["mail", "sms"], name: str) -> Answer:
    found = _find(call.world.inbox, kind, call.query.get("to", ""), call.query.get("contains", ""))
    latest = found[-limit:] if (limit := call.number("limit", MANY)) else []
    return Answer(200, {name: [_told(message) for message in latest], "total": len(found)}, origin="control")


def _find(inbox: Inbox, kind: str, to: str, contains: str) -> list[Message]:
    found = inbox.find(kind=kind, contains=contains)
    if not to:
        return found
    wanted = _address(to)
    return [message for message in found if _address(message.to) == wanted]


def _address(text: str) -> str:
    return text.lower() if "@" in text else text.replace("-", "")


def _message(call: Call) -> Message | Problem:
    number = call.values["number"]
    for message in call.world.inbox:
        if message.kind == "mail" and str(message.number) == number:
            return message
    return Problem("no_such_message", 404, "GET /__mock__/inbox/mails lists the mails of this world.")


def _told(message: Message) -> dict[str, Any]:
    """
    Tell a message, and of a mail its link and the link's token, so that a test need not parse the text.
    """
    value = message.as_value()
    del value["kind"]
    if message.kind == "sms":
        return {name: item for name, item in value.items() if name not in {"subject", "html", "template"}}
    links = [text for name, text in message.variables.items() if name.endswith("_link")]
    if links:
        value["link"] = links[0]
        value["token"] = parse_qs(urlsplit(links[0]).query).get("token", [""])[0]
    return value


def _mime(call: Call, message: Message) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = message.sender
    mail["To"] = message.to
    mail["Date"] = format_datetime(call.world.clock.now())
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail.as_bytes()
