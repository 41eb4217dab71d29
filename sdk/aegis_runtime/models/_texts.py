"""
Formats of JSON Schema that stay texts: addresses, hosts, references, pointers, each as its RFC has it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

__all__ = [
    "duration",
    "hostname",
    "international_hostname",
    "international_mailbox",
    "ipv4",
    "ipv6",
    "iri",
    "iri_reference",
    "json_pointer",
    "mailbox",
    "relative_json_pointer",
    "uri",
    "uri_reference",
    "uri_template",
]

_ATOM = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+"
_WIDE_ATOM = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_WIDE_QUOTED = r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"'
_MAILBOX = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?P<domain>.+)").fullmatch
_WIDE_MAILBOX = re.compile(rf"(?P<local>{_WIDE_ATOM}(?:\.{_WIDE_ATOM})*|{_WIDE_QUOTED})@(?P<domain>.+)").fullmatch
_LABEL = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?").fullmatch
_WIDE = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U000efffd"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"


def _forms(wide: str, private: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """
    A whole reference and a relative one: RFC 3986, or RFC 3987 with its *wide* letters and, in queries, *private* ones.
    """
    letter = rf"0-9A-Za-z._~!$&'()*+,;={wide}"
    escaped = "%[0-9A-Fa-f]{2}"
    pchar = rf"(?:[{letter}:@-]|{escaped})"
    authority = (
        rf"(?:(?:[{letter}:-]|{escaped})*@)?"
        rf"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|\[v[0-9A-Fa-f]+\.[0-9A-Za-z._~!$&'()*+,;=:-]+\]|(?:[{letter}-]|{escaped})*)"
        r"(?::[0-9]*)?"
    )
    tail = rf"(?:\?(?:{pchar}|[/?{private}])*)?(?:\#(?:{pchar}|[/?])*)?"
    rooted = rf"//{authority}(?:/{pchar}*)*|/(?:{pchar}+(?:/{pchar}*)*)?"
    first = pchar.replace(":@", "@")
    whole = rf"[A-Za-z][0-9A-Za-z+.-]*:(?:{rooted}|{pchar}+(?:/{pchar}*)*)?{tail}"
    return re.compile(whole), re.compile(rf"(?:{rooted}|{first}+(?:/{pchar}*)*)?{tail}")


_URI, _RELATIVE = _forms("", "")
_IRI, _WIDE_RELATIVE = _forms(_WIDE, _PRIVATE)
_DURATION = re.compile(
    r"P(?:[0-9]+W"
    r"|(?=.)(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)?"
    r"(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?)"
).fullmatch
_POINTER = r"(?:/(?:[^~/]|~[01])*)*"
json_pointer = re.compile(_POINTER, re.DOTALL).fullmatch
"""RFC 6901."""
relative_json_pointer = re.compile(rf"(?:0|[1-9][0-9]*)(?:#|{_POINTER})", re.DOTALL).fullmatch
"""draft-bhutton-relative-json-pointer-00."""
_VARIABLE = r"(?:[0-9A-Za-z_]|%[0-9A-Fa-f]{2})+(?:\.(?:[0-9A-Za-z_]|%[0-9A-Fa-f]{2})+)*(?:\*|:[1-9][0-9]{0,3})?"
uri_template = re.compile(
    rf"(?:[!#$&(-;=?-\[\]_a-z~\u0080-\u009f{_WIDE}{_PRIVATE}]|%[0-9A-Fa-f]{{2}}|\{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*\}})*"
).fullmatch
"""RFC 6570."""


def duration(text: str) -> bool:
    """
    RFC 3339, appendix A.
    """
    return _DURATION(text) is not None


def ipv4(text: str) -> bool:
    """
    Four numbers, none of which begins with a zero of no use.
    """
    return _is(ipaddress.IPv4Address, text)


def ipv6(text: str) -> bool:
    """
    RFC 4291 §2.2, without a zone.
    """
    return "%" not in text and _is(ipaddress.IPv6Address, text)


def _is(kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def hostname(text: str) -> bool:
    """
    RFC 1123 §2.1; labels that begin with ``xn--`` are what RFC 5891 can read.
    """
    labels = text.split(".")
    return len(text) <= 253 and all(_LABEL(label) and _ascii_label(label) for label in labels)


def _ascii_label(label: str) -> bool:
    if label[2:4] != "--":
        return True
    import idna

    try:
        return label[:4].lower() == "xn--" and bool(idna.ulabel(label.lower()))
    except (idna.IDNAError, UnicodeError):
        return False


def international_hostname(text: str) -> bool:
    """
    RFC 5890 §2.3.2.3.
    """
    import idna

    try:
        return bool(idna.encode(text, uts46=True)) and not text.endswith(".")
    except (idna.IDNAError, UnicodeError):
        return False


def mailbox(text: str) -> bool:
    """
    RFC 5321 §4.1.2.
    """
    return _addressed(_MAILBOX(text), hostname)


def international_mailbox(text: str) -> bool:
    """
    RFC 6531 §3.3; its letters are counted, as the contracts' engine does.
    """
    return _addressed(_WIDE_MAILBOX(text), lambda host: (hostname if host.isascii() else international_hostname)(host))


def _addressed(found: re.Match[str] | None, holds: Callable[[str], bool]) -> bool:
    return found is not None and len(found["local"]) <= 64 and (_literal(found["domain"]) or holds(found["domain"]))


def _literal(domain: str) -> bool:
    if domain[:1] != "[" or domain[-1:] != "]":
        return False
    address = domain[1:-1]
    return ipv6(address[5:]) if address[:5].lower() == "ipv6:" else ipv4(address)


def uri(text: str) -> bool:
    """
    RFC 3986 §3.
    """
    return _holds(_URI, text)


def uri_reference(text: str) -> bool:
    """
    RFC 3986 §4.1.
    """
    return _holds(_URI, text) or _holds(_RELATIVE, text)


def iri(text: str) -> bool:
    """
    RFC 3987 §2.2.
    """
    return _holds(_IRI, text)


def iri_reference(text: str) -> bool:
    """
    RFC 3987 §2.2, whole or relative.
    """
    return _holds(_IRI, text) or _holds(_WIDE_RELATIVE, text)


def _holds(form: re.Pattern[str], text: str) -> bool:
    found = form.fullmatch(text)
    return found is not None and (found["address"] is None or ipv6(found["address"]))
