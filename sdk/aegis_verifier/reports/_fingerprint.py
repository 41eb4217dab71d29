"""
What a finding is known by from one run to the next: operation, rule and place, whatever the index.
"""

from __future__ import annotations

import re

from aegis_contracts import Violation

_INDEX = re.compile(r"/[0-9]+(?=/|$)")


def place_of(violation: Violation) -> str:
    """
    Say where a violation is, with ``*`` for indices.
    """
    return _INDEX.sub("/*", violation.pointer)


def fingerprint(operation: str, violation: Violation) -> str:
    """
    Name a violation of an operation as a baseline does.
    """
    return f"{operation} {violation.rule} {place_of(violation)}".rstrip()
