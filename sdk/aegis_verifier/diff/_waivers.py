"""
Changes that are borne: each waiver says which, why, and until when.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from aegis_contracts import ContractError, Finding
from aegis_contracts.documents._text import parse
from aegis_verifier.diff._change import Change
from aegis_verifier.diff._rules import RULES

_WORDS = frozenset({"rule", "reason", "subject", "pointer", "path", "expires", "owner"})


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    One waiver; what is empty matches anything.
    """

    rule: str
    reason: str
    subject: str = ""
    pointer: str = ""
    path: str = ""
    expires: date | None = None

    def covers(self, change: Change, today: date) -> bool:
        """
        Say whether the waiver is for this change, and still holds.
        """
        return (
            self.rule == change.rule
            and self.subject in {"", change.subject}
            and self.pointer in {"", change.old.pointer, change.new.pointer}
            and self.path in {"", change.path}
            and (self.expires is None or today <= self.expires)
        )


def waived(changes: Iterable[Change], waivers: Iterable[Waiver], today: date | None = None) -> list[Change]:
    """
    Mark the changes that a waiver covers; only what would fail needs one.
    """
    day = today or date.today()  # noqa: DTZ011 - a waiver ends with the day of whoever runs it
    known = list(waivers)

    def reason(change: Change) -> str:
        if change.severity == "info":
            return ""
        return next((waiver.reason for waiver in known if waiver.covers(change, day)), "")

    return [replace(change, waived=reason(change)) for change in changes]


def read_waivers(path: Path) -> list[Waiver]:
    """
    Read a file of waivers: YAML or JSON, ``waivers: [{rule, reason, subject, pointer, path, expires}]``.

    Raises:
        ContractError: it cannot be read, or a waiver has no reason.
    """
    try:
        data = parse(path.read_bytes(), str(path))
    except OSError as error:
        raise _refusal(path, "", f"cannot be read: {error.strerror}", "name a file of waivers") from None
    entries: Any = data.get("waivers") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise _refusal(path, "", "has no list waivers", "write waivers: [{rule: …, reason: …}]")
    return [_waiver(path, index, entry) for index, entry in enumerate(entries)]


def _waiver(path: Path, index: int, entry: Any) -> Waiver:
    at = f"/waivers/{index}"
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise _refusal(path, at, "must be an object of texts", "write rule, reason and what else narrows it")
    if unknown := sorted(entry.keys() - _WORDS):
        raise _refusal(
            path, f"{at}/{unknown[0]}", f"{unknown[0]} is no word of a waiver", f"use {', '.join(sorted(_WORDS))}"
        )
    if entry.get("rule") not in RULES:
        raise _refusal(path, f"{at}/rule", f"{entry.get('rule')!r} is no rule", "copy the rule from the report")
    if not str(entry.get("reason", "")).strip():
        raise _refusal(path, f"{at}/reason", "a waiver needs a reason", "say why the change is borne")
    expires = None
    if "expires" in entry:
        try:
            expires = date.fromisoformat(entry["expires"])
        except ValueError:
            raise _refusal(path, f"{at}/expires", "must be a date", "write it as 2026-12-31") from None
    texts = {key: entry[key] for key in ("subject", "pointer", "path") if key in entry}
    return Waiver(entry["rule"], entry["reason"], **texts, expires=expires)


def _refusal(path: Path, pointer: str, message: str, mend: str) -> ContractError:
    return ContractError((Finding(str(path), 0, 0, pointer, "waivers", message, mend),))
