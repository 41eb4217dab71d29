"""
Which stores the paths of some contracts let us expect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aegis_contracts import Contract


def inferred(contracts: Iterable[Contract]) -> Iterator[str]:
    """
    Go through the names: paths of collections, of resources that there is one of, and what ``x-mock`` names.
    """
    for contract in contracts:
        paths: Any = contract.document.get("paths", {})
        for path, node in paths.items() if isinstance(paths, dict) else ():
            name = path.rstrip("/") or "/"
            before, slash, last = name.rpartition("/")
            if slash and last.startswith("{"):
                yield before or "/"
            item = contract.resolve(node) if isinstance(node, dict) else {}
            if not isinstance(item, dict):
                continue
            if "get" in item and ("put" in item or "patch" in item):
                yield name
            for operation in item.values():
                said = operation.get("x-mock") if isinstance(operation, dict) else None
                if isinstance(said, dict) and "store" in said:
                    yield str(said["store"])
