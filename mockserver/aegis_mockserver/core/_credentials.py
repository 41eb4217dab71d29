"""
Credentials: any that is well formed is accepted; one with the word ``invalid`` is 401, with ``forbidden`` 403.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from aegis_contracts import Violation
from aegis_contracts.exchange import Challenge, Credential
from aegis_mockserver.core._messages import Problem

if TYPE_CHECKING:
    from aegis_mockserver.core._journey import Trip

_WORDS = re.compile(r"[a-z]+")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def refusal(trip: Trip, found: tuple[Credential, ...] | Challenge) -> Problem | None:
    """
    Refuse a request that lacks credentials, or carries one of the two magic ones.
    """
    if isinstance(found, Challenge):
        schemes = " or ".join(found.schemes)
        mend = f"send a credential for {schemes}"
        violation = Violation("/header/Authorization", "security", f"must carry a credential for {schemes}", "", mend)
        trip.violations = (*trip.violations, violation)
        headers = {"WWW-Authenticate": found.header} if found.header else {}
        return Problem("unauthorized", 401, f"Send a credential for {schemes}.", headers=headers)
    for credential in found:
        value = _secret(credential)
        said = _WORDS.findall(value.lower()) if value is not None else ["invalid"]
        if value is None or "invalid" in said:
            return Problem(
                "unauthorized", 401, "The credential is not valid.", headers={"WWW-Authenticate": _header(credential)}
            )
        if "forbidden" in said:
            return Problem("forbidden", 403, "The credential does not allow this operation.")
        trip.credential += value
    return None


def _secret(credential: Credential) -> str | None:
    """
    Return what decides: the token, the key, or the user's name and password; None when it is malformed.
    """
    value = credential.value
    if credential.kind == "mutualTLS":
        return ""
    if credential.kind == "basic":
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        if not colon:
            return None
        return f"{user} {password}"
    if credential.kind == "bearer":
        return value if _VISIBLE.fullmatch(value) else None
    return value.rpartition(" ")[2]  # an API key may follow a word of its provider's own, as in "Infuser <key>"


def _header(credential: Credential) -> str:
    match credential.kind:
        case "bearer":
            return 'Bearer realm="api", error="invalid_token"'
        case "basic":
            return 'Basic realm="api", charset="UTF-8"'
        case _:
            return 'ApiKey realm="api"'
