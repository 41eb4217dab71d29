"""
The command ``aegis registry``: what a business registry is asked from a terminal or by a scheduler.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

SUMMARY = "verify businesses at the registry"


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = "Ask the business registry."
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    said = "verify every business of a CSV file"
    verify = commands.add_parser(
        "verify-all",
        help=said,
        description=f"{said.capitalize()}: one verdict a row. A run that was ended goes on where it was. Exit 0, "
        "although rows are bad; 3 when the registry lets nobody go on.",
    )
    add = verify.add_argument
    add("input", type=Path, metavar="IN.csv", help="with a column business_registration_number; start_date and "
        "representative_name are compared too (진위확인)")  # fmt: skip
    add("--out", type=Path, required=True, metavar="OUT.csv", help="where the verdicts go")
    add("--base-url", metavar="URL", help="the gateway's or the tax service's (default: AEGIS_REGISTRY_URL)")
    add("--api-key", metavar="KEY", help="better in AEGIS_REGISTRY_TOKEN: a command line is seen by others")
    add("--encoding", metavar="NAME", help="utf-8 or cp949 (default: found out)")
    add("--column", metavar="NAME", help="the column of the number, when it has another name")
    add("--concurrency", type=int, default=8, metavar="N", help="calls at once (default: %(default)s)")
    add("--rate", type=float, metavar="N", help="calls a second at most")
    add(
        "--daily-quota", type=int, metavar="N", help="businesses a day of Korea (default: 1,000,000 at the tax service)"
    )
    add("--check-digit", choices=("warn", "refuse"), default="warn", help="what a failed check digit is")
    add("--timeout", type=float, metavar="S", help="seconds for a call (default: 10)")
    add("--patience", type=float, default=300.0, metavar="S", help="seconds to wait for a registry that fails")
    add("--previous", type=Path, metavar="FILE", help="output of last time (default: what stands at OUT.csv)")
    add("--changes", type=Path, metavar="FILE", help="feed of changes, JSON Lines (default: OUT.changes.jsonl)")
    add("--restart", action="store_true", help="forget what a run that did not end has done")
    add("--format", choices=("text", "json"), default="text", help="how to print the summary")
    verify.set_defaults(run=_verify_all)


def _verify_all(options: argparse.Namespace) -> int:
    import asyncio

    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    import json

    from aegis_runtime import Circuit
    from aegis_sdk._progress import Progress
    from aegis_sdk.batch import BatchSettings, FileSettings, verify_file
    from aegis_sdk.clients import AsyncBusinessRegistryClient
    from aegis_sdk.errors import ConfigurationError
    from aegis_shell import OK, CommandError

    url = options.base_url or os.environ.get("AEGIS_REGISTRY_URL")
    if not url:
        raise CommandError("where is the registry? Give --base-url, or set AEGIS_REGISTRY_URL")
    quota = options.daily_quota or (1_000_000 if "/nts-businessman/" in url else None)
    try:
        settings = BatchSettings(
            concurrency=options.concurrency,
            rate=options.rate,
            daily_quota=quota,
            check_digit=options.check_digit,
            patience=options.patience,
        )
        # One bad row fails for itself more often than a registry's three failures in a row: five are its own.
        client = AsyncBusinessRegistryClient(
            url,
            options.api_key,
            timeout=options.timeout,
            circuit_breaker=Circuit("registry", failures=5, recovery=30.0),
        )
    except ConfigurationError as error:
        raise CommandError(str(error)) from None
    files = FileSettings(
        encoding=options.encoding,
        column=options.column,
        previous=options.previous,
        changes=options.changes,
        restart=options.restart,
    )
    progress = Progress("rows")
    async with client:
        try:
            summary = await verify_file(
                options.input,
                options.out,
                client,
                settings,
                files=files,
                progress=lambda rows, fraction: progress.reach(rows, fraction),
            )
        finally:
            progress.close()
    if options.format == "json":
        print(json.dumps(summary.as_value(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(summary.lines()))
    return OK
