"""
Names that everybody uses for secrets: what they hold is hidden, whatever a contract says or does not say.
"""

from __future__ import annotations

import re
from functools import lru_cache

HIDDEN = "[hidden]"
_WHOLE = frozenset(
    {
        "auth", "authorization", "proxyauthorization", "cookie", "setcookie", "password", "passwd", "passwort", "pwd",
        "passphrase", "passcode", "secret", "token", "jwt", "otp", "pin", "cvv", "cvc", "credential", "credentials",
        "privatekey", "secretkey", "accesskey", "accesskeyid", "authkey", "servicekey", "signingkey", "encryptionkey",
        "sessionid", "sid", "signature", "codeverifier", "assertion", "clientassertion", "cardnumber", "ssn",
    }
)  # fmt: skip
_ENDS = ("password", "passwd", "secret", "token", "apikey", "secretkey", "privatekey", "servicekey", "credentials")
_PLAIN = re.compile(r"(next|prev|previous|page|nextpage|continuation|sync|cancellation|count|max)token")
_WORD = (
    r"(?:pass(?:word|wd|phrase)|pwd|secret|(?<!page)(?<!page[_-])(?<!next)(?<!next[_-])token|api[-_]?key|service[-_]?key|"
    r"access[-_]?key|private[-_]?key|authorization|cookie|credentials?)"
)
_PAIR = re.compile(_WORD + r"""(["']?\s{0,8}[:=]\s{0,8})("(?:[^"\\]|\\.)*"|'[^']*'|[^\s&,;<>"'\[]+)""", re.IGNORECASE)
_ELEMENT = re.compile(r"(<(?:[\w.-]{0,40}:)?[\w.-]{0,40}" + _WORD + r"(?:\s[^<>]{0,400})?>)[^<]+(?=</)", re.IGNORECASE)
_SCHEME = re.compile(r"\b(bearer|basic|digest)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_well_known(name: str) -> bool:
    """
    Say whether a header, parameter or member of this name holds a secret, however its words are joined.
    """
    plain = re.sub(r"[^a-z0-9]", "", name[:200].lower())
    if plain in _WHOLE:
        return True
    return plain.endswith(_ENDS) and _PLAIN.fullmatch(plain) is None


def scrubbed(text: str) -> str:
    """
    Hide what stands behind such a name in text of any form, and what follows the name of a scheme.
    """
    text = _PAIR.sub(lambda match: match[0][: match.start(2) - match.start()] + HIDDEN, text)
    text = _ELEMENT.sub(lambda match: match[1] + HIDDEN, text)
    return _SCHEME.sub(lambda match: f"{match[1]} {HIDDEN}", text)
