"""
Commands from their own parsers, and the control API from its own table.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from _reference_text import cell, code


def command(name: str) -> Iterator[str]:
    """
    Write what a command and its sub-commands take.
    """
    [entry] = entry_points(group="aegis.commands", name=name)
    parser = argparse.ArgumentParser(prog=f"aegis {name}")
    importlib.import_module(entry.module).register(parser)
    yield from _parser(parser)


def _parser(parser: argparse.ArgumentParser) -> Iterator[str]:
    actions: list[Any] = parser._actions
    inner = next((action for action in actions if isinstance(action, argparse._SubParsersAction)), None)
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    yield f"{parser.description or ''}\n"
    if inner is None:
        yield f"```text\n{_wrapped(usage)}\n```\n"
        yield "| Argument | Meaning |\n|---|---|"
        for action in actions:
            if not isinstance(action, argparse._HelpAction):
                yield _action(parser, action)
        return
    for name, child in inner.choices.items():
        yield f"\n### {parser.prog} {name}\n"
        yield from _parser(child)


def _wrapped(usage: str, width: int = 92) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(usage, width, subsequent_indent="    ", break_on_hyphens=False))


def _action(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    formatter = parser._get_formatter()
    if action.option_strings:
        name = ", ".join(action.option_strings)
        if action.nargs != 0:
            shown = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
            name = f"{name} {shown}"
    else:
        name = str(action.metavar or action.dest)
    meaning = cell(formatter._expand_help(action)) if action.help else ""
    return f"| {code(name)} | {meaning[:1].upper() + meaning[1:]} |"


def control() -> Iterator[str]:
    """
    Write the operations of the mock's control API.
    """
    from aegis_mockserver.control import routes
    from aegis_mockserver.control._overview import _doc

    yield "| Operation | What it does |\n|---|---|"
    listed = routes().listed
    for method, path, handler in listed:
        summary, told = _doc(handler)
        parts = [cell(summary)]
        for section in ("Query", "Body"):
            entries = [f"{code(name)} {cell(text)}" for kind, name, text in told if kind == section]
            if entries:
                parts.append(f'<span class="rules">{section}: {"<br>".join(entries)}</span>')
        yield f"| {code(f'{method} {path}')} | {'<br>'.join(parts)} |"
