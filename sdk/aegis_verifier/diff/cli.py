"""
The command ``aegis diff``: one version of a contract against another.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from aegis_contracts import ContractError
from aegis_shell import FOUND, OK, USAGE, CommandError
from aegis_verifier.diff._change import Change
from aegis_verifier.diff._report import FORMATS, text
from aegis_verifier.diff._versions import compare_versions
from aegis_verifier.diff._waivers import read_waivers, waived
from aegis_verifier.diff.events import MODES, Mode
from aegis_verifier.diff.openapi import Calendar

SUMMARY = "compare two versions of a contract by what they accept"
EXTRA = "verify"
FAILS = USAGE
_TRANSITIVE = "_TRANSITIVE"
_EPILOG = """
A version is a file, a folder, or REVISION:path of the git repository that you are in.
exit codes: 0 compatible, 1 breaking or undecided, 2 could not compare
"""


def register(parser: argparse.ArgumentParser) -> None:
    """
    Describe the command.
    """
    parser.description = (
        "Compare two versions of OpenAPI, AsyncAPI or JSON Schema documents. What differs is proved harmless, "
        "refuted by an instance that one version takes and the other refuses, or undecided."
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "versions", nargs="+", metavar="OLD NEW", help="old version, new version; with *_TRANSITIVE several old ones"
    )
    parser.add_argument("--format", choices=("text", *FORMATS), default="text", help="how to print changes")
    parser.add_argument("--output", metavar="FILE", help="write there instead of printing")
    parser.add_argument("--all", action="store_true", help="text: show harmless changes too")
    parser.add_argument(
        "--fail-on", choices=("breaking", "warning"), default="breaking", help="what makes the exit code 1"
    )
    modes = [*MODES, *(f"{mode}{_TRANSITIVE}" for mode in MODES)]
    parser.add_argument(
        "--compatibility", choices=modes, metavar="MODE",
        help=f"who must understand whom, for events: {', '.join(modes)}; by default what send and receive say",
    )  # fmt: skip
    parser.add_argument("--waivers", metavar="FILE", help="changes that are borne, each with a reason")
    parser.add_argument(
        "--needs", metavar="DIR", action="append", default=[], help="needs files of consumers: say who is hit"
    )
    parser.add_argument(
        "--notice", type=_days, default=0, metavar="DAYS", help="so long before its end a deprecation must be announced"
    )
    parser.add_argument("--today", type=_day, metavar="DATE", help="judge announced ends as if it were this day")
    parser.set_defaults(run=run)


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > 5:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, such as 90")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date, such as 2030-12-31") from None


def run(options: argparse.Namespace) -> int:
    """
    Compare, print, and say whether the versions are compatible.
    """
    versions: list[str] = options.versions
    mode: str | None = options.compatibility
    transitive = bool(mode and mode.endswith(_TRANSITIVE))
    if len(versions) < 2 or (len(versions) > 2 and not transitive):
        raise CommandError("aegis diff: name two versions, OLD NEW; several old ones need --compatibility …_TRANSITIVE")
    *olds, new = versions
    plain: Mode | None = mode.removesuffix(_TRANSITIVE) if mode else None  # type: ignore[assignment]
    calendar = Calendar(options.today or Calendar.now().today, options.notice)
    try:
        found: list[Change] = []
        for old in olds:
            found += [change for change in compare_versions(old, new, plain, calendar=calendar) if change not in found]
        if options.needs:
            from aegis_verifier.needs import read_needs, with_consumers

            found = with_consumers(found, [need for folder in options.needs for need in read_needs(folder)])
        if options.waivers:
            found = waived(found, read_waivers(Path(options.waivers)))
    except ContractError as error:
        raise CommandError(str(error)) from None
    style: str = options.format
    shown = text(found, every=options.all) if style == "text" else FORMATS[style](found)
    if options.output:
        try:
            Path(options.output).write_text(f"{shown}\n", encoding="utf-8")
        except OSError as error:
            said = f"--output {options.output}: cannot be written: {error.strerror}; name another file"
            raise CommandError(said) from None
    else:
        print(shown)
    failing = [
        c for c in found if c.fails or (options.fail_on == "warning" and c.severity == "warning" and not c.waived)
    ]
    return FOUND if failing else OK
