"""
Where mail goes out, and where its links lead.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, get_args

from aegis_sdk.errors import ConfigurationError

Tls = Literal["starttls", "implicit", "none"]
Language = Literal["ko", "en"]
_PORTS: dict[Tls, int] = {"starttls": 587, "implicit": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """
    How to reach the mail server, and what the mails say of their sender.

    Args:
        host: the mail server.
        port: 0 means the port that belongs to *tls*: 587, 465 or 25.
        username, password: for SMTP AUTH (RFC 4954); empty for none.
        tls: ``starttls`` (RFC 3207), ``implicit`` (RFC 8314), or ``none`` for a server on this machine.
        sender: the From header, such as ``이지스 <no-reply@aegis.example.com>``.
        link_base: what the links of the mails begin with.
        timeout: seconds for one mail, all attempts together.
        max_retries: further attempts after a transient failure.
        templates: a folder of your own: ``email_verification.html`` and the like in it stand in place of ours.
        language: of the mails, unless a mail says otherwise.

    Raises:
        ConfigurationError: a value cannot be meant; it is named, not shown.
    """

    host: str
    port: int = 0
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tls: Tls = "starttls"
    sender: str = "이지스 <no-reply@aegis.example.com>"
    link_base: str = "https://aegis.example.com"
    timeout: float = 30.0
    max_retries: int = 2
    templates: Path | str | None = None
    language: Language = "ko"

    def __post_init__(self) -> None:
        if not self.host:
            raise ConfigurationError("the mail server has no name: give host, or set AEGIS_EMAIL_HOST")
        if self.language not in get_args(Language):
            raise ConfigurationError(f"language must be one of {', '.join(get_args(Language))}")
        if self.templates is not None and not Path(self.templates).is_dir():
            raise ConfigurationError(f"templates: there is no folder {self.templates}")
        if not 0 < self.timeout < math.inf or self.max_retries < 0 or not 0 <= self.port < 65536:
            raise ConfigurationError("timeout must be more than 0 s, max_retries at least 0, and port a port")
        if self.tls not in get_args(Tls):
            raise ConfigurationError(f"tls must be one of {', '.join(get_args(Tls))}")
        if not self.link_base.startswith(("https://", "http://")):
            raise ConfigurationError("link_base must begin with https://")
        if self.password and self.tls == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ConfigurationError("a password is not sent without TLS: use tls='starttls' or 'implicit'")
        _ = self.sender_address

    @property
    def actual_port(self) -> int:
        """
        The port, chosen by *tls* when none is given.
        """
        return self.port or _PORTS[self.tls]

    @property
    def sender_address(self) -> Address:
        """
        The sender as a header has it.
        """
        name, address = parseaddr(self.sender)
        try:
            return Address(display_name=name, addr_spec=address)
        except (ValueError, IndexError, MessageError):
            raise ConfigurationError("sender must be an address such as 이지스 <no-reply@example.com>") from None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> EmailSettings:
        """
        Read ``AEGIS_EMAIL_HOST``, ``_PORT``, ``_USERNAME``, ``_PASSWORD``, ``_TLS``, ``_SENDER``, ``_LINK_BASE``,
        ``_TEMPLATES`` and ``_LANGUAGE``.

        Raises:
            ConfigurationError: a variable is missing or cannot be meant.
        """
        given = {
            name: value
            for name in ("host", "username", "password", "tls", "sender", "link_base", "templates", "language")
            if (value := environment.get(f"AEGIS_EMAIL_{name.upper()}"))
        }
        port = environment.get("AEGIS_EMAIL_PORT", "0")
        if not port.isascii() or not port.isdigit():
            raise ConfigurationError("AEGIS_EMAIL_PORT must be a number")
        return cls(**{"host": "", **given}, port=int(port))  # type: ignore[arg-type]  # tls is checked when made
