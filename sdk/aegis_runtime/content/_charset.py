"""
The charset of an answer: its text as UTF-8.
"""

from __future__ import annotations

import codecs
import re

from aegis_runtime.content._decode import Undecodable

__all__ = ["json_of", "text_of"]

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE | re.ASCII).search
_UTF_8 = frozenset({"utf-8", "utf8", "ascii", "us-ascii"})
# What every browser takes for it (WHATWG Encoding §4.2): Python's euc_kr lacks most syllables.
_WIDER = {"euc_kr": "cp949", "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030"}
# Codecs that are no charset of anybody's, and slow or dangerous to undo.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7", "undefined"})


def text_of(body: bytes, content_type: str) -> bytes:
    """
    Text in the charset of its content type (RFC 9110 §8.3.2), as UTF-8.

    Raises:
        Undecodable: it is not in that charset, or there is none of that name.
    """
    named = _CHARSET(content_type)
    if named is None or named[1].lower() in _UTF_8:
        return body
    try:
        name = codecs.lookup(named[1]).name
        if name not in _NO_CHARSETS:
            return body.decode(_WIDER.get(name, name)).encode()
    except (LookupError, ValueError):
        pass
    raise Undecodable("the body is not in the charset that its content type says")


def json_of(body: bytes, content_type: str) -> bytes:
    """
    JSON as UTF-8, which it should be in (RFC 8259 §8.1): the charset is asked only where it is not.

    Raises:
        Undecodable: it is not in that charset either.
    """
    if b"\0" not in body:
        try:
            body.decode()
        except UnicodeDecodeError:
            pass
        else:
            return body
    return text_of(body, content_type)
