"""
E-mail: the verification and password-reset mails, over SMTP with TLS, from a sync and an async sender.

Writes what the templates say and hands it to a mail server; whether it is read is not known here. Needs the extra
``email``.
"""

from __future__ import annotations

from aegis_sdk.email._message import compose, password_reset, verification
from aegis_sdk.email._sender import AsyncEmailSender, EmailSender
from aegis_sdk.email._settings import EmailSettings, Language, Tls
from aegis_sdk.errors import (
    EmailCircuitOpenError,
    EmailError,
    EmailRefusedError,
    EmailTlsError,
    EmailUnavailableError,
)

__all__ = [
    "AsyncEmailSender",
    "EmailCircuitOpenError",
    "EmailError",
    "EmailRefusedError",
    "EmailSender",
    "EmailSettings",
    "EmailTlsError",
    "EmailUnavailableError",
    "Language",
    "Tls",
    "compose",
    "password_reset",
    "verification",
]
