"""
What the options of ``aegis verify`` mean: contracts, credentials, kinds, bounds; what cannot be meant is refused here.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aegis_shell import USAGE, CommandError, did_you_mean

if TYPE_CHECKING:
    from aegis_contracts import Contract
    from aegis_verifier._settings import Settings

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check(options: argparse.Namespace) -> None:
    """
    Refuse what would fail only when all is done: commands that cannot be read, reports that cannot be written.

    Raises:
        CommandError: says which option and why.
    """
    for name, command in (("--run", options.command), ("--setup", options.setup)):
        try:
            if command and not shlex.split(command):
                raise CommandError(f"{name}: there is no command in it", USAGE)
        except ValueError as error:
            raise CommandError(f"{name} {command}: {str(error)[:1].lower()}{str(error)[1:]}", USAGE) from None
    for _, file in options.report:
        if file and not Path(file).absolute().parent.is_dir():
            raise CommandError(f"--report {file}: there is no such folder", USAGE)


def pair(option: str, text: str) -> tuple[str, str]:
    """
    Read ``NAME=VALUE``.
    """
    name, mark, value = text.partition("=")
    if not mark or not name or not value:
        raise CommandError(f"{option} {text}: write it as NAME={'FILE' if option == '--source' else 'URL'}", USAGE)
    return name, value


def inputs(file: str) -> dict[str, Any]:
    """
    Read the inputs of workflows.
    """
    from aegis_contracts import ContractError
    from aegis_contracts.documents._text import parse

    try:
        value = parse(Path(file).read_bytes(), file)
    except OSError as error:
        raise CommandError(f"--inputs {file}: {error.strerror}", USAGE) from None
    except ContractError as error:
        raise CommandError(f"--inputs {error}", USAGE) from None
    if not isinstance(value, dict):
        raise CommandError(f"--inputs {file}: must be an object of inputs by workflow, or by name", USAGE)
    return value


def contracts(options: argparse.Namespace) -> list[Contract]:
    """
    Load the contracts that are named.
    """
    from aegis_verifier.runner import contracts_of
    from aegis_verifier.runner._run import APIS

    for name in options.api:
        if name not in APIS:
            raise CommandError(f"--api {name}: is none of {', '.join(APIS)}{_guess(name, APIS)}", USAGE)
    for name in options.contract:
        if not Path(name).is_file() and not name.startswith(("http://", "https://")):
            raise CommandError(f"--contract {name}: there is no such file", USAGE)
    if not options.api and not options.contract and not options.workflow:
        said = "say which contract: --contract FILE, or --api user for a bundled one; or --workflow FILE"
        raise CommandError(said, USAGE)
    return contracts_of(options.contract, options.api)


def settings(options: argparse.Namespace) -> Settings:
    """
    Read what the options say about a run.
    """
    from aegis_verifier._settings import DEFAULT_CREDENTIAL, Credentials, Fixtures, Settings
    from aegis_verifier._states import fixtures_of, setup_of

    given = options.auth or [os.environ.get("AEGIS_VERIFY_AUTH") or DEFAULT_CREDENTIAL]
    forbidden = options.forbidden or [text for text in (os.environ.get("AEGIS_VERIFY_FORBIDDEN"),) if text]
    return Settings(
        seed=options.seed or secrets.token_hex(4),
        timeout=options.timeout,
        patience=options.patience,
        credentials=Credentials(_credentials(given)),
        forbidden=Credentials(_credentials(forbidden)) if forbidden else None,
        headers=tuple(map(_header, options.header)),
        fixtures=fixtures_of(options.fixtures) if options.fixtures else Fixtures(),
        setup=setup_of(options.setup) if options.setup else None,
    )


def _credentials(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        if _CONTROL.search(text):
            raise CommandError("a credential must be one line without control characters; it is not shown here", USAGE)
        scheme, mark, value = text.partition("=")
        if mark and scheme.isidentifier() and value:
            found[scheme] = value
        else:
            found[""] = text
    return found


def _header(text: str) -> tuple[str, str]:
    name, mark, value = text.partition(":")
    if not mark or not name.strip() or _CONTROL.search(text):
        raise CommandError(f"--header {_CONTROL.sub(' ', name)}: write it as NAME:VALUE, on one line", USAGE)
    return name.strip(), value.strip()


def kinds(given: list[str]) -> frozenset[str] | None:
    """
    Read the kinds of cases that are asked for; None stands for all.
    """
    from aegis_verifier.cases import NAMES

    for kind in given:
        if kind not in NAMES:
            raise CommandError(
                f"--kind {kind}: there is no such kind; {did_you_mean(kind, NAMES) or ', '.join(NAMES)}", USAGE
            )
    return frozenset(given) or None


def operations(given: list[str], contracts: list[Contract]) -> frozenset[str] | None:
    """
    Read the operations that are asked for; None stands for all.
    """
    known = [operation.key for contract in contracts for operation in contract.operations.values()]
    for key in given:
        if key not in known:
            raise CommandError(f"--operation {key}: no contract has it; {did_you_mean(key, known)}", USAGE)
    return frozenset(given) or None


def report(text: str) -> tuple[str, str]:
    """
    Read the format and the file of a report.
    """
    from aegis_verifier.reports import FORMATS

    name, _, file = text.partition("=")
    if name not in FORMATS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(FORMATS)}{_guess(name, FORMATS)}")
    return name, file


def _guess(name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name, known)
    return f"; {near}" if near else ""


def port(text: str) -> int:
    """
    Read a port.
    """
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return number


def seconds(text: str) -> float:
    """
    Read a number of seconds.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number of seconds")
    return number


def workers(text: str) -> int:
    """
    Read a number of cases at once.
    """
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 64")
    return number
