"""
JSON content, exactly as RFC 8259 has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis_contracts.exchange._parameters import UndecodableError


def decoder() -> Callable[[bytes], Any]:
    """
    Return what reads JSON as ``json()`` does, but raises ValueError or RecursionError where it cannot.
    """
    import msgspec

    return msgspec.json.Decoder().decode


MEMBERS = 100_000
CONTAINERS = 100_000
VALUES = 500_000
SMALL = 200_000  # bytes that cannot hold so many of anything that it takes long
_ENDS_OF_NAMES = (b'":', b'" :', b'"\t:', b'"\r:', b'"\n:')
_decode: Callable[[bytes], Any] | None = None


def json(body: bytes) -> Any:
    """
    Read JSON exactly as RFC 8259 has it: UTF-8 without BOM, no NaN, every number representable.

    Raises:
        UndecodableError: it is not JSON; the message says where.
    """
    global _decode
    if _decode is None:
        _decode = decoder()
    try:
        return _decode(body)
    except RecursionError:
        raise UndecodableError("must be nested less deeply") from None
    except UnicodeDecodeError:
        raise UndecodableError("must be UTF-8 (RFC 8259 §8.1)") from None
    except ValueError as error:
        raise UndecodableError(f"must be JSON: {_said(str(error))}") from None


def bound(body: bytes) -> None:
    """
    Refuse JSON that takes longer to read than others can wait, before it is read.

    Each member and each array or object costs a hundred times what a byte does, and nothing else happens meanwhile.

    Raises:
        UndecodableError: there is too much in it.
    """
    if len(body) <= SMALL:
        return
    colons = body.count(b":")
    if colons > MEMBERS:
        # A colon may stand in a text, too; but not so many.
        found = colons if colons > 5 * MEMBERS else 0
        for mark in _ENDS_OF_NAMES:
            if found <= MEMBERS:
                found += body.count(mark)
        if found > MEMBERS:
            raise UndecodableError(f"must have at most {MEMBERS} members")
    if body.count(b"[") + body.count(b"{") > CONTAINERS:
        raise UndecodableError(f"must have at most {CONTAINERS} arrays and objects")
    if body.count(b",") > VALUES:
        raise UndecodableError(f"must have at most {VALUES} values")


def _said(message: str) -> str:
    text = message.removeprefix("JSON is malformed: ").removeprefix("Input data was ")
    return text[:120]
