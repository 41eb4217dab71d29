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
        "privatekey", "secretkey", "secretaccesskey", "secretstring", "consumerkey", "subscriptionkey", "accesskey",
        "accesskeyid", "authkey", "servicekey", "signingkey", "encryptionkey", "sessionid", "jsessionid", "phpsessid",
        "sid", "rrn", "residentregistrationnumber", "mnemonic", "seedphrase", "recoverycode", "cvv2", "cvc2",
        "basicauth", "signature", "codeverifier", "assertion", "clientassertion", "cardnumber", "ssn",
    }
)  # fmt: skip
_ENDS = (
    "password", "passwd", "secret", "token", "apikey", "secretkey", "privatekey", "servicekey", "accesskey",
    "subscriptionkey", "credentials", "signature", "otpcode", "pincode", "passcode", "verificationcode", "mfacode",
)  # fmt: skip
# What is said of a password is not much less secret than the password: its hash, its confirmation, its old value.
_SAID_OF = re.compile(r"pass(?:word|wd|phrase)(?:confirm(?:ation)?|repeat|again|hash|digest|salt|old|new|value|[0-9])")
# Our users' forms call them so, whatever stands around the words.
_KOREAN = (
    "비밀번호",
    "암호",
    "인증번호",
    "인증코드",
    "주민등록번호",
    "주민번호",
    "외국인등록번호",
    "토큰",
    "비밀키",
    "인증키",
    "서비스키",
)
_PLAIN = re.compile(r"(next|prev|previous|page|nextpage|continuation|sync|cancellation|count|max)token")
_WORD = (
    r"(?:pass(?:word|wd|phrase)|pwd|secret|(?<!page)(?<!page[_-])(?<!next)(?<!next[_-])token|api[-_]?key|service[-_]?key|"
    r"access[-_]?key|private[-_]?key|authorization|cookie|credentials?|" + "|".join(_KOREAN) + ")"
)
_PAIR = re.compile(_WORD + r"""(["']?\s{0,8}[:=]\s{0,8})("(?:[^"\\]|\\.)*"|'[^']*'|[^\s&,;<>"'\[]+)""", re.IGNORECASE)
_ELEMENT = re.compile(r"(<(?:[\w.-]{0,40}:)?[\w.-]{0,40}" + _WORD + r"(?:\s[^<>]{0,400})?>)[^<]+(?=</)", re.IGNORECASE)
_SCHEME = re.compile(r"\b(bearer|basic|digest)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_well_known(name: str) -> bool:
    """
    Say whether a header, parameter or member of this name holds a secret, however its words are joined.
    """
    if not name.isascii() and any(word in name[:200] for word in _KOREAN):
        return True
    plain = re.sub(r"[^a-z0-9]", "", name[:200].lower())
    if plain in _WHOLE or _SAID_OF.search(plain):
        return True
    return plain.endswith(_ENDS) and _PLAIN.fullmatch(plain) is None


def scrubbed(text: str) -> str:
    """
    Hide what stands behind such a name in text of any form, and what follows the name of a scheme.
    """
    text = _SCHEME.sub(lambda match: f"{match[1]} {HIDDEN}", text)  # first: a scheme's name is no secret itself
    text = _PAIR.sub(lambda match: match[0][: match.start(2) - match.start()] + HIDDEN, text)
    return _ELEMENT.sub(lambda match: match[1] + HIDDEN, text)
