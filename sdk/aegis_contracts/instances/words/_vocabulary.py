"""
What a property's name says about its value, as somebody above knows it: registered, never built in.

Without a vocabulary, values are plain: words, numbers, the formats of JSON Schema. The vocabulary of this distribution
is the entry point ``aegis`` of the group ``aegis.words``; whoever wants another registers it before the first value is
made. What other distributions install changes nothing: the same schema and seed make the same value on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, TypeAlias

from aegis_contracts.instances._context import Context
from aegis_contracts.instances.words._formats import FORMATS, Format
from aegis_shell import own_entry_points

GROUP = "aegis.words"
Hint: TypeAlias = Callable[[Context], Any]
Hints: TypeAlias = tuple[Hint, ...]


class Vocabulary(Protocol):
    """
    What names say. A hint is only a proposal, used where the schema admits its value.
    """

    @property
    def formats(self) -> Mapping[str, Format]:
        """
        Makers of text in formats that the vocabulary writes better than plainly.
        """
        ...

    def text(self, name: str, label: str) -> Hints:
        """
        Makers of text for a property called *name* of something called *label*, the likeliest form first.
        """
        ...

    def number(self, name: str) -> Hint | None:
        """
        A maker of numbers for a property called *name*.
        """
        ...

    def likelihood(self, name: str) -> float:
        """
        How likely a flag called *name* is set.
        """
        ...


class Plain:
    """
    Says nothing about any name.
    """

    formats: Mapping[str, Format] = {}

    def text(self, name: str, label: str) -> Hints:  # noqa: ARG002
        """
        Propose no text.
        """
        return ()

    def number(self, name: str) -> Hint | None:  # noqa: ARG002
        """
        Propose no number.
        """
        return None

    def likelihood(self, name: str) -> float:  # noqa: ARG002
        """
        Set every second flag.
        """
        return 0.5


_registered: Vocabulary | None = None


def register(vocabulary: Vocabulary | None) -> None:
    """
    Let every schema that is analysed from now on use *vocabulary*; ``None`` stands for the installed one.
    """
    global _registered
    _registered = vocabulary


def vocabulary() -> Vocabulary:
    """
    Return the registered vocabulary, else the one that was installed with us, else the plain one.
    """
    global _registered
    if _registered is None:
        _registered = _installed()
    return _registered


def _installed() -> Vocabulary:
    for value in own_entry_points(GROUP).values():
        module, _, name = value.partition(":")
        found: Vocabulary = getattr(import_module(module), name)
        return found
    return Plain()


def format_of(name: str) -> Format | None:
    """
    Return what makes text in the format *name*.
    """
    return vocabulary().formats.get(name) or FORMATS.get(name)
