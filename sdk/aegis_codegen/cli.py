"""
The command ``aegis generate``: typed clients for anybody's OpenAPI documents, into anybody's package.
"""

from __future__ import annotations

import argparse
import keyword
from pathlib import Path

from aegis_codegen._generate import generate_all, stale_files, write
from aegis_codegen._report import reported
from aegis_codegen._taken import owner
from aegis_shell import FOUND, OK, CommandError

SUMMARY = "write typed clients, sync and async, for OpenAPI documents into a package of yours"
EXTRA = "generate"


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = (
        "Write a package of typed clients for each OpenAPI document. They stand on aegis_runtime, which this "
        "distribution brings. What cannot be carried is refused with its place, and then nothing is written."
    )
    parser.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="OpenAPI file or URL; name all that belong to PACKAGE"
    )
    parser.add_argument("--into", required=True, metavar="PACKAGE", help="the package to write into, such as acme.apis")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="the folder that PACKAGE is in")
    parser.add_argument(
        "--provider",
        action="store_true",
        help="also what a provider needs (aegis_sdk.provider): request models and a constant for each problem code",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when files are not as they should be"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """
    Generate, and write or compare.
    """
    into: str = options.into
    steps = into.split(".")
    if not all(step.isidentifier() and not keyword.iskeyword(step) for step in steps):
        raise CommandError(f"--into {into} is no name of a package; write it like acme.apis")
    if taken := owner(into):
        raise CommandError(
            f"--into {into} would hide {steps[0]}, a package of {taken}; put it below a name of your own, "
            f"such as --into acme.{into}"
        )
    root = Path(options.out).joinpath(*steps)
    apis, files = generate_all(list(options.documents), into, provider=options.provider)
    if options.check:
        found = [(root, difference) for difference in stale_files(files, root, others=False)]
        print(reported(found, "the same command without --check"), end="")
        return FOUND if found else OK
    changed = write(files, root, others=False)
    for line in changed:
        print(line)
    for api in apis:
        print(f"from {into} import {api.client}, Async{api.client}, {api.error}")
    return OK
