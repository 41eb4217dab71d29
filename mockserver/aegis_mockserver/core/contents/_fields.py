"""
Lists in header fields (RFC 9110 §5.6.1): split where no quoted string stands, in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(r'\\.|[",;]', re.DOTALL)


def split(text: str, marks: str = ",") -> Iterator[str]:
    """
    Split *text* at any of *marks* (``,`` and ``;``) outside of quoted strings.
    """
    start, quoted = 0, False
    for match in _MARK.finditer(text):
        found = match[0]
        if found == '"':
            quoted = not quoted
        elif not quoted and found in marks:
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]
