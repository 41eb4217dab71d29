"""
Writes the reference while the documentation is built: API pages, event catalogue, commands, errors, control API.

Nothing of it is committed, so it cannot be stale. A page asks with ``<!-- reference: api user -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from _reference_api import api, apis
from _reference_commands import command, control, faults
from _reference_diff import diff_rules
from _reference_errors import errors
from _reference_events import events
from _reference_testing import testing
from mkdocs.structure.pages import Page

from aegis_contracts import bundled_apis, load
from aegis_contracts.events import load_events

ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"<!-- reference: (\w+) ?([\w -]*?) -->")

WRITERS: dict[str, Callable[[str], Iterator[str]]] = {
    "apis": lambda what: apis([load(path) for path in bundled_apis()], what),
    "api": lambda name: api(load(ROOT / "openapi" / f"{name}.yaml")),
    "events": lambda _: events(load_events(ROOT / "schemas")),
    "command": command,
    "control": lambda _: control(),
    "faults": lambda _: faults(),
    "errors": errors,
    "testing": lambda _: testing(),
    "diffrules": lambda _: diff_rules(),
}


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """
    Put the reference in the place of its marks.
    """
    del page
    return _MARK.sub(lambda found: "\n".join(WRITERS[found[1]](found[2])), markdown)
