"""
What commands print for machines.
"""

from __future__ import annotations

import json


def as_json(value: object) -> str:
    """
    Write *value* for machines, Korean text as it is.
    """
    return json.dumps(value, ensure_ascii=False, indent=2)
