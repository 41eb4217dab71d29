"""
The option ``--bootstrap``: an address that cannot be one is a mistake of usage, told before anything is asked.
"""

from __future__ import annotations

import argparse
import os
import re

from aegis_shell import CommandError

__all__ = ["add_bootstrap", "require_bootstrap"]

_ONE = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)(?::([0-9]{1,5}))?")


def add_bootstrap(parser: argparse.ArgumentParser, said: str = "where Kafka is (or set AEGIS_KAFKA_BOOTSTRAP)") -> None:
    """
    Describe the option.
    """
    parser.add_argument("--bootstrap", type=_addresses, metavar="HOST:PORT", help=said)


def require_bootstrap(options: argparse.Namespace) -> None:
    """
    Refuse a command that was told nowhere where Kafka is.

    Raises:
        CommandError: neither the option nor the variable says it.
    """
    if not (options.bootstrap or os.environ.get("AEGIS_KAFKA_BOOTSTRAP")):
        raise CommandError("say where Kafka is: --bootstrap HOST:PORT, or AEGIS_KAFKA_BOOTSTRAP")


def _addresses(text: str) -> str:
    for address in text.split(","):
        found = _ONE.fullmatch(address.strip())
        if found is None or not 0 < int(found[1] or 9092) <= 65_535:
            raise argparse.ArgumentTypeError(f"{address!r} is no address; write HOST:PORT, several with commas")
    return text
