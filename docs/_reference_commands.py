"""
Commands from their own parsers, and the control API from its own table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import httpx
from _reference_text import cell, code

import aegis_mockserver
from aegis_mockserver.world.faults import described
from aegis_shell._commands import find


def command(name: str) -> Iterator[str]:
    """
    Write what a command and its sub-commands take.
    """
    parser = argparse.ArgumentParser(prog=f"aegis {name}")
    installed = find(name)
    assert installed is not None, name
    installed.load().register(parser)
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


def _wrapped(usage: str, width: int = 76) -> str:
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
    Write the operations of the mock's control API, as it describes itself.
    """
    with httpx.Client(transport=aegis_mockserver.transport(), base_url="http://mock") as http:
        document = http.get("/__mock__/openapi.json").json()
    yield "| Operation | What it does |\n|---|---|"
    for path, item in document["paths"].items():
        for method, operation in item.items():
            parts = [cell(operation.get("summary", ""))]
            query = [
                each for each in operation.get("parameters", ()) if each["in"] == "query" and each["name"] != "world"
            ]
            parts += _members("Query", {each["name"]: each for each in query})
            content = operation.get("requestBody", {}).get("content", {})
            for media in content.values():
                parts += _members("Body", media.get("schema", {}).get("properties", {}))
            yield f"| {code(f'{method.upper()} {path}')} | {'<br>'.join(parts)} |"


def faults() -> Iterator[str]:
    """
    Write what a fault of the mock can be told, as its kinds describe themselves.
    """
    yield "| Member | Does |\n|---|---|"
    for name, text in described()["members"].items():
        yield f"| {code(name)} | {cell(text)} |"


def _members(section: str, members: dict[str, Any]) -> list[str]:
    told = [f"{code(name)} {cell(node.get('description', ''))}" for name, node in members.items()]
    return [f'<span class="rules">{section}: {"<br>".join(told)}</span>'] if told else []
