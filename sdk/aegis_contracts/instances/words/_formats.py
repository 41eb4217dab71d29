"""
Text in the formats of JSON Schema and OpenAPI.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final

from aegis_contracts.instances._context import Context
from aegis_contracts.instances.words._dates import day, instant
from aegis_contracts.instances.words._plain import NOUNS, PATHS, WORDS

# Takes the words of the property's name and the least length; a format that can be longer is at least that long.
Format = Callable[[Context, tuple[str, ...], int], str]

_B32: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def letters(context: Context, count: int, alphabet: str = _B32) -> str:
    """
    *count* letters of *alphabet*.
    """
    made: list[str] = []
    base = len(alphabet)
    while count > 0:
        number = context.below(1 << 32)
        for _ in range(min(count, 5)):
            number, index = divmod(number, base)
            made.append(alphabet[index])
        count -= 5
    return "".join(made)


def uuid(context: Context, _tokens: tuple[str, ...] = (), _low: int = 0) -> str:
    """
    A random (version 4) UUID.
    """
    digits = f"{context.below(1 << 64):016x}{context.below(1 << 64):016x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) % 4]}{digits[17:20]}-{digits[20:]}"
    )


def email(context: Context, _tokens: tuple[str, ...] = (), low: int = 0) -> str:
    """
    An address at a domain that nobody can own.
    """
    domain = context.pick(("example.com", "example.org"))
    local = f"{context.pick(WORDS)}.{context.pick(NOUNS)}{context.between(1, 99)}"
    local += letters(context, max(0, min(64 - len(local), low - len(local) - len(domain) - 1)))
    while len(local) + len(domain) + 1 < low:
        missing = low - len(local) - len(domain) - 1
        domain = f"{letters(context, max(1, min(60, missing - 1)))}.{domain}"
    return f"{local}@{domain}"


def hostname(context: Context, _tokens: tuple[str, ...] = (), low: int = 0) -> str:
    """
    A host name.
    """
    name = f"{context.pick(('api', 'www', 'static', 'mail', 'docs'))}.example.com"
    while len(name) < low:
        name = f"{letters(context, max(1, min(60, low - len(name) - 1)))}.{name}"
    return name


def uri(context: Context, tokens: tuple[str, ...] = (), low: int = 0) -> str:
    """
    An https URL.
    """
    file = ""
    if any(token in ("image", "avatar", "logo", "icon", "photo", "thumbnail", "picture") for token in tokens):
        file = ".png"
    text = f"https://example.com/{context.pick(PATHS)}/{letters(context, 8)}"
    return text + letters(context, max(0, low - len(text) - len(file))) + file


def reference(context: Context, _tokens: tuple[str, ...] = (), low: int = 0) -> str:
    """
    A relative reference.
    """
    text = f"/{context.pick(PATHS)}/{letters(context, 8)}"
    return text + letters(context, max(0, low - len(text)))


def _iri(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"https://example.com/{context.pick(PATHS)}/é{letters(context, 6)}"
    return text + letters(context, max(0, low - len(text)))


def _template(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"https://example.com/{context.pick(PATHS)}/{{id}}"
    return text + letters(context, max(0, low - len(text)))


def _pointer(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"/{context.pick(WORDS)}/{context.below(10)}"
    return text + letters(context, max(0, low - len(text)))


def _relative_pointer(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"{context.between(0, 3)}/{context.pick(WORDS)}"
    return text + letters(context, max(0, low - len(text)))


def _time(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
    return f"{context.below(24):02d}:{context.below(60):02d}:{context.below(60):02d}Z"


def _duration(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
    return context.pick((f"P{context.between(1, 30)}D", f"PT{context.between(1, 23)}H", f"PT{context.between(1, 59)}M"))


def _ipv4(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
    # Addresses for documentation (RFC 5737, RFC 3849).
    return f"{context.pick(('192.0.2', '198.51.100', '203.0.113'))}.{context.between(1, 254)}"


def _ipv6(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
    return f"2001:db8::{context.between(1, 0xFFFF):x}:{context.between(1, 0xFFFF):x}"


def _idn_hostname(context: Context, tokens: tuple[str, ...], low: int) -> str:
    return hostname(context, tokens, low)


def _regex(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"^{context.pick(WORDS)}[0-9]+$"
    return "^" + letters(context, max(0, low - len(text))) + text[1:]


def plain_text(context: Context, low: int) -> str:
    """
    A few words, at least *low* bytes of them.
    """
    parts = [context.pick(NOUNS), context.pick(WORDS)]
    while sum(map(len, parts)) + len(parts) - 1 < low:
        parts.append(context.pick(WORDS))
    return " ".join(parts)


def base64_text(context: Context, _tokens: tuple[str, ...] = (), low: int = 0) -> str:
    """
    Text in base64 (RFC 4648 §4).
    """
    return base64.b64encode(plain_text(context, low * 3 // 4).encode()).decode()


def _base64_url(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    return base64.urlsafe_b64encode(plain_text(context, low * 3 // 4).encode()).decode().rstrip("=")


def _binary(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    return plain_text(context, low)


def _password(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"{letters(context, 4).capitalize()}{context.pick('!@#$%')}{context.between(1000, 9999)}aZ"
    return text + letters(context, max(0, low - len(text)))


def _decimal(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"{context.between(1, 9999)}.{context.below(100):02d}"
    return letters(context, max(0, low - len(text)), "123456789") + text


def _whole(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = str(context.between(1, 10**6))
    return letters(context, max(0, low - len(text)), "123456789") + text


def _uri_query(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
    return f"q={context.pick(WORDS)}"


FORMATS: Final[dict[str, Format]] = {
    "date-time": lambda context, tokens, low: instant(context, tokens),
    "date": lambda context, tokens, low: day(context, tokens),
    "time": _time,
    "duration": _duration,
    "email": email,
    "idn-email": email,
    "hostname": hostname,
    "idn-hostname": _idn_hostname,
    "ipv4": _ipv4,
    "ip": _ipv4,
    "ipv6": _ipv6,
    "uri": uri,
    "url": uri,
    "uri-reference": reference,
    "iri": _iri,
    "iri-reference": reference,
    "uri-template": _template,
    "json-pointer": _pointer,
    "relative-json-pointer": _relative_pointer,
    "uuid": uuid,
    "guid": uuid,
    "regex": _regex,
    "byte": base64_text,
    "base64": base64_text,
    "base64url": _base64_url,
    "binary": _binary,
    "password": _password,
    "decimal": _decimal,
    "query": _uri_query,
    "int32": _whole,
    "int64": _whole,
    "float": _decimal,
    "double": _decimal,
}

# The shortest text in a format, for schemas that leave no room for a realistic one.
SHORTEST: Final[dict[str, tuple[str, ...]]] = {
    "duration": ("P1D",),
    "email": ("a@b.kr", "a@b"),
    "idn-email": ("a@b.kr", "é@b"),
    "hostname": ("a.kr", "a"),
    "idn-hostname": ("a.kr", "a"),
    "ipv4": ("1.1.1.1", "192.0.2.1"),
    "ipv6": ("2001:db8::1", "::1", "::"),
    "uri": ("http://a.kr", "urn:a:b", "a:b", "a:"),
    "url": ("http://a.kr", "a:b", "a:"),
    "iri": ("http://a.kr", "a:b", "a:"),
    "uri-reference": ("/a", "a", ""),
    "iri-reference": ("/a", "a", ""),
    "uri-template": ("/{a}", "a", ""),
    "json-pointer": ("/a", ""),
    "relative-json-pointer": ("1/a", "0"),
    "regex": ("^a$", "a", ""),
    "byte": ("YQ==", ""),
}

_FRONTS: Final = frozenset({"email", "idn-email", "hostname", "idn-hostname"})  # what is longer in front
_BACKS: Final = frozenset({"uri", "url", "iri", "uri-reference", "iri-reference", "uri-template", "json-pointer"})


def shortest(context: Context, name: str, attempt: int, low: int) -> str | None:
    """
    The shortest text in a format that is at least *low* long, where it can be made so; None for formats without one.
    """
    known = SHORTEST.get(name)
    if known is None:
        return None
    text = known[attempt % len(known)]
    missing = low - len(text)
    if missing > 0 and name in _FRONTS:
        return letters(context, missing) + text
    if missing > 0 and name in _BACKS:
        return f"{text}/{letters(context, missing - 1)}" if "//" in text else text + letters(context, missing)
    return text
