"""
Completion for shells: ``aegis completion bash`` prints a few lines that ask ``aegis`` itself what may come next.

The answer comes from the parser of the command, so that a command of another distribution is completed like our own.
"""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, cast

from aegis_shell._commands import find, installed
from aegis_shell._parser import Parser

ASK = "complete"
OWN = ("completion", "help")
_SCRIPTS = {
    "bash": """\
_aegis() {
    local found
    found=$(aegis complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    mapfile -t COMPREPLY < <(compgen -W "$found" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _aegis aegis
""",
    "zsh": """\
#compdef aegis
_aegis() {
    local -a found
    found=(${(f)"$(aegis complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#found )); then compadd -a found; else _files; fi
}
compdef _aegis aegis
""",
    "fish": """\
complete -c aegis -a '(aegis complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
""",
}
SHELLS = tuple(_SCRIPTS)
USED = """\
usage: aegis completion bash|zsh|fish

bash: eval "$(aegis completion bash)"          in ~/.bashrc
zsh:  eval "$(aegis completion zsh)"           in ~/.zshrc, after compinit
fish: aegis completion fish | source           in ~/.config/fish/config.fish"""


def script(shell: str) -> str:
    """
    Return what a user's *shell* has to read.
    """
    return _SCRIPTS[shell].rstrip("\n")


def candidates(words: Sequence[str]) -> list[str]:
    """
    List what may stand in the place of the last of *words*; empty where only the user knows, such as files.
    """
    *before, last = words or [""]
    if before and before[0] == "help":
        before = before[1:]
    if not before:
        return _begun([*installed(), *OWN, "--help", "--version"], last)
    if before[0] == "completion":
        return _begun(SHELLS, last)
    command = find(before[0])
    if command is None:
        return []
    parser = Parser(prog=f"aegis {command.name}")
    # A command whose extra is missing has nothing to say, and a key press is no place to complain.
    with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
        command.load().register(parser)
    return _begun(list(_next(parser, before[1:], last)), last)


def _next(parser: argparse.ArgumentParser, before: Sequence[str], last: str) -> Iterator[str]:
    inner = _inner(parser)
    for index, word in enumerate(before):
        if word in inner:
            yield from _next(inner[word], before[index + 1 :], last)
            return
    options = {name: action for action in parser._actions for name in action.option_strings}
    asked = options.get(before[-1]) if before else None
    if asked is not None and asked.nargs != 0:
        yield from map(str, asked.choices or ())
    elif last.startswith("-"):
        yield from (name for name in options if name.startswith("--"))
    else:
        yield from inner
        for action in parser._actions:
            if not action.option_strings and not inner:
                yield from map(str, action.choices or ())


def _inner(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            return dict(cast("Any", action).choices)
    return {}


def _begun(known: Sequence[str], last: str) -> list[str]:
    return sorted(word for word in known if word.startswith(last))
