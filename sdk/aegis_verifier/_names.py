"""
What names tell: which parameters page, which ones are opaque, which property is an id.
"""

from __future__ import annotations

import re
from functools import lru_cache

SIZES = frozenset(
    [
        "limit",
        "size",
        "perpage",
        "pagesize",
        "maxresults",
        "maxitems",
        "count",
        "take",
        "first",
        "top",
        "pagelimit",
        "maxrecords",
        "resultsperpage",
    ]
)
OFFSETS = frozenset(["offset", "skip", "start", "startindex", "from"])
PAGES = frozenset(["page", "pagenumber", "pageno", "pageindex", "p", "pagenum"])
CURSORS = frozenset(
    [
        "cursor",
        "after",
        "next",
        "pagetoken",
        "startingafter",
        "nexttoken",
        "continuationtoken",
        "continue",
        "marker",
        "pagecursor",
        "nextcursor",
        "before",
        "endingbefore",
        "since",
        "sinceid",
        "lastid",
    ]
)
NEXT = frozenset(
    [
        "nextcursor",
        "nextpagetoken",
        "nexttoken",
        "next",
        "cursor",
        "continuationtoken",
        "endcursor",
        "nextpage",
        "nexturl",
    ]
)
MORE = frozenset(["hasmore", "hasnext", "hasnextpage", "more"])
TOTALS = frozenset(["total", "totalcount", "totalitems", "totalelements", "totalresults"])
# Text whose meaning only the provider knows: a made-up one may be refused although its schema allows it.
FREE = frozenset(
    [
        "sort",
        "sortby",
        "orderby",
        "order",
        "filter",
        "filters",
        "where",
        "fields",
        "select",
        "include",
        "expand",
        "embed",
        "query",
    ]
)
CONDITIONS = frozenset(["ifmatch", "ifnonematch", "ifmodifiedsince", "ifunmodifiedsince", "range", "prefer", "etag"])
IDEMPOTENCY = frozenset(["idempotencykey", "xidempotencykey", "idempotencytoken", "xidempotencytoken"])
SECRETS = frozenset(
    [
        "password",
        "passwd",
        "pwd",
        "passwordhash",
        "secret",
        "clientsecret",
        "hash",
        "passworddigest",
        "salt",
        "privatekey",
        "hashedpassword",
        "pin",
    ]
)
TOKENS = frozenset(["token", "code", "otp", "verificationcode", "confirmationcode", "verificationtoken", "resettoken"])
_PLAIN = re.compile(r"[^a-z0-9]")


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """
    Return a name without case and marks, so that ``userId``, ``user_id`` and ``User-Id`` are one.
    """
    return _PLAIN.sub("", name.lower())


def singular(noun: str) -> str:
    """
    Return the likely singular of an English noun in a path.
    """
    if noun.endswith("ies") and len(noun) > 3:
        return noun[:-3] + "y"
    if noun.endswith(("ses", "xes", "zes", "ches", "shes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def ids(parameter: str, noun: str) -> list[str]:
    """
    List names that the id of an item may have among its properties, the likeliest first; all plain.
    """
    one = plain(singular(noun))
    wanted = [plain(parameter), "id", f"{one}id", "uuid", f"{one}uuid", "uid", "key", "slug", "name", "code", "number"]
    return list(dict.fromkeys(name for name in wanted if name))
