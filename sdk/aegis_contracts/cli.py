"""
The console command ``aegis``: finds its sub-commands in what is installed, and turns errors into words.

Exit codes: 0 fine, 1 something was found wrong, 2 unusable arguments or input, 3 the environment refuses (port in
use, broker unreachable, extra not installed), 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from aegis_contracts._commands import commands as installed
from aegis_contracts._violation import ContractError

OK, FOUND, USAGE, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 130
SUMMARIES = {
    "demo": "tell the whole story: a user registered against the mock, with events, mail and SMS",
    "events": "validate, produce, tail and replay events",
    "lint": "check contracts: OpenAPI, AsyncAPI, JSON Schema, examples and our profile",
    "mock": "serve contracts as a stateful mock",
    "topics": "plan and apply the Kafka topics of the contract",
}


class CommandError(Exception):
    """
    Ends a command with a sentence for the user and an exit code.
    """

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run ``aegis`` and return its exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = installed()
    try:
        if given and given[0] in commands:
            return _run(given[0], commands[given[0]], given[1:])
        parser = _parser(commands)
        parser.parse_args(given)
        parser.print_help()
        return OK if not given else USAGE
    except SystemExit as stop:  # argparse has spoken already
        return stop.code if isinstance(stop.code, int) else USAGE


def _parser(commands: dict[str, str]) -> argparse.ArgumentParser:
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("aegis-sdk")
    except PackageNotFoundError:
        number = "unknown"
    lines = [f"  {name:<10} {SUMMARIES.get(name, '')}" for name in commands]
    parser = argparse.ArgumentParser(
        prog="aegis",
        description="Contracts first: mock, verify and call the APIs and events of Aegis.",
        epilog="\n".join(["commands:", *lines, "", "aegis COMMAND --help tells more."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="aegis [--version] COMMAND …",
    )
    parser.add_argument("--version", action="version", version=f"aegis {number}")
    parser.add_argument("command", nargs="?", choices=list(commands), help=argparse.SUPPRESS)
    return parser


def _run(name: str, home: str, arguments: list[str]) -> int:
    try:
        module = importlib.import_module(home)
        parser = argparse.ArgumentParser(prog=f"aegis {name}", description=SUMMARIES.get(name))
        module.register(parser)
        options = parser.parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except ModuleNotFoundError as error:
        return _say(_missing(name, error), ENVIRONMENT)
    except CommandError as error:
        return _say(str(error), error.code)
    except ContractError as error:
        return _say(str(error), USAGE)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is wrong, and Python must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


_EXTRAS = {
    "aiokafka": "kafka",
    "aiosmtplib": "email",
    "asyncpg": "postgres",
    "confluent_kafka": "mock",
    "httptools": "mock",
    "jinja2": "email",
    "jsonschema_rs": "kafka",
    "msgspec": "kafka",
    "prometheus_client": "metrics",
    "pyreqwest": "fast",
    "rich": "mock",
    "yaml": "mock",
}


def _missing(command: str, error: ModuleNotFoundError) -> str:
    package = (error.name or "").split(".")[0]
    extra = "mock" if command in {"demo", "lint", "mock"} else _EXTRAS.get(package, "all")
    return f"aegis {command} needs {package or 'a package'}, which is not installed: pip install 'aegis-sdk[{extra}]'"


def _say(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    # By its own name, so that a command's CommandError is the class that is caught here.
    sys.exit(importlib.import_module("aegis_contracts.cli").main())
