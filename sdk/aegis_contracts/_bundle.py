"""
Where the distribution keeps its own contracts.
"""

from __future__ import annotations

from pathlib import Path


def bundled() -> Path:
    """
    Return the folder with ``openapi/`` and ``schemas/`` that belongs to this installation.
    """
    here = Path(__file__).resolve().parent
    packaged = here / "_bundled"
    return packaged if packaged.is_dir() else here.parents[1]
