"""
A parser of arguments that says what is wrong before anything else, and what was probably meant.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, cast

from aegis_shell._errors import USAGE
from aegis_shell._nearest import did_you_mean


class Parser(argparse.ArgumentParser):
    """
    The parser of one command; its sub-commands get parsers of the same kind.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # An abbreviation would change its meaning when an option is added.
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """
        Parse *args*, or name each option that does not exist, with the nearest that does.
        """
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            known = set(_options(self, args or ()))
            first = next((each for each in unknown if each.startswith("-")), unknown[0]).partition("=")[0]
            said = f"no option {first}" if first.startswith("-") else f"unexpected argument {first!r}"
            self.error("; ".join(filter(None, (said, did_you_mean(first, known)))))
        return found

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        guess = did_you_mean(str(value), known) or f"choose from {', '.join(known)}"
        raise argparse.ArgumentError(action, f"{value!r} is not known; {guess}")

    def error(self, message: str) -> NoReturn:
        """
        Say what is wrong in one line, then how the command is used, and end.
        """
        self.exit(USAGE, f"{self.prog}: {message}\n\n{self.format_usage()}")


def _options(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            children = cast("dict[str, argparse.ArgumentParser]", action.choices)  # pyright: ignore[reportUnknownMemberType]
            for name, child in children.items():
                if name in arguments:
                    yield from _options(child, arguments)
