"""
Writing a mail: multipart/alternative, text and HTML, from Jinja2 templates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from aegis_sdk.email._settings import EmailSettings
from aegis_sdk.errors import EmailError, MissingExtraError

if TYPE_CHECKING:
    import jinja2

SUBJECTS = {"email_verification": "이지스 이메일 인증", "password_reset": "이지스 비밀번호 재설정"}


def verification(settings: EmailSettings, to: str, *, user_name: str, token: str) -> EmailMessage:
    """
    Write the mail that asks to confirm an e-mail address.
    """
    link = f"{settings.link_base.rstrip('/')}/verify?token={quote(token, safe='')}"
    return compose(settings, to, "email_verification", {"user_name": user_name, "verification_link": link})


def password_reset(settings: EmailSettings, to: str, *, user_name: str, token: str) -> EmailMessage:
    """
    Write the mail that lets a user choose a new password.
    """
    link = f"{settings.link_base.rstrip('/')}/reset-password?token={quote(token, safe='')}"
    return compose(settings, to, "password_reset", {"user_name": user_name, "reset_link": link})


def compose(
    settings: EmailSettings, to: str, template: str, variables: dict[str, str], subject: str = ""
) -> EmailMessage:
    """
    Write a mail from ``<template>.txt`` and ``<template>.html``.

    Args:
        subject: needed for templates other than our own two.

    Raises:
        EmailError: the address is none, the template does not exist, or a variable of it is missing.
        MissingExtraError: Jinja2 is not installed.
    """
    message = EmailMessage()
    message["Subject"] = subject or SUBJECTS.get(template, template)
    message["From"] = settings.sender_address
    message["To"] = _address(to)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=settings.sender_address.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nobody's holiday notice answers it
    message.set_content(_render(f"{template}.txt", variables), charset="utf-8")
    message.add_alternative(_render(f"{template}.html", variables), subtype="html", charset="utf-8")
    return message


def _address(text: str) -> Address:
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        raise EmailError("the recipient is no e-mail address (value hidden)") from None
    if not address.domain or not address.username:
        raise EmailError("the recipient is no e-mail address (value hidden)")
    return address


def _render(name: str, variables: dict[str, str]) -> str:
    try:
        import jinja2
    except ModuleNotFoundError:
        raise MissingExtraError("e-mail", "email") from None
    try:
        return _templates().get_template(name).render(variables)
    except jinja2.TemplateNotFound:
        raise EmailError(f"there is no template {name}") from None
    except jinja2.UndefinedError as error:
        raise EmailError(f"the template {name} needs a variable: {error.message}") from None


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("aegis_sdk.email", "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
