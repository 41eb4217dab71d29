"""
Which sub-commands are installed: the entry points of the group ``aegis.commands``, whoever installed them.
"""

from __future__ import annotations

import importlib
from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from aegis_shell._distribution import GROUP, own, own_entry_points

if TYPE_CHECKING:
    from importlib.metadata import Distribution


class Command(Protocol):
    """
    What an entry point names.
    """

    def register(self, parser: ArgumentParser, /) -> None:
        """
        Describe the command, and set ``run``.
        """
        ...


class Installed(NamedTuple):
    """
    A command by its name, where it is, and the distribution that brought it (None: ours).
    """

    name: str
    value: str
    distribution: Distribution | None = None

    def load(self) -> Command:
        """
        Import what the entry point names.
        """
        module, _, attribute = self.value.split(" ")[0].partition(":")
        found: Any = importlib.import_module(module)
        for step in filter(None, attribute.split(".")):
            found = getattr(found, step)
        command: Command = found
        return command

    def summary(self) -> str:
        """
        Return the line that tells what the command is for.
        """
        try:
            return str(getattr(self.load(), "SUMMARY", ""))
        except Exception as error:  # noqa: BLE001 - whatever a foreign command raises, the others are still listed
            return f"(cannot be loaded: {type(error).__name__})"

    def extra(self) -> str:
        """
        Return the extra that the command says it needs; empty when it says none, or cannot be imported without it.
        """
        try:
            return str(getattr(self.load(), "EXTRA", ""))
        except Exception:  # noqa: BLE001 - the error that brought us here is the one to tell
            return ""

    def ending(self, code: int) -> int:
        """
        Return the exit code of what kept the command from its work: its own ``FAILS`` where it has one, else *code*.
        """
        try:
            own: object = getattr(self.load(), "FAILS", code)
        except Exception:  # noqa: BLE001 - the error that brought us here is the one to tell
            return code
        return own if isinstance(own, int) else code


def installed() -> dict[str, Installed]:
    """
    List every command by name; of two with one name ours is taken, else the first.
    """
    from importlib.metadata import entry_points

    found = {name: Installed(name, value) for name, value in own_entry_points(GROUP).items()}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, Installed(point.name, point.value, point.dist))
    return dict(sorted(found.items()))


def find(name: str) -> Installed | None:
    """
    Find one command, ours without a look at any other distribution.
    """
    if value := own_entry_points(GROUP).get(name):
        return Installed(name, value)
    return installed().get(name)


def owner(command: Installed) -> Distribution | None:
    """
    Return the distribution that brought *command*.
    """
    return command.distribution or own()
