"""
The command ``aegis mock``: serve contracts as a stateful mock.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

SUMMARY = "serve contracts as a stateful mock"
EXTRA = "mock"


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = "Serve OpenAPI documents as a stateful mock; without documents, the bundled Aegis contracts."
    add = parser.add_argument
    add("documents", nargs="*", metavar="DOCUMENT", help="OpenAPI 3.x file (YAML or JSON) or http(s) address")
    add("--host", type=_host, default="127.0.0.1", help="where to listen (default: %(default)s, this machine only)")
    add("--port", type=_port, default=4010, help="0 chooses a free one (default: %(default)s)")
    add("--kafka", type=_kafka, metavar="embedded|HOST:PORT", help="publish events: to a Kafka inside, or to yours")
    add("--smtp", type=_port, metavar="PORT", help="take mails by SMTP, into the inbox; 0 chooses a free port")
    add("--events", type=Path, metavar="FOLDER", help="event schemas (default: those beside the documents)")
    add(
        "--validate",
        choices=("strict", "report", "off"),
        help="what breaks the contract is refused (strict, the default), marked only (report, the default with "
        "--proxy), or not looked at",
    )
    add(
        "--absent",
        type=_absent,
        default=(),
        metavar="null,empty",
        help='what clients write for "not sent": optional members that are null, or empty, where the contract does not '
        "allow it are left out, and the answer names them",
    )
    add("--seed", default="", help="another seed makes other values; the same one makes the same ids again")
    add(
        "--state",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="seed data: {store: [items]} or a snapshot",
    )
    add("--faults", action="append", default=[], metavar="JSON", help='such as \'{"operation": "*", "latency": 0.2}\'')
    add(
        "--allow-host",
        action="append",
        default=[],
        type=_any_host,
        metavar="HOST",
        help="a name of another host that the control API and page may be called by; * is any",
    )
    add(
        "--document-host",
        action="append",
        default=[],
        type=_host,
        metavar="HOST",
        help="a host that a document from the web may read from, beside its own",
    )
    add("--tls", action="store_true", help="serve https, with a certificate authority made for this start")
    add("--cors", action="store_true", help="let browsers of other origins in")
    add("--proxy", metavar="URL", help="forward to a real provider, check both directions, record")
    add(
        "--fallback",
        choices=("never", "501", "always"),
        help="with --proxy, when the mock answers instead: never, where the provider says 501 (default), or always "
        "when it does not have what the contract has",
    )
    add("--scenarios", type=Path, action="append", default=[], metavar="FILE", help="scenarios in YAML")
    add("--behaviours", action="append", default=[], metavar="MODULE", help="Python module with register(behaviours)")
    add(
        "--allow-callbacks",
        action="append",
        default=[],
        type=_host,
        metavar="HOST",
        help="send webhooks and callbacks to this host too",
    )
    add("--watch", action="store_true", help="reload a document when it changes")
    add("--world-limit", type=_positive, default=1000, metavar="N", help="worlds at once (default: %(default)s)")
    add(
        "--memory-limit",
        type=_positive,
        default=32,
        metavar="MIB",
        help="stored items of all worlds (default: %(default)s)",
    )
    add("--max-body", type=_positive, default=10, metavar="MIB", help="largest request body (default: %(default)s)")
    add("--log-format", choices=("text", "json", "none"), default="text", help="the access log")
    add("--routes", action="store_true", help="when ready, list every operation with an address to try")
    add(
        "--resources",
        action="store_true",
        help="print what the paths are taken for (resources, what each operation does to them, pages), and end; "
        "as JSON with --log-format json",
    )
    add(
        "--json-start-line",
        action="store_true",
        help="when ready, print one line of JSON with url, kafka and pid; what stops the start is JSON, too",
    )
    add("--no-check", action="store_true", help="do not check the documents before serving them")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """
    Serve until Ctrl-C.
    """
    from aegis_mockserver._serve import serve

    try:
        return serve(options)
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if not isinstance(code, int) or not (options.json_start_line or options.log_format == "json"):
            raise
        sys.stderr.write(f"{json.dumps(_as_json(error, code), ensure_ascii=False)}\n")
        return code


def _as_json(error: Exception, code: int) -> dict[str, object]:
    """
    Write what stopped the start for a program: the sentence, the exit code, and each finding about a document.
    """
    findings = [asdict(finding) for finding in getattr(error, "findings", ())]
    return {"error": str(error), "exit_code": code, **({"findings": findings} if findings else {})}


def _absent(text: str) -> tuple[str, ...]:
    from aegis_mockserver.core.contents._absent import chosen_words

    try:
        return tuple(chosen_words(text.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return number


def _host(text: str) -> str:
    if not _is_host(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no host: a name or an address, without http:// and port")
    return text


def _is_host(text: str) -> bool:
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text, re.ASCII):
        return all(int(part) <= 255 for part in text.split("."))
    return bool(re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?", text, re.ASCII))


def _kafka(text: str) -> str:
    for address in () if text == "embedded" else text.split(","):
        host, colon, port = address.strip().rpartition(":")
        if not colon or not port.isdecimal() or not 0 < int(port) <= 65_535 or not _is_host(host):
            raise argparse.ArgumentTypeError(f"{address!r} is no address; write embedded, or HOST:PORT")
    return text


def _any_host(text: str) -> str:
    return text if text == "*" else _host(text)


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return number
