"""
The command ``aegis new``: an event type, an operation or an API, written into a folder of contracts.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from aegis_codegen.new import new_api, new_event, new_operation
from aegis_shell import OK

SUMMARY = "write a new event type, operation or API into your contracts, with examples and refusals"
EXTRA = "generate"
_FIELD = "such as reason:string, ends_at:date-time? (optional), tags:string[]; or the name of a schema that is there"


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = (
        "Write a new part of a contract as the ones beside it are written. Nothing is written that does not hold."
    )
    commands = parser.add_subparsers(title="commands", metavar="WHAT", required=True)
    event = commands.add_parser("event", help="an event type, or a new version of one")
    event.add_argument("name", metavar="NAME", help="such as OrderPlaced")
    event.add_argument("fields", nargs="*", metavar="FIELD:TYPE", help=_FIELD)
    event.add_argument(
        "--version", type=_positive, default=1, metavar="N", help="2 makes the next version of one that is there"
    )
    event.add_argument("--topic", default="", help="default: named as the other topics are")
    event.add_argument("--like", default="", metavar="EVENT", help="whose envelope, channel and key are copied")
    event.add_argument("--folder", type=Path, default=Path("schemas"), help="of asyncapi.yaml (default: %(default)s)")
    event.set_defaults(run=_event)
    operation = commands.add_parser("operation", help="an operation in an OpenAPI document")
    operation.add_argument("operation_id", metavar="ID", help="such as suspendUser")
    operation.add_argument(
        "method", type=str.upper, choices=("GET", "PUT", "POST", "PATCH", "DELETE"), help="how it is asked"
    )
    operation.add_argument("path", metavar="PATH", help="such as /api/v1/users/{user_id}/suspension")
    operation.add_argument("fields", nargs="*", metavar="FIELD:TYPE", help=f"of the request body, {_FIELD}")
    operation.add_argument("--document", type=Path, required=True, metavar="FILE", help="the OpenAPI document")
    operation.add_argument(
        "--answer", action="append", default=[], metavar="FIELD:TYPE", help="of the answer, likewise"
    )
    operation.add_argument("--status", default="", help="of the success (default: 204 without an answer, else 200)")
    operation.add_argument("--summary", default="", metavar="TEXT", help="what it does, in a few words")
    operation.add_argument(
        "--source", default="", metavar="TEXT", help="where its rule comes from, such as 'AEG-SPC-USER v6.0 §1'"
    )
    operation.add_argument("--emits", default="", metavar="EVENT", help="an event type that it causes")
    operation.set_defaults(run=_operation)
    api = commands.add_parser("api", help="an OpenAPI document with a first operation")
    api.add_argument("name", metavar="NAME", help="of the resource, in singular: invoice")
    api.add_argument("fields", nargs="+", metavar="FIELD:TYPE", help=_FIELD)
    api.add_argument("--folder", type=Path, default=Path("openapi"), help="of the documents (default: %(default)s)")
    api.add_argument("--server", default="", metavar="URL", help="where it will be (default: on the others' domain)")
    api.add_argument("--source", default="", metavar="TEXT", help="where its rules come from")
    api.set_defaults(run=_api)


def _event(options: argparse.Namespace) -> int:
    made = new_event(
        options.folder, options.name, options.fields, version=options.version, like=options.like, topic=options.topic
    )
    return _told(made, f"aegis lint {options.folder}")


def _operation(options: argparse.Namespace) -> int:
    made = new_operation(
        options.document,
        options.operation_id,
        options.method,
        options.path,
        fields=options.fields,
        answer=options.answer,
        status=options.status,
        summary=options.summary,
        source=options.source,
        emits=options.emits,
    )
    return _told(made, f"aegis lint {options.document}")


def _api(options: argparse.Namespace) -> int:
    made = new_api(options.folder, options.name, options.fields, server=options.server, source=options.source)
    return _told(made, f"aegis mock {next(iter(made))}")


def _told(made: Mapping[Path, str], following: str) -> int:
    for path, text in made.items():
        known = path.is_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"{'changed' if known else 'new'}: {path}")
    print(f"Read what was written, say in words what only you know, then: {following}")
    return OK


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no version; the first is 1")
    return number
