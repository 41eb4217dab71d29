"""
Two versions of the schemas of one document: which parts are the same, which are compared, and what of it is told.
"""

from __future__ import annotations

from aegis_verifier.diff.schemas._pair import Pair, Written, written

__all__ = ["Pair", "Written", "written"]
