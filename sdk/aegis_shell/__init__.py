"""
The command ``aegis``: finds its sub-commands among the installed entry points, and knows none of them.

A command is what an entry point of the group ``aegis.commands`` names, in any distribution: a module or an object with
``register(parser)``, which describes the command and sets ``run``, a function from the parsed options to an exit code;
``SUMMARY`` is its line in ``aegis help``, ``EXTRA`` the extra that it needs, ``FAILS`` the one code with which it ends
when it could not do its work (by default 3 and, where that is our fault, 70). This room turns errors into words (an
error that has an ``exit_code`` is told in its own), and words into what the terminal can show. It stands below every
other one: nothing here imports a room.

Exit codes: 0 fine, 1 something was found wrong, 2 unusable arguments or input, 3 the environment refuses (port in use,
broker unreachable, extra not installed), 130 interrupted.
"""

from __future__ import annotations

from aegis_shell._distribution import install_hint, own_entry_points, own_requirements
from aegis_shell._errors import ENVIRONMENT, FOUND, INTERRUPTED, OK, USAGE, CommandError
from aegis_shell._main import main
from aegis_shell._nearest import did_you_mean

__all__ = [
    "ENVIRONMENT",
    "FOUND",
    "INTERRUPTED",
    "OK",
    "USAGE",
    "CommandError",
    "did_you_mean",
    "install_hint",
    "main",
    "own_entry_points",
    "own_requirements",
]
