"""
The command ``aegis events``: validate files, show the catalogue, produce test events, and what needs Kafka.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from itertools import chain
from typing import Protocol

from aegis_sdk.events.cli._address import add_bootstrap
from aegis_shell import OK, CommandError

SUMMARY = "validate, produce, tail and replay events"


class _Commands(Protocol):
    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser: ...  # noqa: A002


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = "Validate, produce and look at the events of the contracts."
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_validate(commands)
    _register_catalog(commands)
    _register_produce(commands)
    try:
        kafka = import_module("aegis_sdk.events.cli._kafka")
    except ModuleNotFoundError:  # tail and replay-dlq need the extra
        return
    kafka.register(commands)


def _register_validate(commands: _Commands) -> None:
    said = "hold events to their contract"
    parser = commands.add_parser("validate", help=said, description=f"{said.capitalize()}; exit 1 when one breaks it.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSON, JSON Lines or an array of events; - is stdin")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print violations")
    parser.add_argument(
        "--tolerant", action="store_true", help="complete what older writers leave out, as a reader does"
    )
    parser.add_argument("--max-bytes", type=int, metavar="N", help="longest event that is read (default 1 MiB)")
    parser.set_defaults(run=_validate)


def _register_catalog(commands: _Commands) -> None:
    parser = commands.add_parser("catalog", help="show the event types", description="Show the event types.")
    parser.add_argument("event_type", nargs="?", metavar="TYPE", help="only this one, with its schema")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    parser.set_defaults(run=_catalog)


def _register_produce(commands: _Commands) -> None:
    said = "make valid events, to stdout or to Kafka"
    parser = commands.add_parser("produce", help=said, description=f"{said.capitalize()}.")
    parser.add_argument(
        "event_type", nargs="?", metavar="TYPE", help="event type, such as UserRegistered (default: every one)"
    )
    parser.add_argument("--count", type=int, default=1, metavar="N", help="how many of each type (default 1)")
    parser.add_argument(
        "--seed", metavar="TEXT", help="the same seed makes the same events, with the same ids and times"
    )
    parser.add_argument("--users", type=int, default=100, metavar="N", help="over how many users (default 100)")
    add_bootstrap(parser, "publish there instead of printing")
    parser.set_defaults(run=_produce)


def _validate(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._validate import validate_files

    return validate_files(options.files, options.format, tolerant=options.tolerant, max_bytes=options.max_bytes)


def _catalog(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._catalog import show_catalog

    return show_catalog(options.event_type, options.format)


def _produce(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._catalog import type_names
    from aegis_sdk.events.cli._produce import publish, samples

    if options.count < 0 or options.users < 1:
        raise CommandError("--count must be at least 0, and --users at least 1")
    names = [options.event_type] if options.event_type else type_names()
    made = [samples(name, options.count, seed=options.seed, users=options.users) for name in names]
    events = chain.from_iterable(made)
    if options.bootstrap:
        return publish(events, options.count * len(names), options.bootstrap)
    for message in events:
        _write(message)
    return OK


def _write(message: bytes) -> None:
    # The bytes are the event: a file or a pipe gets them as Kafka would, whatever a console can show.
    if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        print(message.decode())
    else:
        sys.stdout.buffer.write(message + b"\n")
