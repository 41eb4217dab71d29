"""
The command ``aegis can-deploy``: who would break if this contract were deployed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict

from aegis_shell import FOUND, OK, USAGE
from aegis_verifier.diff import compare_versions, read_version
from aegis_verifier.needs._hits import with_consumers
from aegis_verifier.needs._judge import Unmet, unmet
from aegis_verifier.needs._needs import read_needs

SUMMARY = "say which consumers a contract would break, and on which field"
EXTRA = "verify"
FAILS = USAGE


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = (
        "Hold a contract to what consumers need. Exit codes: 0 nobody breaks, 1 somebody does, 2 unusable."
    )
    parser.add_argument(
        "--contract",
        required=True,
        action="append",
        metavar="NEW",
        help="file, folder or REVISION:path; may be repeated",
    )
    parser.add_argument("--needs", required=True, action="append", metavar="DIR", help="needs files of consumers")
    parser.add_argument("--old", metavar="OLD", help="what is deployed now: changes that hit somebody are told as well")
    parser.add_argument("--format", choices=("text", "json", "github"), default="text", help="how to print")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """
    Judge every need, and print who would break.
    """
    needs = [need for folder in options.needs for need in read_needs(folder)]
    with ExitStack() as open_versions:
        versions = [open_versions.enter_context(read_version(named)) for named in options.contract]
        contracts = [contract for version in versions for contract in version.contracts]
        found = unmet(needs, contracts, [document for version in versions for document in version.events])
    if options.old:
        for new in options.contract:
            for change in with_consumers(compare_versions(options.old, new), needs):
                if change.fails:
                    told = [Unmet(name, change.subject, change.path, change.message) for name in change.consumers]
                    found += [one for one in told if one not in found]
    _print(found, options.format, [need.consumer for need in needs])
    return FOUND if found else OK


def _print(found: Sequence[Unmet], style: str, consumers: Sequence[str]) -> None:
    match style:
        case "json":
            print(
                json.dumps({"deployable": not found, "unmet": [asdict(u) for u in found]}, ensure_ascii=False, indent=2)
            )
        case "github":
            for one in found:
                print(f"::error title={one.consumer}::{one.subject} {one.field} {one.message}".replace("\n", "%0A"))
        case _:
            for one in found:
                print(f"✗ {one.consumer}: {one.subject}{f' {one.field}' if one.field else ''} {one.message}")
    if style != "json":
        hit = sorted({one.consumer for one in found})
        print(f"{', '.join(hit)} would break" if hit else f"nobody breaks: {', '.join(sorted(set(consumers)))}")
