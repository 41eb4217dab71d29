"""
An embedded Kafka cluster in this terminal: `python -m aegis_mockserver.kafka`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence

from ._embedded import EmbeddedKafka
from ._librdkafka import EmbeddedKafkaError, KafkaLibraryMissingError
from ._process import obey
from ._topics import contract_topics


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run a cluster until it is interrupted; its address is the first line that it prints.
    """
    asked = _parser().parse_args(arguments)
    topics = dict(asked.topic) or ({} if asked.control or asked.no_topics else contract_topics())
    if asked.control:
        # Ctrl-C in a terminal reaches the whole group; this process ends when its parent closes the pipe.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return obey(sys.stdin, sys.stdout, brokers=asked.brokers, topics=topics)
    try:
        kafka = EmbeddedKafka(brokers=asked.brokers, topics=topics)
    except (KafkaLibraryMissingError, EmbeddedKafkaError) as reason:
        sys.stderr.write(f"{reason}\n")
        return 3
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: interrupted.set())
    with kafka:
        if asked.json:
            line = json.dumps({"bootstrap_servers": kafka.bootstrap_servers, "topics": topics})
        else:
            line = kafka.bootstrap_servers
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        interrupted.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aegis_mockserver.kafka",
        description="Run an embedded Kafka cluster on free ports of the loopback and print its bootstrap address.",
    )
    parser.add_argument("--brokers", type=int, default=3, metavar="N", help="how many brokers (default: 3)")
    parser.add_argument(
        "--topic",
        action="append",
        default=[],
        type=_topic,
        metavar="NAME[:PARTITIONS]",
        help="create this topic; may be repeated (default: the topics of the event contracts)",
    )
    parser.add_argument("--no-topics", action="store_true", help="create no topic")
    parser.add_argument("--json", action="store_true", help="print the address and the topics as JSON")
    parser.add_argument("--control", action="store_true", help="take orders as JSON lines on standard input")
    return parser


def _topic(text: str) -> tuple[str, int]:
    name, _, partitions = text.partition(":")
    if not name or not (partitions or "3").isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME or NAME:PARTITIONS")
    return name, int(partitions or 3)


if __name__ == "__main__":
    sys.exit(main())
