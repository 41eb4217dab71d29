"""
JSON Pointer (RFC 6901), once for everybody: written, read, and followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

__all__ = [
    "InvalidPointerError",
    "NothingThereError",
    "PointerError",
    "escape",
    "find",
    "join",
    "resolve",
    "split",
    "unescape",
]


class PointerError(ValueError):
    """
    A JSON pointer that cannot be followed.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer!r} {reason}")
        self.pointer = pointer
        self.reason = reason


class InvalidPointerError(PointerError):
    """
    Text that is no JSON pointer (RFC 6901 §3).
    """


class NothingThereError(PointerError, LookupError):
    """
    A JSON pointer to what is not in the document (RFC 6901 §4).

    Args:
        depth: how many of the pointer's tokens lead somewhere.
    """

    def __init__(self, pointer: str, reason: str, depth: int) -> None:
        super().__init__(pointer, reason)
        self.depth = depth


def escape(token: str) -> str:
    """
    Write one reference token.
    """
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def unescape(token: str) -> str:
    """
    Read one reference token; ``~01`` is ``~1`` and not a slash, which is why the order counts.
    """
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def join(*tokens: str | int) -> str:
    """
    Write a pointer: keys of objects as text, indices of arrays as numbers.
    """
    return "".join(f"/{escape(token) if isinstance(token, str) else token}" for token in tokens)


def split(pointer: str) -> tuple[str, ...]:
    """
    Read a pointer, or a URI fragment that holds one (``#/a%20b``, RFC 6901 §6), into its tokens.

    Raises:
        InvalidPointerError: it does not begin with a slash, or has a tilde without 0 or 1 behind it.
    """
    text = unquote(pointer[1:], errors="strict") if pointer.startswith("#") else pointer
    if not text:
        return ()
    if text[0] != "/":
        raise InvalidPointerError(pointer, "must be empty or begin with a slash")
    if "~" not in text:
        return tuple(text[1:].split("/"))
    if any(following[:1] not in ("0", "1") for following in text.split("~")[1:]):
        raise InvalidPointerError(pointer, "has a ~ that is not followed by 0 or 1")
    return tuple(map(unescape, text[1:].split("/")))


def resolve(document: Any, pointer: str) -> Any:
    """
    Follow *pointer* into *document*.

    Raises:
        InvalidPointerError: it is no pointer.
        NothingThereError: it names nothing, such as an index with a leading zero, or ``-``.
    """
    node: Any = document
    for depth, token in enumerate(split(pointer)):
        if isinstance(node, Mapping):
            if token not in node:
                raise NothingThereError(pointer, f"names a member that is not there: {token!r}", depth)
            node = node[token]
        elif isinstance(node, list):
            node = node[index(token, len(node), pointer, depth)]
        else:
            raise NothingThereError(pointer, f"leads into a value that has no members: {token!r}", depth)
    return node


def find(document: Any, pointer: str, default: Any = None) -> Any:
    """
    Follow *pointer* into *document*; *default* where it names nothing.

    Raises:
        InvalidPointerError: it is no pointer.
    """
    try:
        return resolve(document, pointer)
    except NothingThereError:
        return default


def index(token: str, length: int, pointer: str = "", depth: int = 0) -> int:
    """
    Read a token as the index of an array of *length* items: digits without leading zeros, and nothing else.

    Raises:
        NothingThereError: it is no index, or there is no such item.
    """
    # isdecimal alone would take the digits of other scripts.
    if not (token.isascii() and token.isdecimal()) or (token[0] == "0" and token != "0"):
        raise NothingThereError(pointer, f"has {token!r} where an index of an array must be", depth)
    if len(token) > 18 or int(token) >= length:
        raise NothingThereError(pointer, f"names item {token[:20]} of an array of {length}", depth)
    return int(token)
