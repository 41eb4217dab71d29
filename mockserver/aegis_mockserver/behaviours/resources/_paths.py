"""
Paths: of items, of what lies below an item, and of what stands beside a collection.
"""

from __future__ import annotations

import re

NAMES = re.compile(r"\{([^{}]+)\}")
ITEM = re.compile(r"(.*?)(?:/\{([^{}/]+)\}|\('?\{([^{}/]+)\}'?\))(\.[a-z]+)?")
BELOW = re.compile(r"(.*(?:\}|\}'?\))(?:\.[a-z]+)?)[/:]([A-Za-z][\w.-]*)")
BESIDE = re.compile(
    r"(.+)[/:]_?(search|query|find|filter|list|lookup|batch|bulk|(?:batch|bulk)[/_-]?(?:create|update|delete|remove)|delete|(?<!batch[/_-])(?<!bulk[/_-])create)"
    r"(\.[a-z]+)?",
    re.IGNORECASE,
)


def shape_of(path: str) -> str:
    """
    Write a path without the names of its template expressions.
    """
    return NAMES.sub("{}", path)
