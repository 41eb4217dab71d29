"""
What the user says about a run: credentials, fixtures, bounds.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from aegis_contracts import Operation
from aegis_verifier._values import Headers

DEFAULT_CREDENTIAL = "aegis-verify"


class Inbox(Protocol):
    """
    Where mails and SMS of the provider can be read.
    """

    def texts(self, to: str) -> list[str]:
        """
        Return the texts of all messages to an address or number so far, oldest first.
        """
        ...


def arrived(inbox: Inbox, to: str, before: Mapping[str, int]) -> list[str]:
    """
    Return the texts that have come to somebody since then, oldest first.

    Args:
        before: how often each text was there; an inbox may forget some of them, or be several.
    """
    known, found = dict(before), list[str]()
    for text in inbox.texts(to):
        if known.get(text, 0) > 0:
            known[text] -= 1
        else:
            found.append(text)
    return found


@dataclass(frozen=True)
class Credentials:
    """
    Credentials by security scheme; the empty name stands for every scheme that has none of its own.

    A value is the token, the key, or ``user:password``.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def choice(self, operation: Operation) -> dict[str, str] | None:
        """
        Return the values of the first alternative that is complete; None where there is none.
        """
        for alternative in operation.security:
            found = {name: self.values.get(name, self.values.get("", "")) for name in alternative}
            if all(found.values()):
                return found
        return None


@dataclass(frozen=True)
class Fixtures:
    """
    Values that only the provider's people know.

    Args:
        parameters: by name, or by ``operation.name``; the first is used, the others are tried after it.
        fields: of bodies, likewise.
        bodies: whole bodies by operation.
    """

    parameters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    fields: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    bodies: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])

    def parameter(self, operation: Operation, name: str) -> tuple[Any, ...]:
        """
        Return what is given for a parameter.
        """
        return self.parameters.get(f"{operation.key}.{name}") or self.parameters.get(name) or ()

    def field(self, operation: Operation, name: str) -> tuple[Any, ...]:
        """
        Return what is given for a member of a body.
        """
        return self.fields.get(f"{operation.key}.{name}") or self.fields.get(name) or ()


@dataclass(frozen=True)
class Settings:
    """
    How to verify.

    Args:
        seed: another one makes other cases.
        timeout: seconds for one exchange; longer is a hang.
        credentials: that the provider accepts.
        forbidden: that it knows and that may do nothing.
        inbox: where its messages can be read.
        setup: prepares a provider state: gets the operation's key.
        patience: seconds that a message or an event may take to arrive.
        owned: the provider serves this run alone, so whatever happens there was caused by it.
    """

    seed: str = "0"
    timeout: float = 10.0
    credentials: Credentials = field(default_factory=Credentials)
    forbidden: Credentials | None = None
    fixtures: Fixtures = field(default_factory=Fixtures)
    headers: Headers = field(default=(), repr=False)
    inbox: Inbox | None = None
    setup: Callable[[str], None] | None = None
    patience: float = 5.0
    owned: bool = False


def carried(operation: Operation, values: Mapping[str, str]) -> tuple[Headers, str]:
    """
    Write credentials as they travel: headers, and what is appended to the query.
    """
    headers: list[tuple[str, str]] = []
    cookies: list[str] = []
    query: list[str] = []
    for name, value in values.items():
        element = operation.contract.security_schemes.get(name)
        scheme: Mapping[str, Any] = element.node if element is not None else {}
        where, key = scheme.get("in"), str(scheme.get("name", ""))
        if scheme.get("type") == "apiKey":
            told = f"{element.extensions.get('x-prefix', '')}{value}" if element is not None else value
            match where:
                case "query":
                    query.append(f"{quote(key, safe='')}={quote(value, safe='')}")
                case "cookie":
                    cookies.append(f"{key}={value}")
                case _:
                    headers.append((key, told))
        elif scheme.get("type") == "mutualTLS":
            continue
        elif str(scheme.get("scheme", "")).lower() == "basic":
            pair = value if ":" in value else f"{value}:{value}"
            headers.append(("authorization", "Basic " + base64.b64encode(pair.encode()).decode()))
        else:
            word = str(scheme.get("scheme", "Bearer"))
            headers.append(("authorization", f"{word[:1].upper()}{word[1:]} {value}"))
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    return tuple(headers), "&".join(query)
