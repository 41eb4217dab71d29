"""
The command ``aegis lint``: check contracts, say where, what and how to mend.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from aegis_contracts._contract import Contract, load
from aegis_contracts._violation import ContractError, Finding
from aegis_contracts.arazzo import is_arazzo, lint_arazzo, load_arazzo
from aegis_contracts.documents._bundle import bundled, events_beside
from aegis_contracts.events import lint_events, load_events
from aegis_contracts.lint import lint
from aegis_shell import FOUND, OK, USAGE, own_entry_points

SUMMARY = "check contracts: OpenAPI, AsyncAPI, Arazzo, JSON Schema, examples and our profile"
EXTRA = "mock"
PROFILE = "aegis"
# Nothing was there to be checked: that is no finding about a contract.
_NOT_THERE = frozenset({"no-file", "no-asyncapi"})


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = (
        "Check OpenAPI and Arazzo documents and folders of event schemas; without names, the bundled contracts."
    )
    parser.add_argument(
        "documents", nargs="*", metavar="FILE|FOLDER", help="OpenAPI or Arazzo file, or folder with asyncapi.yaml"
    )
    parser.add_argument("--format", choices=("text", "json", "github"), default="text", help="how to print findings")
    parser.add_argument(
        "--no-profile",
        action="store_true",
        help="check the standards only, not the document's x-profile",
    )
    parser.add_argument("--fail-on", choices=("error", "warning"), default="error", help="what makes the exit code 1")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """
    Check every document, print the findings, and say whether all is well, or that a document was not there.
    """
    names: list[str] = options.documents or _bundled()
    found: list[Finding] = []
    for name in names:
        found += check(name, profile=not options.no_profile)
    _print(found, options.format, len(names))
    if any(finding.rule in _NOT_THERE for finding in found):
        return USAGE
    grave = [finding for finding in found if finding.severity == "error" or options.fail_on == "warning"]
    return FOUND if grave else OK


def check(name: str, *, profile: bool = True) -> list[Finding]:
    """
    List the findings of one OpenAPI or Arazzo file, or of one folder of event schemas.
    """
    try:
        path = Path(name)
        if path.is_dir() or path.name.startswith("asyncapi."):
            return list(lint_events(path if path.is_dir() else path.parent))
        if is_arazzo(path):
            return lint_arazzo(load_arazzo(name))
        folder = events_beside(path) if path.is_file() else None
        contract = load(name)
        # Our profile binds the contracts that name it, and nobody else's.
        held = profile and contract.extensions.get("x-profile") == PROFILE
        found = lint(contract, profile=held, events=load_events(folder) if folder else None)
        asked = [finding for rule in (_rules() if held else ()) for finding in rule(contract)]
        return [*found, *contract.documents.located(asked)]
    except ContractError as error:
        return list(error.findings)


def _rules() -> Iterator[Callable[[Contract], Iterable[Finding]]]:
    """
    Find what other rooms ask of contracts that name our profile: the entry points of the group ``aegis.lint``.
    """
    for value in own_entry_points("aegis.lint").values():
        module, _, name = value.partition(":")
        try:
            yield getattr(import_module(module), name)
        except ModuleNotFoundError:  # the room's extra is not installed, so nothing of it can be held to the contract
            continue


def _bundled() -> list[str]:
    folder = bundled()
    here = Path.cwd()
    apis = folder / "openapi"
    names = [*sorted(apis.glob("*.yaml")), *sorted(apis.glob("workflows/*.arazzo.yaml")), folder / "schemas"]
    return [str(path.relative_to(here)) if path.is_relative_to(here) else str(path) for path in names]


def _print(found: Iterable[Finding], style: str, documents: int) -> None:
    findings = list(found)
    match style:
        case "json":
            print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        case "github":
            for f in findings:
                message = f"{f.message}; {f.mend}".replace("%", "%25").replace("\n", "%0A")
                print(f"::{f.severity} file={f.source},line={f.line},col={f.column},title={f.rule}::{message}")
        case _:
            for finding in findings:
                print(f"{finding.severity}: {finding}")
            errors = sum(finding.severity == "error" for finding in findings)
            print(f"{documents} checked: {errors} errors, {len(findings) - errors} warnings")
