"""
What a check tells: each file that is not as the contracts say, and the beginning of how it differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aegis_codegen._generate import StaleFile

__all__ = ["reported"]

SHOWN = 60


def reported(found: Sequence[tuple[Path, StaleFile]], mend: str) -> str:
    """
    Lines for a terminal; *mend* is the command that writes the files anew.
    """
    told: list[str] = []
    for root, difference in found:
        told.append(f"{difference.state}: {root / difference.path}")
        lines = difference.diff.splitlines()
        told += [f"    {line}" for line in lines[:SHOWN]]
        if len(lines) > SHOWN:
            told.append(f"    … {len(lines) - SHOWN} more lines")
    if found:
        told.append(f"{len(found)} generated files are not what the contracts say. Mend: {mend}")
    return "".join(f"{line}\n" for line in told)
