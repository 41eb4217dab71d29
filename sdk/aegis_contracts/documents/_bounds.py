"""
How much of a document is read, and what is said of one that is not.
"""

from __future__ import annotations

from aegis_contracts._violation import ContractError, Finding

MAX_BYTES = 64 * 1024 * 1024


def refusal(shown: str, rule: str, message: str, mend: str) -> ContractError:
    """
    Say that a document cannot be read, and what to do.
    """
    return ContractError((Finding(shown, 0, 0, "", rule, message, mend),))
