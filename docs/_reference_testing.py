"""
The test kit: every name that it offers, with what it is for and what can be asked of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from _reference_text import cell, code

import aegis_testing


def testing() -> Iterator[str]:
    """
    Write a table of the names, each with its public methods and properties.
    """
    yield "| Name | What it is |\n|---|---|"
    for name in aegis_testing.__all__:
        value = getattr(aegis_testing, name)
        yield f"| {code(name)} | {_said(value)} |"
        if inspect.isclass(value) and not issubclass(value, BaseException):
            for member, what in vars(value).items():
                if not member.startswith("_") and (inspect.isroutine(what) or isinstance(what, property)):
                    call = "()" if inspect.isroutine(what) else ""
                    yield f"| {code(f'{name}.{member}{call}')} | {_said(what)} |"


def _said(value: object) -> str:
    if isinstance(value, (classmethod, staticmethod)):
        value = value.__func__
    return cell((inspect.getdoc(value) or "").split("\n\n")[0])
