"""
The errors: every class with what it is and what it knows, and the problem codes that all APIs share.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from _reference_text import cell, code

from aegis_contracts import load
from aegis_sdk import errors as module
from aegis_sdk import events

ROOT = Path(__file__).resolve().parents[1]


def errors(which: str) -> Iterator[str]:
    """
    Write the classes below one root, or the shared problem codes.
    """
    if which == "codes":
        yield "| Code | Status | Meaning |\n|---|---|---|"
        for problem in load(ROOT / "openapi" / "common.yaml").extensions.get("x-problems", ()):
            meaning = problem.get("description") or problem.get("title", "")
            yield f"| {code(problem['code'])} | {problem['status']} | {cell(meaning)} |"
        return
    root = getattr(module, which)
    # From the general to the particular.
    offered = {name: getattr(module, name) for name in module.__all__}
    classes = sorted(
        ((name, kind) for name, kind in offered.items() if inspect.isclass(kind)), key=lambda each: len(each[1].__mro__)
    )
    found = dict(classes)
    if which == "EventError":
        found |= {name: value for name in events.__all__ if inspect.isclass(value := getattr(events, name))}
    yield "| Class | Derives from | When |\n|---|---|---|"
    for name, kind in found.items():
        if issubclass(kind, root):
            parents = ", ".join(code(base.__name__) for base in kind.__bases__)
            yield f"| {code(name)} | {parents} | {cell((inspect.getdoc(kind) or '').split(chr(10) * 2)[0])} |"
