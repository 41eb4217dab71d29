"""
2 · authenticate: who calls.

Any credential that is well formed is accepted; one with the word ``invalid`` is 401, with ``forbidden`` 403.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aegis_contracts import Violation
from aegis_contracts.exchange import Challenge, Credential
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core._rules import Validate
from aegis_mockserver.core.operations._operation import CompiledOperation

_WORDS = re.compile(r"[a-z]+")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Caller:
    """
    What the credentials of a request say.

    Args:
        credential: what idempotency keys belong to.
        violations: what is missing.
        refusal: why the request is not answered.
    """

    credential: str = ""
    violations: tuple[Violation, ...] = ()
    refusal: Problem | None = None


ANYBODY = Caller()


def authenticate(routed: Routed, validate: Validate) -> Caller:
    """
    Read the credentials that the operation asks for.
    """
    security = routed.operation.security
    if security is None or validate == "off":
        return ANYBODY
    caller = _caller(security.read(routed.query, routed.request.fields))
    return caller if validate == "strict" else Caller(caller.credential, caller.violations)


def always(operation: CompiledOperation, fields: Mapping[str, str], validate: Validate) -> Caller | None:
    """
    Return who calls whenever a request carries these header fields; None where the query may say it, too.
    """
    security = operation.security
    if security is None or validate == "off":
        return ANYBODY
    return None if security.asks else _caller(security.read("", fields))


def _caller(found: tuple[Credential, ...] | Challenge) -> Caller:
    if isinstance(found, Challenge):
        schemes = " or ".join(found.schemes)
        mend = f"send a credential for {schemes}"
        violation = Violation("/header/Authorization", "security", f"must carry a credential for {schemes}", "", mend)
        headers = {"WWW-Authenticate": found.header} if found.header else {}
        refusal = Problem("unauthorized", 401, f"Send a credential for {schemes}.", headers=headers)
        return Caller("", (violation,), refusal)
    every = ""
    for credential in found:
        value = _secret(credential)
        said = _WORDS.findall(value.lower()) if value is not None else ["invalid"]
        if value is None or "invalid" in said:
            headers = {"WWW-Authenticate": _header(credential)}
            return Caller(every, (), Problem("unauthorized", 401, "The credential is not valid.", headers=headers))
        if "forbidden" in said:
            return Caller(every, (), Problem("forbidden", 403, "The credential does not allow this operation."))
        every += value
    return Caller(every)


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
        except ValueError:  # what is no base64, or no UTF-8
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
