"""
Writing a mail: multipart/alternative, text and HTML.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import quote

from aegis_runtime import Secret
from aegis_sdk.email._settings import EmailSettings, Language
from aegis_sdk.email._templates import SUBJECTS, rendered
from aegis_sdk.errors import EmailError


def verification(
    settings: EmailSettings, to: str, *, user_name: str | None, token: str | Secret, language: Language | None = None
) -> EmailMessage:
    """
    Write the mail that asks to confirm an e-mail address.
    """
    link = _link(settings, "verify", token)
    variables = {"user_name": user_name or "", "verification_link": link}
    return compose(settings, to, "email_verification", variables, language=language)


def password_reset(
    settings: EmailSettings, to: str, *, user_name: str | None, token: str | Secret, language: Language | None = None
) -> EmailMessage:
    """
    Write the mail that lets a user choose a new password.
    """
    link = _link(settings, "reset-password", token)
    return compose(
        settings, to, "password_reset", {"user_name": user_name or "", "reset_link": link}, language=language
    )


def compose(
    settings: EmailSettings,
    to: str,
    template: str,
    variables: Mapping[str, object],
    subject: str = "",
    *,
    language: Language | None = None,
) -> EmailMessage:
    """
    Write a mail from ``<template>.html`` and ``<template>.txt``, of the settings' folder or ours.

    Args:
        variables: of the template; ``user_name`` may be left out, then the greeting has none.
        subject: needed for templates other than our own two.

    Raises:
        EmailError: the address is none, the subject cannot be one, the template does not exist, or a variable of it is
            missing.
        MissingExtraError: Jinja2 is not installed.
    """
    chosen = language or settings.language
    text, html = rendered(settings, template, chosen, {"user_name": "", **variables})
    message = EmailMessage()
    message["From"] = settings.sender_address
    message["To"] = _address(to)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=settings.sender_address.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nobody's holiday notice answers it
    fault = ""
    try:
        message["Subject"] = subject or SUBJECTS.get((template, chosen), template)
        message.set_content(text, charset="utf-8")
        message.add_alternative(html, subtype="html", charset="utf-8")
    except (ValueError, TypeError):  # line breaks in the subject, half characters in a name
        fault = "subject and text must be text of one line, and of characters that can be written (values hidden)"
    if fault:
        raise EmailError(fault)
    message["Content-Language"] = chosen  # the content's own fields come after it
    return message


def _link(settings: EmailSettings, path: str, token: str | Secret) -> str:
    plain = token.reveal() if isinstance(token, Secret) else token
    fault = ""
    try:
        return f"{settings.link_base.rstrip('/')}/{path}?token={quote(plain, safe='')}"
    except (TypeError, UnicodeError):
        fault = "the token must be text (value hidden)"
    raise EmailError(fault)


def _address(text: str) -> Address:
    address: Address | None = None
    with contextlib.suppress(ValueError, IndexError, MessageError, TypeError, AttributeError):
        address = Address(addr_spec=text)
    # Raised out here, so that no traceback leads to the exception that quotes the address.
    if address is None or not address.domain or not address.username:
        raise EmailError("the recipient is no e-mail address (value hidden)")
    return address
