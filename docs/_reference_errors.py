"""
The errors: every class with what it is and what it knows, and the problem codes that all APIs share.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from _reference_text import cell, code

from aegis_contracts import load
from aegis_sdk import errors as module

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sdk", "mockserver")
# The classes of these have tables of their own, on this page and on the pages of the APIs.
TABLES = ("CallError", "EventError", "EmailError", "ConfigurationError")


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
    if which == "others":
        yield from _others()
        return
    root = getattr(module, which)
    # From the general to the particular.
    offered = {name: getattr(module, name) for name in module.__all__}
    classes = sorted(
        ((name, kind) for name, kind in offered.items() if inspect.isclass(kind)), key=lambda each: len(each[1].__mro__)
    )
    found = dict(classes)
    if which == "EventError":
        found |= {kind.__name__: kind for kind in exported().values()}
    yield "| Class | Derives from | When |\n|---|---|---|"
    for name, kind in found.items():
        if issubclass(kind, root):
            parents = ", ".join(code(base.__name__) for base in kind.__bases__)
            yield f"| {code(name)} | {parents} | {cell((inspect.getdoc(kind) or '').split(chr(10) * 2)[0])} |"


def exported() -> dict[str, type[BaseException]]:
    """
    Find every exception that a public module offers in its ``__all__``, by the module's name and its own.
    """
    found: dict[str, type[BaseException]] = {}
    for place in PACKAGES:
        for package in sorted(path.parent.name for path in (ROOT / place).glob("*/__init__.py")):
            inner = pkgutil.walk_packages([str(ROOT / place / package)], f"{package}.")
            for name in (package, *(each.name for each in inner if _public(each.name))):
                offering = importlib.import_module(name)
                for word in getattr(offering, "__all__", ()):
                    value = getattr(offering, word, None)
                    if inspect.isclass(value) and issubclass(value, BaseException):
                        found[f"{name}.{word}"] = value
    return found


def _public(name: str) -> bool:
    return not any(step.startswith("_") for step in name.split(".")) and not name.endswith((".__main__", ".cli"))


def _others() -> Iterator[str]:
    roots = tuple(getattr(module, name) for name in TABLES)
    offered = {name: kind for name, kind in exported().items() if not issubclass(kind, roots)}
    yield "| Class | Import it from | When |\n|---|---|---|"
    # A class that several modules offer is listed once, by its shortest address.
    shortest: dict[type[BaseException], str] = {}
    for name, kind in sorted(offered.items(), key=lambda each: (len(each[0]), each[0])):
        shortest.setdefault(kind, name)
    for kind, name in sorted(shortest.items(), key=lambda each: each[1]):
        home, _, word = name.rpartition(".")
        yield f"| {code(word)} | {code(home)} | {cell((inspect.getdoc(kind) or '').split(chr(10) * 2)[0])} |"
