"""
Changes as text, JSON, Markdown for a pull request, and annotations for GitHub.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from aegis_verifier.diff._change import ABSENT, Change, Side, bump_of
from aegis_verifier.diff._gravity import GRAVITY

_MARKS: Final = {"breaking": "✗", "undecided": "?", "warning": "!", "info": "+"}
_LONGEST: Final = 240
_SHOWN: Final = 3


def summary(changes: Sequence[Change]) -> dict[str, int]:
    """
    Count the changes by severity, and those that are waived.
    """
    counts: dict[str, int] = {
        severity: sum(c.severity == severity and not c.waived for c in changes) for severity in GRAVITY
    }
    return {**counts, "waived": sum(bool(c.waived) for c in changes)}


def verdict(changes: Sequence[Change]) -> str:
    """
    Say in one line whether the versions are compatible.
    """
    counts = summary(changes)
    parts = [f"{number} {name}" for name, number in counts.items() if number]
    word = "NOT COMPATIBLE" if any(change.fails for change in changes) else "compatible"
    return f"{word}: {', '.join(parts) or 'no change'}; asks for a {bump_of(list(changes))} version"


def instance(value: Any, longest: int = _LONGEST) -> str:
    """
    Write an instance in one line, cut where it is long.
    """
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def text(changes: Sequence[Change], *, every: bool = False) -> str:
    """
    The changes for a terminal.
    """
    lines: list[str] = []
    for change in changes:
        if change.severity == "info" and not every:
            continue
        lines.append(
            f"{_MARKS[change.severity]} {change.severity}: {change.subject or change.old.source} [{change.rule}]"
        )
        lines.append(f"    {change.message}{f' at {change.path}' if change.path else ''}")
        lines.append(f"    old: {change.old}")
        lines.append(f"    new: {change.new}")
        if change.counterexample is not ABSENT:
            lines.append(f"    {_refused(change)}: {instance(change.counterexample)}")
        if change.also:
            lines.append(f"    also: {_several(change.also)}")
        if change.consumers:
            lines.append(f"    hits: {', '.join(change.consumers)}")
        if change.waived:
            lines.append(f"    waived: {change.waived}")
    hidden = sum(change.severity == "info" for change in changes)
    if hidden and not every:
        lines.append(f"+ {hidden} more that harm nobody (--all shows them)")
    return "\n".join([*lines, verdict(changes)])


def _refused(change: Change) -> str:
    match change.direction:
        case "request":
            return "was taken, is refused now"
        case "response":
            return "was ruled out, may come now"
        case _:
            return "one version takes it, the other refuses it"


def _several(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def as_json(changes: Sequence[Change]) -> str:
    """
    Everything that is known, for other programs.
    """
    compatible = not any(change.fails for change in changes)
    document = {
        "compatible": compatible,
        "bump": bump_of(list(changes)),
        "summary": summary(changes),
        "changes": [_plain(change) for change in changes],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _plain(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {
        "rule": change.rule,
        "severity": change.severity,
        "direction": change.direction,
        "bump": change.bump,
        "subject": change.subject,
        "message": change.message,
        "path": change.path,
        "old": _place(change.old),
        "new": _place(change.new),
    }
    if change.counterexample is not ABSENT:
        found["counterexample"] = change.counterexample
    found |= {"also": list(change.also), "consumers": list(change.consumers)}
    return {**found, "waived": change.waived} if change.waived else found


def _place(side: Side) -> dict[str, Any]:
    place: dict[str, Any] = {"source": side.source, "pointer": side.pointer}
    return {**place, "line": side.line, "column": side.column} if side.line else place


def markdown(changes: Sequence[Change]) -> str:
    """
    The changes as a comment on a pull request.
    """
    lines = ["### Contract changes", "", f"**{_cell(verdict(changes))}**", ""]
    for severity in GRAVITY:
        found = [change for change in changes if change.severity == severity]
        if not found:
            continue
        lines += [f"<details{' open' if severity != 'info' else ''}><summary>{severity}: {len(found)}</summary>", ""]
        lines += ["| where | what | instance | hits |", "|---|---|---|---|"]
        for change in found:
            what = f"{_cell(change.message)} (`{change.rule}`)"
            what += f"<br>waived: {_cell(change.waived)}" if change.waived else ""
            shown = "" if change.counterexample is ABSENT else f"`{_cell(instance(change.counterexample, 120))}`"
            where = _cell(change.subject or change.old.source)
            where += f" and {len(change.also)} more" if change.also else ""
            pointer = f"<br>`{_cell(change.new.pointer or change.old.pointer)}`"
            lines.append(f"| {where}{pointer} | {what} | {shown} | {_cell(', '.join(change.consumers))} |")
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ").replace("`", "'").replace("<", "&lt;")


def github(changes: Sequence[Change]) -> str:
    """
    Annotations of a workflow run, at the new version's lines.
    """
    levels = {"breaking": "error", "undecided": "error", "warning": "warning", "info": "notice"}
    lines: list[str] = []
    for change in changes:
        side = change.new if change.new.line or not change.old.line else change.old
        level = "notice" if change.waived else levels[change.severity]
        message = f"{change.subject}: {change.message}" if change.subject else change.message
        if change.counterexample is not ABSENT:
            message += f"\n{_refused(change)}: {instance(change.counterexample)}"
        place = f"file={_property(side.source)},line={max(1, side.line)},col={max(1, side.column)}"
        lines.append(f"::{level} {place},title={_property(change.rule)}::{_data(message)}")
    return "\n".join([*lines, verdict(changes)])


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


FORMATS: Final[dict[str, Callable[[Sequence[Change]], str]]] = {
    "json": as_json,
    "markdown": markdown,
    "github": github,
}
