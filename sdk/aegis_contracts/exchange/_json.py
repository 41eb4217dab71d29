"""
JSON content, exactly as RFC 8259 has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis_contracts.exchange._parameters import UndecodableError


def _json_decoder() -> Callable[[bytes], Any]:
    import msgspec

    return msgspec.json.Decoder().decode


_decode: Callable[[bytes], Any] | None = None


def json(body: bytes) -> Any:
    """
    Read JSON exactly as RFC 8259 has it: UTF-8 without BOM, no NaN, every number representable.

    Raises:
        UndecodableError: it is not JSON; the message says where.
    """
    global _decode
    if _decode is None:
        _decode = _json_decoder()
    try:
        return _decode(body)
    except RecursionError:
        raise UndecodableError("must be nested less deeply") from None
    except UnicodeDecodeError:
        raise UndecodableError("must be UTF-8 (RFC 8259 §8.1)") from None
    except ValueError as error:
        raise UndecodableError(f"must be JSON: {_said(str(error))}") from None


def _said(message: str) -> str:
    text = message.removeprefix("JSON is malformed: ").removeprefix("Input data was ")
    return text[:120]
