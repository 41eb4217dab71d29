"""
What came of a run, for people, for programs and for CI; secrets are hidden in all of them.
"""

from __future__ import annotations

from aegis_verifier.reports._findings import Finding, findings
from aegis_verifier.reports._text import Teller, summary

__all__ = ["Finding", "Teller", "findings", "summary"]
