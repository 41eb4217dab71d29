"""
The command ``aegis verify``: hold a provider to its contract.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aegis_shell import ENVIRONMENT, FOUND, OK, USAGE, CommandError
from aegis_verifier import _options

if TYPE_CHECKING:
    from aegis_contracts import Contract
    from aegis_verifier._settings import Settings
    from aegis_verifier.events import Records
    from aegis_verifier.runner import Run
    from aegis_verifier.workflows import Workflows

SUMMARY = "hold a provider to its contract"
EXTRA = "verify"
FAILS = USAGE


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = "Hold a provider to its contract: what it answers, refuses, keeps and publishes."
    add = parser.add_argument
    add("base_url", metavar="BASE_URL", nargs="?", help="where the provider is, such as http://127.0.0.1:8000")
    add("--contract", action="append", default=[], metavar="FILE", help="OpenAPI document; may be repeated")
    add(
        "--api",
        action="append",
        default=[],
        metavar="NAME",
        help="a bundled contract: user, recommendation, registry, sms",
    )
    add(
        "--auth",
        action="append",
        default=[],
        metavar="[SCHEME=]VALUE",
        help="credential: token, key or user:password (AEGIS_VERIFY_AUTH)",
    )
    add(
        "--forbidden",
        action="append",
        default=[],
        metavar="[SCHEME=]VALUE",
        help="a known credential that may do nothing (AEGIS_VERIFY_FORBIDDEN)",
    )
    add(
        "--kafka",
        metavar="BOOTSTRAP",
        help="hold the events of x-emits, too: the Kafka that the provider publishes to (with --run: is told to)",
    )
    add("--inbox", metavar="URL", help="an aegis mock whose inbox gets the provider's mails and SMS")
    add(
        "--run",
        metavar="COMMAND",
        dest="command",
        help="start the provider so, among mock neighbours, Kafka and a mail server",
    )
    add(
        "--health",
        default="/health",
        metavar="PATH",
        help="with --run: answers when it is ready (default: %(default)s)",
    )
    add(
        "--port",
        type=_options.port,
        default=0,
        metavar="N",
        help="with --run: where the provider listens; a free one by default",
    )
    add("--start-time", type=_options.seconds, default=60.0, metavar="S", help="with --run: starting may take so long")
    add("--fixtures", metavar="FILE", help="values for parameters, fields and bodies that only the provider knows")
    add(
        "--setup", metavar="COMMAND|URL", help="called before each case with the operation, to prepare a provider state"
    )
    add(
        "--workflow",
        action="append",
        default=[],
        metavar="FILE[#ID]",
        help="run the workflows of an Arazzo document, or one of them; may be repeated",
    )
    add("--inputs", metavar="FILE", help="inputs of workflows, by workflow or name; made from their schema otherwise")
    add(
        "--source",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="the file that stands for a workflow's source description",
    )
    add(
        "--server",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="where the provider of a source description is, when it is not BASE_URL",
    )
    add("--header", action="append", default=[], metavar="NAME:VALUE", help="send this with every request")
    add("--operation", action="append", default=[], metavar="ID", help="only this operation; may be repeated")
    add("--kind", action="append", default=[], metavar="KIND", help="only this kind of case; may be repeated")
    add(
        "--fuzz",
        type=_options.workers,
        nargs="?",
        const=10,
        metavar="N",
        help="let Schemathesis send N cases to each operation, too",
    )
    add("--seed", default="", help="another seed makes other cases; a random one by default")
    add(
        "--timeout",
        type=_options.seconds,
        default=10.0,
        metavar="S",
        help="longer than this is a hang (default: %(default)g)",
    )
    add(
        "--patience",
        type=_options.seconds,
        default=5.0,
        metavar="S",
        help="a mail, SMS or event may take so long (default: %(default)g)",
    )
    add("--max-time", type=_options.seconds, metavar="S", help="begin no case after this time")
    add("--fail-fast", action="store_true", help="begin no case after the first one that does not hold")
    add("--workers", type=_options.workers, default=4, metavar="N", help="cases at once (default: %(default)s)")
    add("--insecure", action="store_true", help="do not check the provider's certificate")
    add(
        "--report",
        type=_options.report,
        action="append",
        default=[],
        metavar="FORMAT[=FILE]",
        help="text, json, junit, html or github; to stdout without a file (default: text)",
    )
    add("--baseline", metavar="FILE", help="known failures, each with an owner and an end")
    add("--strict", action="store_true", help="what the contract only leaves room for counts, too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """
    Verify as the command line says; returns the exit code.
    """
    from contextlib import ExitStack

    from aegis_verifier.box import Box, BoxError, MockInbox
    from aegis_verifier.events import KafkaError, Records

    _options.check(options)
    contracts = _options.contracts(options)
    settings = _options.settings(options)
    _options.kinds(options.kind)
    _options.operations(options.operation, contracts)
    with ExitStack() as stack:
        records, box = None, None
        try:
            url, kafka = options.base_url, options.kafka
            if options.command:
                if url:
                    raise CommandError(
                        "BASE_URL is where a provider is; with --run it is started at an address of its own"
                    )
                box = stack.enter_context(
                    Box(
                        options.command,
                        health=options.health,
                        start=options.start_time,
                        port=options.port,
                        kafka=kafka or "",
                    )
                )
                url, kafka = box.url, box.kafka
                settings = replace(settings, inbox=box.inbox, owned=not options.kafka)
            elif options.inbox:
                settings = replace(settings, inbox=MockInbox(options.inbox))
            if not url:
                raise CommandError("name the provider's address, such as http://127.0.0.1:8000, or start it with --run")
            if kafka:
                records = Records(kafka)
                stack.callback(records.close)
        except (BoxError, KafkaError) as error:
            raise CommandError(str(error), ENVIRONMENT) from None
        workflows = _workflows(options, contracts, settings, records)
        code = _verified(options, contracts, settings, url, records, workflows)
        if box is not None and box.ended:
            print(box.ended, file=sys.stderr)
        return code


def _verified(
    options: argparse.Namespace,
    contracts: list[Contract],
    settings: Settings,
    url: str,
    records: Records | None,
    workflows: Workflows | None,
) -> int:
    from aegis_contracts import DanglingReferenceError
    from aegis_verifier import baseline
    from aegis_verifier.reports import FORMATS, Teller, findings
    from aegis_verifier.runner import SocketTransport, UnreachableError
    from aegis_verifier.runner import run as play

    known = baseline.read(options.baseline) if options.baseline else []
    try:
        transport = SocketTransport(url, verify=not options.insecure)
        transport.check(options.timeout)
        result = play(
            contracts,
            transport,
            settings,
            kinds=_options.kinds(options.kind),
            operations=_options.operations(options.operation, contracts),
            workers=options.workers,
            max_time=options.max_time,
            fail_fast=options.fail_fast,
            progress=Teller(),
            records=records,
            workflows=workflows,
        )
    except (ValueError, UnreachableError) as error:
        raise CommandError(str(error), USAGE) from None
    except DanglingReferenceError as error:
        raise CommandError(f"the contract cannot be used: {error}; aegis lint says where", USAGE) from None
    transport.close()
    if options.fuzz:
        _fuzz(options, result)
    found = findings(result)
    for line in baseline.apply(known, found):
        print(line, file=sys.stderr)
    for name, file in options.report or [("text", "")]:
        _write(FORMATS[name](result, found), file)
    wrong = [f for f in found if (f.severity == "error" or options.strict) and not f.known]
    if wrong:
        return FOUND
    if not any(outcome.verdict == "held" for outcome in result.outcomes):
        print("no claim could be decided, so there is no verdict", file=sys.stderr)
        return USAGE
    # Whoever names a workflow wants it run; that it could not be is no success.
    return USAGE if options.workflow and any(outcome.not_run for outcome in result.outcomes) else OK


def _workflows(
    options: argparse.Namespace, contracts: list[Contract], settings: Settings, records: Records | None
) -> Workflows | None:
    """
    Open the documents that are named; with the user API and its neighbours also its own.
    """
    from aegis_contracts import bundled
    from aegis_verifier.workflows import Workflows

    files = list(options.workflow)
    there = settings.inbox is not None and records is not None
    if not files and "user" in options.api and there and not options.operation:
        files = [str(path) for path in sorted((bundled() / "openapi" / "workflows").glob("*.arazzo.yaml"))]
    if not files or (options.kind and "workflows" not in options.kind):
        for name in ("inputs", "source", "server", "workflow"):
            if getattr(options, name):
                raise CommandError(f"--{name} has no effect: no workflow is run", USAGE)
        return None
    for file in options.workflow:
        path = file.partition("#")[0]
        if not Path(path).is_file() and not path.startswith(("http://", "https://")):
            raise CommandError(f"--workflow {file}: there is no such file", USAGE)
    try:
        return Workflows(
            files,
            named=dict(_options.pair("--source", text) for text in options.source),
            servers=dict(_options.pair("--server", text) for text in options.server),
            inputs=_options.inputs(options.inputs) if options.inputs else {},
            contracts=contracts,
            seconds=options.max_time,
        )
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None


def _fuzz(options: argparse.Namespace, result: Run) -> None:
    from aegis_verifier.fuzz import fuzzed

    for contract, prefix in zip(result.contracts, result.prefixes, strict=True):
        seconds = options.max_time or 600.0
        address = result.address + prefix
        result.outcomes += fuzzed(contract, address, result.settings, examples=options.fuzz, seconds=seconds)


def _write(text: str, file: str) -> None:
    if not file:
        print(text, end="")
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--report {file}: {error.strerror}", USAGE) from None
