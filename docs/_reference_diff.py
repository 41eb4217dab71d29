"""
The rules of ``aegis diff``, as they are in the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from _reference_text import cell, code

from aegis_verifier.diff import RULES

_TITLES = {
    "none": "Documents and operations",
    "request": "Requests: what a provider must take",
    "response": "Answers: what a provider may give",
    "event": "Events",
}


def diff_rules() -> Iterator[str]:
    """
    Write every rule, by direction.
    """
    for direction, title in _TITLES.items():
        yield f"\n## {title}\n\n| Rule | Severity | Bump | What changed | Why it matters |\n|---|---|---|---|---|"
        for name, rule in sorted(RULES.items()):
            if rule.direction == direction:
                yield f"| {code(name)} | {rule.severity} | {rule.bump} | {cell(rule.says)} | {cell(rule.why)} |"
