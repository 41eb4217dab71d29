"""
How large a schema is, and what is written in it.
"""

from __future__ import annotations

from typing import Any


def size_of(schema: Any, limit: int) -> int:
    """
    Count the nodes of a schema, as far as *limit*.
    """
    pending, count = [schema], 0
    while pending and count <= limit:
        node = pending.pop()
        count += 1
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return count


def choices_of(schema: Any) -> int:
    """
    Count what multiplies the cases of a canonical form.
    """
    if isinstance(schema, dict):
        own = sum(key in schema for key in ("anyOf", "oneOf", "not", "if"))
        return own + sum(map(choices_of, schema.values()))
    return sum(map(choices_of, schema)) if isinstance(schema, list) else 0


def mentions(schema: Any, keyword: str) -> bool:
    """
    Say whether a keyword is written anywhere in a schema.
    """
    if isinstance(schema, dict):
        return keyword in schema or any(mentions(value, keyword) for value in schema.values())
    return isinstance(schema, list) and any(mentions(item, keyword) for item in schema)
