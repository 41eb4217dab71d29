"""
Truth values of a query as clients write them: how a boolean becomes text is the implementation's to say (OpenAPI 3.1.1,
appendix B), and Python writes ``True``, others ``1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_plus

from aegis_contracts import Violation

_SPELT = {"1": "true", "0": "false", "True": "true", "False": "false", "TRUE": "true", "FALSE": "false"}


def misspelt(violations: Sequence[Violation]) -> set[str]:
    """
    Name the parameters of a query that are no boolean as JSON writes one.
    """
    return {violation.pointer.removeprefix("/query/") for violation in violations if "a boolean" in violation.message}


def spelt(query: str, names: set[str]) -> str:
    """
    Write the truth values of these parameters as JSON does; what is none stays as it is.
    """
    parts = query.split("&")
    for number, part in enumerate(parts):
        name, _, value = part.partition("=")
        if value in _SPELT and unquote_plus(name) in names:
            parts[number] = f"{name}={_SPELT[value]}"
    return "&".join(parts)
