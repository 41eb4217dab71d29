"""
``aegis events tail``, ``replay-dlq``, ``relay``, ``lag`` and ``outbox``: what needs a broker, or what waits for one.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Protocol

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.cli._address import add_bootstrap, require_bootstrap
from aegis_sdk.events.cli._running import run
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_shell import CommandError

__all__ = ["register"]


class _Commands(Protocol):
    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser: ...  # noqa: A002


def register(commands: _Commands) -> None:
    """
    Describe the commands.
    """
    _register_tail(commands)
    _register_replay(commands)
    _register_relay(commands)
    _register_lag(commands)
    _register_outbox(commands)


def _register_tail(commands: _Commands) -> None:
    said = "follow events on Kafka, each held to its contract, personal values hidden"
    parser = commands.add_parser(
        "tail", help=said, description=f"{said.capitalize()}; JSON Lines. Exit 1 when one broke its contract."
    )
    add_bootstrap(parser)
    parser.add_argument(
        "--topic", action="append", metavar="NAME", help="only this topic (default: all of the contracts)"
    )
    parser.add_argument("--event-type", action="append", metavar="TYPE", help="only events of this type")
    parser.add_argument(
        "--from-beginning", action="store_true", help="begin with the oldest event, not with the next one"
    )
    parser.add_argument("--count", type=_positive, metavar="N", help="end after so many events")
    parser.add_argument("--until-end", action="store_true", help="end where the topics end now")
    parser.add_argument("--show-values", action="store_true", help="show personal values and broken events as they are")
    parser.set_defaults(run=_tail)


def _register_replay(commands: _Commands) -> None:
    said = "publish dead letters again to where they came from"
    parser = commands.add_parser(
        "replay-dlq",
        help=said,
        description=f"{said.capitalize()}, up to those that are there now, each at most once in a run. Where the last"
        " run ended is remembered; what a filter left out is offered again the next time.",
    )
    add_bootstrap(parser)
    parser.add_argument("--topic", required=True, metavar="NAME.dlq", help="the dead-letter topic")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument(
        "--for-group",
        metavar="NAME",
        help="for this consumer group (default: the one that could not handle the letter)",
    )
    whom.add_argument("--for-all", action="store_true", help="for every group, also those that have handled it")
    parser.add_argument("--to", metavar="NAME", help="publish there and not to each letter's own source")
    parser.add_argument("--event-type", metavar="TYPE", help="only events of this type")
    parser.add_argument("--reason", metavar="WORD", help="only letters with this reason, such as retries_exhausted")
    parser.add_argument("--limit", type=_positive, metavar="N", help="at most so many")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be published, as JSON Lines, and do nothing"
    )
    parser.add_argument("--all", action="store_true", help="begin with the oldest letter, replayed before or not")
    parser.add_argument(
        "--group", default="aegis-replay-dlq", metavar="NAME", help="under which name the place is kept"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the summary")
    parser.set_defaults(run=_replay)


def _register_relay(commands: _Commands) -> None:
    said = "publish what stands in an outbox"
    parser = commands.add_parser(
        "relay",
        help=said,
        description=f"{said.capitalize()}, each event once, until it is stopped. Several may run at once.",
    )
    _add_outbox(parser)
    add_bootstrap(parser)
    parser.add_argument("--once", action="store_true", help="end when nothing waits any more")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="S", help="with --once: give up after so many seconds; exit 3"
    )
    parser.add_argument(
        "--batch", type=_positive, default=500, metavar="N", help="events in a transaction (default 500)"
    )
    parser.add_argument(
        "--retention", type=_seconds, default=86_400.0, metavar="S", help="how long relayed events are kept"
    )
    parser.add_argument(
        "--keep", type=_count, default=100_000, metavar="N", help="how many relayed events are kept at most"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the summary")
    parser.set_defaults(run=_relay)


def _register_outbox(commands: _Commands) -> None:
    said = "list, retry and drop what Kafka refused of an outbox; change over to Debezium"
    parser = commands.add_parser("outbox", help=said, description=f"{said.capitalize()}.")
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    said = "tell what waits, and which events Kafka refused and why"
    one = actions.add_parser("list", help=said, description=f"{said.capitalize()}. Exit 1 when some are parked.")
    _add_outbox(one)
    one.add_argument("--limit", type=_positive, default=100, metavar="N", help="at most so many (default 100)")
    one.add_argument("--format", choices=("text", "json"), default="text", help="how to print")
    one.set_defaults(run=_outbox("show"))
    said = "let refused events, and those behind them, wait for their turn again"
    one = actions.add_parser("retry", help=said, description=f"{said.capitalize()}. Exit 1 when one is not parked.")
    _add_outbox(one)
    one.add_argument("event_id", nargs="*", metavar="ID", help="the ids of the events")
    one.add_argument("--all", action="store_true", help="all of them")
    one.set_defaults(run=_outbox("retry"))
    said = "delete refused events, so that the later ones of their keys go on"
    one = actions.add_parser("drop", help=said, description=f"{said.capitalize()}. Exit 1 when one is not parked.")
    _add_outbox(one)
    one.add_argument("event_id", nargs="+", metavar="ID", help="the ids of the events")
    one.set_defaults(run=_outbox("drop"))
    said = "print the connector with which Debezium reads the outbox in the relay's place"
    one = actions.add_parser("debezium-config", help=said, description=f"{said.capitalize()}, as JSON; no password.")
    _add_debezium(one)
    one.add_argument("--schema", default="public", metavar="NAME", help="where the table is (default public)")
    one.set_defaults(run=_outbox("debezium_config"), sqlite=None)
    said = "give what is added from now on to Debezium, and wait until the relay has published the rest"
    one = actions.add_parser("hand-over", help=said, description=f"{said.capitalize()}; then start the connector.")
    _add_debezium(one)
    one.add_argument(
        "--timeout", type=_seconds, default=60.0, metavar="S", help="wait so long for the relay (default 60)"
    )
    one.set_defaults(run=_outbox("hand_over"), sqlite=None)


def _add_debezium(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--postgres", metavar="DSN", help="the service's PostgreSQL (or set AEGIS_OUTBOX_DSN)")
    parser.add_argument(
        "--header", action="append", default=[], metavar="NAME", help="a header beside those of the contracts"
    )
    parser.add_argument(
        "--name", default="aegis_outbox", metavar="NAME", help="of slot and publication (default aegis_outbox)"
    )


def _add_outbox(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--sqlite", metavar="FILE", help="the service's SQLite database")
    where.add_argument("--postgres", metavar="DSN", help="the service's PostgreSQL (or set AEGIS_OUTBOX_DSN)")


def _register_lag(commands: _Commands) -> None:
    said = "tell how far consumer groups are behind"
    parser = commands.add_parser("lag", help=said, description=f"{said.capitalize()}. Exit 1 when more than --max.")
    add_bootstrap(parser)
    parser.add_argument("--group", action="append", required=True, metavar="NAME", help="this group; more than once")
    parser.add_argument(
        "--topic", action="append", metavar="NAME", help="only this topic (default: all of the contracts)"
    )
    parser.add_argument("--max", type=_count, metavar="N", help="exit 1 when a group is further behind than this")
    parser.add_argument("--format", choices=("text", "json", "prometheus"), default="text", help="how to print")
    parser.set_defaults(run=_lag)


def _tail(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._tail import tail

    connection = _connection(options)
    return run(tail(connection, options), connection)


def _replay(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._replay import replay

    connection = _connection(options)
    return run(replay(connection, options), connection)


def _lag(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._lag import lag

    connection = _connection(options)
    return run(lag(connection, options), connection)


def _relay(options: argparse.Namespace) -> int:
    from aegis_sdk.events.cli._relay import relay

    connection = _connection(options)
    return run(relay(connection, options), connection)


def _outbox(action: str) -> Callable[[argparse.Namespace], int]:
    def act(options: argparse.Namespace) -> int:
        from aegis_sdk.events.cli import _outbox as commands

        return run(getattr(commands, action)(options))

    return act


def _connection(options: argparse.Namespace) -> KafkaConnection:
    require_bootstrap(options)
    try:
        return KafkaConnection.of(options.bootstrap)
    except ConfigurationError as error:
        raise CommandError(str(error)) from None


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError("must be a number of seconds from 0")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be at least 0")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
