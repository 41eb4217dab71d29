"""
What came of a run, for people, for programs and for CI; secrets are hidden in all of them.
"""

from __future__ import annotations

from aegis_verifier.reports._findings import Finding, findings
from aegis_verifier.reports._github import as_github
from aegis_verifier.reports._html import as_html
from aegis_verifier.reports._json import as_json
from aegis_verifier.reports._junit import as_junit
from aegis_verifier.reports._text import Teller, as_text, summary, told

FORMATS = {"text": as_text, "json": as_json, "junit": as_junit, "html": as_html, "github": as_github}

__all__ = [
    "FORMATS",
    "Finding",
    "Teller",
    "as_github",
    "as_html",
    "as_json",
    "as_junit",
    "as_text",
    "findings",
    "summary",
    "told",
]
