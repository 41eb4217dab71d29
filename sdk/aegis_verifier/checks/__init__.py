"""
What an exchange breaks, whatever case it belongs to: pure functions from exchanges to violations.
"""

from __future__ import annotations

from aegis_verifier.checks._answers import Judge
from aegis_verifier.checks._expectations import accepted, broken, refused, same

__all__ = ["Judge", "accepted", "broken", "refused", "same"]
