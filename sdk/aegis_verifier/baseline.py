"""
Known failures: let pass for a time, each with an owner and an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aegis_shell import USAGE, CommandError
from aegis_verifier.reports import Finding

_MEMBERS = ("finding", "owner", "until", "reason")


@dataclass(frozen=True)
class Known:
    """
    One known failure.

    Args:
        finding: operation, rule and place, as reports write it.
        until: the last day on which it is let pass.
    """

    finding: str
    owner: str
    until: date
    reason: str = ""


def read(path: str) -> list[Known]:
    """
    Read a baseline file: ``known``, a list of ``finding``, ``owner``, ``until`` and, if you like, ``reason``.

    Raises:
        CommandError: it cannot be used; the message says where and how to mend it.
    """
    from aegis_contracts import ContractError
    from aegis_contracts.documents._text import parse

    try:
        value: Any = parse(Path(path).read_bytes(), path)
    except OSError as error:
        raise CommandError(f"--baseline {path}: {error.strerror}", USAGE) from None
    except ContractError as error:
        raise CommandError(f"--baseline {error}", USAGE) from None
    entries = value.get("known") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise CommandError(f"--baseline {path}: must have known, a list of findings", USAGE)
    return [_entry(path, index, entry) for index, entry in enumerate(entries)]


def _entry(path: str, index: int, entry: Any) -> Known:
    place = f"--baseline {path}: /known/{index}"
    if not isinstance(entry, dict):
        raise CommandError(f"{place} must be an object with finding, owner and until", USAGE)
    for name in entry:
        if name not in _MEMBERS:
            raise CommandError(f"{place}/{name} is none of {', '.join(_MEMBERS)}", USAGE)
    for name in ("finding", "owner", "until"):
        if not entry.get(name):
            raise CommandError(f"{place} lacks {name}", USAGE)
    until = entry["until"]
    try:
        end = until if isinstance(until, date) else date.fromisoformat(str(until))
    except ValueError:
        raise CommandError(f"{place}/until must be a day such as 2027-01-31", USAGE) from None
    return Known(str(entry["finding"]), str(entry["owner"]), end, str(entry.get("reason", "")))


def apply(known: list[Known], found: list[Finding], today: date | None = None) -> Iterator[str]:
    """
    Mark findings that are known, and say which entries have expired or are no longer needed.
    """
    today = today or datetime.now(UTC).date()
    by_name = {entry.finding: entry for entry in known}
    seen: set[str] = set()
    for finding in found:
        entry = by_name.get(finding.fingerprint)
        if entry is None:
            continue
        seen.add(entry.finding)
        if entry.until < today:
            yield f"baseline: {entry.finding} was let pass until {entry.until} ({entry.owner}); it counts again"
        else:
            finding.known = f"{entry.owner}, until {entry.until}"
    for entry in known:
        if entry.finding not in seen:
            yield f"baseline: {entry.finding} was not found any more; take it out ({entry.owner})"
