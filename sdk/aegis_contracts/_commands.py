"""
Which sub-commands are installed: the entry points of the group ``aegis.commands``.

Read straight from ``entry_points.txt``: importlib.metadata would cost as much as the rest of a mock's start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

GROUP = "aegis.commands"


def commands() -> dict[str, str]:
    """
    Return the module of each installed sub-command, by name, in order.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        for path in _files(folder or "."):
            with open(path, encoding="utf-8") as lines:
                for name, module in _group(lines):
                    found.setdefault(name, module)
    return dict(sorted(found.items()))


def _files(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.path for entry in entries if entry.name.endswith(".dist-info") and "aegis" in entry.name]
    except OSError:
        return
    for name in names:
        path = os.path.join(name, "entry_points.txt")
        if os.path.isfile(path):
            yield path


def _group(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    inside = False
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            inside = text == f"[{GROUP}]"
        elif inside and "=" in text:
            name, _, module = text.partition("=")
            yield name.strip(), module.strip()
