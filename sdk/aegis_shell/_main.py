"""
From the arguments to an exit code: finds the command, runs it, and turns what it raises into a sentence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from aegis_shell._commands import Installed, find, installed, owner
from aegis_shell._distribution import extra_for, install_hint, own
from aegis_shell._errors import ENVIRONMENT, INTERRUPTED, OK, USAGE
from aegis_shell._nearest import did_you_mean
from aegis_shell._streams import prepare

# EX_SOFTWARE of sysexits.h: neither a finding nor a mistake of the user.
UNEXPECTED = 70


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run ``aegis`` and return its exit code.
    """
    prepare()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        match given:
            case [] | ["-h" | "--help" | "help"]:
                return _print(_overview())
            case ["help", name, *rest]:
                return _named(name, [*rest, "--help"])
            case ["completion", *rest]:
                return _completion(rest)
            case ["complete", "--", *words]:
                from aegis_shell._completion import candidates

                return _print("\n".join(candidates(words)))
            case ["--version"]:
                distribution = own()
                return _print(f"aegis {distribution.version if distribution else 'unknown'}")
            case [option, *_] if option.startswith("-"):
                guess = did_you_mean(option, ("--help", "--version"))
                return _say("; ".join(filter(None, (f"aegis: no option {option}", guess))), USAGE)
            case _:
                return _named(given[0], given[1:])
    except SystemExit as stop:  # argparse has spoken already
        return stop.code if isinstance(stop.code, int) else USAGE
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and Python must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _overview() -> str:
    lines = [f"  {name:<12}{command.summary()}".rstrip() for name, command in installed().items()]
    head = "usage: aegis [--version] COMMAND …\n\nContracts first: mock, verify and call APIs and events."
    foot = "aegis help COMMAND tells more; aegis completion SHELL completes commands and options."
    return "\n".join([head, "", "commands:", *lines, "", foot])


def _completion(given: Sequence[str]) -> int:
    from aegis_shell._completion import SHELLS, USED, script

    match given:
        case [shell] if shell in SHELLS:
            return _print(script(shell))
        case ["-h" | "--help"]:
            return _print(USED)
        case _:
            said = f"aegis completion: say which shell: {', '.join(SHELLS)}"
            return _say(f"{said}\n\n{USED}", USAGE)


def _named(name: str, arguments: list[str]) -> int:
    command = find(name)
    if command is None:
        guess = did_you_mean(name, installed()) or "aegis help lists them"
        return _say(f"aegis: no command {name!r}; {guess}", USAGE)
    try:
        return _run(command, arguments)
    except ModuleNotFoundError as error:
        if (told := _missing(command, error)) is None:
            raise
        return _say(told, command.ending(ENVIRONMENT))
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        raise
    except Exception as error:
        # An error that knows its exit code has a sentence for the user; so has one that knows the file.
        code: Any = getattr(error, "exit_code", None)
        if isinstance(code, int):
            return _say(str(error), command.ending(code) if code == ENVIRONMENT else code)
        if isinstance(error, OSError) and error.filename:
            return _say(f"aegis {name}: {error.filename}: {error.strerror}", command.ending(ENVIRONMENT))
        if os.environ.get("AEGIS_TRACEBACK"):
            raise
        return _say(_unexpected(name, error), command.ending(UNEXPECTED))


def _run(command: Installed, arguments: list[str]) -> int:
    from aegis_shell._parser import Parser

    parser = Parser(prog=f"aegis {command.name}")
    command.load().register(parser)
    options = parser.parse_args(arguments)
    run: Callable[[Any], int] = options.run
    return run(options)


def _missing(command: Installed, error: ModuleNotFoundError) -> str | None:
    package = (error.name or "").partition(".")[0]
    distribution = owner(command)
    extra = command.extra() or extra_for(package, distribution, command.name)
    if command.distribution is None:
        mend = install_hint(extra or "all")
    elif extra:
        mend = install_hint(extra, of=command.distribution.name)
    else:
        mend = f"pip install {package}"
    return f"aegis {command.name} needs {package or 'a package'}, which is not installed: {mend}"


def _unexpected(name: str, error: Exception) -> str:
    # Never the error's own text: it was not written for this screen, and may hold a value.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "unknown place"
    kind = type(error).__name__
    return f"aegis {name}: unexpected {kind} at {place}; that is our fault: AEGIS_TRACEBACK=1 shows all of it"


def _print(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return OK


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code
