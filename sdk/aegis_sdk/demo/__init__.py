"""
``aegis demo``: the whole story on one machine, told as it happens.

It starts the mock server with an embedded Kafka as a program of its own, and does everything else through the SDK. It
needs the extra ``mock``; it needs no Docker, no account, and nothing from the internet.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec

__all__ = ["EXTRA", "SUMMARY", "register"]

SUMMARY = "tell the whole story: a user registered against the mock, with events, mail and SMS"
EXTRA = "mock"

NEEDED = ("aiokafka", "confluent_kafka", "jsonschema_rs", "msgspec", "rich", "yaml")


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = (
        "Register a user through the SDK against the mock server, and see what follows: the business registry, events "
        "on Kafka, mail, SMS, typed errors, the circuit breaker."
    )
    parser.add_argument("--json", action="store_true", help="no story; one JSON summary when it is over")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """
    Tell the story; 0 when everything happened as it should.
    """
    from aegis_shell import ENVIRONMENT, CommandError, install_hint

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise CommandError(f"aegis demo needs {', '.join(missing)}: {install_hint('mock')}", ENVIRONMENT)
    from aegis_sdk.demo._run import tell

    return tell(as_json=options.json)
