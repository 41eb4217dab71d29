"""
Security requirements: which credentials a request carries (OpenAPI 3.1 §4.8.30), not whether they are good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aegis_contracts._model import Operation
from aegis_contracts.exchange._parameters import UndecodableError, cookies, decode, pairs


@dataclass(frozen=True, slots=True)
class Credential:
    """
    One credential of a request; its value stays out of ``repr``.
    """

    scheme: str
    kind: Literal["bearer", "basic", "http", "apiKey", "mutualTLS"]
    value: str

    def __repr__(self) -> str:
        return f"Credential(scheme={self.scheme!r}, kind={self.kind!r}, value=hidden)"


@dataclass(frozen=True, slots=True)
class Challenge:
    """
    What a request lacks: the schemes that would do, and the WWW-Authenticate value that says so (RFC 9110 §11.6.1).
    """

    schemes: tuple[str, ...]
    header: str


class SecurityReader:
    """
    Reads the credentials of one operation's requests.
    """

    __slots__ = ("_choices", "operation")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        schemes = operation.contract.security_schemes
        self._choices = [
            [(name, schemes[name].node if name in schemes else {}) for name in choice] for choice in operation.security
        ]

    @property
    def asks(self) -> bool:
        """
        Say whether a credential may stand in the query.
        """
        places = (
            scheme.get("in") for choice in self._choices for _, scheme in choice if scheme.get("type") == "apiKey"
        )
        return any(place not in {"header", "cookie"} for place in places)

    def read(self, query: str, headers: Mapping[str, str]) -> tuple[Credential, ...] | Challenge:
        """
        Return the credentials of the first alternative that is complete, or what would make one.

        An operation without requirements, or with the alternative ``{}``, needs none.
        """
        if not self._choices:
            return ()
        optional = False
        for choice in self._choices:
            if not choice:
                optional = True
                continue
            found = [_credential(name, scheme, query, headers) for name, scheme in choice]
            if all(found):
                return tuple(credential for credential in found if credential)
        if optional:
            return ()
        names = tuple(dict.fromkeys(name for choice in self._choices for name, _ in choice))
        challenges = dict.fromkeys(_challenge(scheme) for choice in self._choices for _, scheme in choice)
        return Challenge(names, ", ".join(challenges))


def _credential(name: str, scheme: Mapping[str, str], query: str, headers: Mapping[str, str]) -> Credential | None:
    match scheme.get("type"):
        case "http" | "oauth2" | "openIdConnect":
            wanted = str(scheme.get("scheme", "bearer")).lower()
            given, _, value = headers.get("authorization", "").partition(" ")
            if given.lower() != wanted or not value.strip():
                return None
            kind = wanted if wanted in {"bearer", "basic"} else "http"
            return Credential(name, kind, value.strip())  # type: ignore[arg-type]  # narrowed by the line above
        case "apiKey":
            value = _key(scheme, query, headers)
            return Credential(name, "apiKey", value) if value else None
        case "mutualTLS":
            return Credential(name, "mutualTLS", "")
        case None if not scheme:  # nobody says what it is, so nothing that is sent, or not, can be wrong
            return Credential(name, "http", headers.get("authorization", ""))
        case _:
            return None


def _key(scheme: Mapping[str, str], query: str, headers: Mapping[str, str]) -> str:
    name = scheme.get("name", "")
    match scheme.get("in"):
        case "header":
            return headers.get(name.lower(), "")
        case "cookie":
            return cookies(headers.get("cookie")).get(name, "").rpartition(";")[2]
        case _:
            try:
                return next((decode(v, plus=True) for k, v in pairs(query) if decode(k, plus=True) == name), "")
            except UndecodableError:
                return ""


def _challenge(scheme: Mapping[str, str]) -> str:
    match scheme.get("type"), str(scheme.get("scheme", "")).lower():
        case "http", "basic":
            return 'Basic realm="api", charset="UTF-8"'
        case "http", other if other != "bearer":
            return other.capitalize()
        case "apiKey", _:
            return f'ApiKey realm="api", in="{scheme.get("in", "")}", name="{scheme.get("name", "")}"'
        case _:
            return 'Bearer realm="api"'
