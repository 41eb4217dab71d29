"""
The names of packages that are somebody's already: a package of clients that had one would hide what it is made of.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from aegis_shell import own_requirements

OURS = frozenset(
    {
        "aegis_codegen", "aegis_contracts", "aegis_korea", "aegis_mockserver", "aegis_runtime", "aegis_sdk",
        "aegis_shell", "aegis_testing", "aegis_verifier",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def owner(package: str) -> str | None:
    """
    Say whose the first step of *package* is; None when it is free.
    """
    first = package.partition(".")[0]
    if first in sys.stdlib_module_names:
        return "Python's standard library"
    if first in OURS:
        return "this distribution"
    named = {_normal(name) for name in packages_distributions().get(first, ())}
    found = sorted(named & _needed())
    return f"{found[0]}, which this distribution needs" if found else None


def _needed() -> set[str]:
    """
    Collect the distributions that ours stands on, and those that they stand on.
    """
    needed: set[str] = set()
    waiting = _names(own_requirements())
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            try:
                waiting |= _names([each for each in requires(name) or () if "extra ==" not in each])
            except PackageNotFoundError:  # of an extra that is not installed, or of another platform
                continue
    return needed


def _names(requirements: list[str]) -> set[str]:
    return {_normal(found[0]) for each in requirements if (found := _NAME.match(each))}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
