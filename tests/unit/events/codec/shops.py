"""
A foreign contract in two versions, generated and imported, for tests of what our own contracts do not have yet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aegis_codegen.events import render
from aegis_contracts.events import EventCatalog, load_events

CONTRACT = Path(__file__).parents[3] / "golden" / "events" / "contract"

PLACED: dict[str, Any] = {
    "id": "a-1",
    "kind": "OrderPlaced",
    "major": 1,
    "at": "2026-03-02T00:30:00Z",
    "data": {"orderId": "o-1", "buyer": "김서연", "lines": [{"sku": "x", "count": 1}], "currency": "KRW"},
}


@contextmanager
def generated(folder: Path, package: str, contract: Path = CONTRACT) -> Iterator[EventCatalog]:
    """
    Generate *contract* into *folder* and make it importable as *package*.
    """
    catalog = load_events(contract)
    home = folder / package
    home.mkdir()
    for name, text in render(catalog, package).items():
        (home / name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield catalog
    finally:
        sys.path.remove(str(folder))
        for module in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[module]
