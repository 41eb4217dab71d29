"""
The command ``aegis topics``: the topics of the contract, compared with a cluster's and created there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from aegis_sdk.errors import ConfigurationError, EventError, MissingExtraError
from aegis_sdk.events.cli._address import add_bootstrap, require_bootstrap
from aegis_sdk.events.cli._running import quiet
from aegis_shell import ENVIRONMENT, FOUND, OK, USAGE, CommandError

if TYPE_CHECKING:
    from aegis_sdk.events.kafka._topics import TopicPlan

SUMMARY = "plan and apply the Kafka topics of the contract"
_EPILOG = """
exit codes: 0 the cluster has what the contract says, 1 it has not, 2 unusable arguments, 3 no broker answers.
Credentials come from the environment: AEGIS_KAFKA_SECURITY_PROTOCOL, _SASL_MECHANISM, _USERNAME, _PASSWORD, _CA_FILE.
"""


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = "Compare the topics of the event contracts with a cluster's, and create what is missing."
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    plan = commands.add_parser(
        "plan",
        help="tell what is missing and what differs; change nothing",
        description="Tell which topics are missing on the cluster and which differ from the contract. Changes nothing.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plan.set_defaults(run=_plan)
    apply = commands.add_parser(
        "apply",
        help="create what is missing, mend what loses nothing, tell the rest",
        description=(
            "Create the topics that are missing, lengthen retentions that are too short, and tell what else differs.\n"
            "Nothing is deleted, shrunk or moved."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    apply.add_argument(
        "--add-partitions",
        action="store_true",
        help="also add partitions; keys move to other partitions then, so order across that moment is lost",
    )
    apply.set_defaults(run=_apply)
    for command in (plan, apply):
        add_bootstrap(command)
        command.add_argument(
            "--replication-factor",
            type=int,
            metavar="N",
            help="instead of the contract's, for a development cluster with fewer brokers",
        )
        command.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="for each request (10)")
        command.add_argument("--format", choices=("text", "json"), default="text", help="how to print")


def _plan(options: argparse.Namespace) -> int:
    from aegis_sdk.events.kafka._topics import plan_topics

    _check(options)
    try:
        with quiet():
            plans = asyncio.run(
                plan_topics(options.bootstrap, replication_factor=options.replication_factor, timeout=options.timeout)
            )
    except (EventError, ConfigurationError) as error:
        raise _refusal(error) from None
    return _print(plans, options, "aegis topics apply creates and mends what it may")


def _apply(options: argparse.Namespace) -> int:
    from aegis_sdk.events.kafka._topics import apply_topics

    _check(options)
    try:
        with quiet():
            plans = asyncio.run(
                apply_topics(
                    options.bootstrap,
                    replication_factor=options.replication_factor,
                    add_partitions=options.add_partitions,
                    timeout=options.timeout,
                )
            )
    except (EventError, ConfigurationError) as error:
        raise _refusal(error) from None
    return _print(plans, options, "what is left is for an operator to decide")


def _check(options: argparse.Namespace) -> None:
    if options.replication_factor is not None and options.replication_factor < 1:
        raise CommandError("--replication-factor must be at least 1")
    if options.timeout <= 0:
        raise CommandError("--timeout must be more than 0")
    require_bootstrap(options)


def _refusal(error: Exception) -> CommandError:
    environment = isinstance(error, (EventError, MissingExtraError))
    return CommandError(str(error), ENVIRONMENT if environment else USAGE)


def _print(plans: Sequence[TopicPlan], options: argparse.Namespace, hint: str) -> int:
    in_sync = all(plan.state == "in sync" for plan in plans)
    if options.format == "json":
        told = {"in_sync": in_sync, "topics": [asdict(plan) for plan in plans]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for plan in plans for line in _lines(plan)))
        good = sum(plan.state == "in sync" for plan in plans)
        sys.stdout.write(f"{good} of {len(plans)} topics in sync" + ("\n" if in_sync else f"; {hint}\n"))
    return OK if in_sync else FOUND


def _lines(plan: TopicPlan) -> list[str]:
    done = f" ({', '.join(plan.done)})" if plan.done else ""
    lines = [f"{plan.name}: {plan.state}{done}"]
    if plan.refused:
        lines.append(f"    refused: {plan.refused}")
    for found in plan.differences:
        mend = "aegis topics apply mends it" if found.safe else found.mend
        lines.append(f"    {found.setting} is {found.found}, the contract says {found.wanted}: {mend}")
    lines += [f"    note: {note}" for note in plan.notes]
    return lines
