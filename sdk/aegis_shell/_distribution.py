"""
What the metadata say of the distribution that the command ``aegis`` belongs to: its name, version, commands and extras.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

GROUP = "aegis.commands"
SCRIPT = ("aegis", "aegis_shell:main")
# Packages that are imported by another name than they are installed by.
INSTALLED_AS = {"yaml": "pyyaml", "opentelemetry": "opentelemetry-api"}


def own() -> Distribution | None:
    """
    Find the distribution that installed ``aegis``; None when we run from a checkout that is not installed.
    """
    from importlib.metadata import entry_points

    scripts = entry_points(group="console_scripts", name=SCRIPT[0])
    return next((script.dist for script in scripts if script.value == SCRIPT[1]), None)


def own_requirements() -> list[str]:
    """
    List what our distribution asks for, extras included; nothing when we run from a checkout that is not installed.
    """
    distribution = own()
    return (distribution.requires or []) if distribution else []


def own_entry_points(group: str) -> dict[str, str]:
    """
    Read our own entry points straight from their file: importlib.metadata costs as much as the rest of a mock's start.
    """
    for path in _entry_point_files():
        with open(path, encoding="utf-8") as lines:
            groups = _groups(lines)
        if groups.get("console_scripts", {}).get(SCRIPT[0]) == SCRIPT[1]:
            return groups.get(group, {})
    return {}


def install_hint(*extras: str, of: str | None = None) -> str:
    """
    Write the command that installs *extras*: of this distribution, by the name that it has, or of another.
    """
    distribution = own()
    name = of or (distribution.name if distribution else "aegis-integration")
    wanted = f"{name}[{','.join(extras)}]" if extras else name
    return f"pip install '{wanted}'"


def extra_for(package: str, distribution: Distribution | None, command: str) -> str:
    """
    Name the extra of *distribution* that brings the imported *package*: the one named like the command, else the first.
    """
    import re

    wanted = _normal(INSTALLED_AS.get(package, package))
    found = [
        extra[1]
        for requirement in (distribution.requires or () if distribution else ())
        if (name := re.match(r"[A-Za-z0-9._-]+", requirement)) and _normal(name[0]) == wanted
        if (extra := re.search(r"""extra\s*==\s*['"]([^'"]+)""", requirement))
    ]
    return command if command in found else next(iter(found), "")


def _normal(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").lower()


def _entry_point_files() -> Iterator[str]:
    for folder in sys.path:
        try:
            with os.scandir(folder or ".") as entries:
                found = [each.path for each in entries if each.name.startswith("aegis_") and each.name[-5:] == "-info"]
        except OSError:
            continue
        for path in found:
            if os.path.isfile(file := os.path.join(path, "entry_points.txt")):
                yield file


def _groups(lines: Iterator[str]) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    group: dict[str, str] = {}
    for line in map(str.strip, lines):
        if line.startswith("["):
            group = groups.setdefault(line.strip("[]"), {})
        elif "=" in line:
            name, _, value = line.partition("=")
            group[name.strip()] = value.strip()
    return groups
