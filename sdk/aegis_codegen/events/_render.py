"""
All generated files of the events.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aegis_codegen.events._model import event_module
from aegis_codegen.events._names import class_name, module_name
from aegis_codegen.events._types import snake
from aegis_contracts.events import EventCatalog, EventType

PACKAGE = "aegis_sdk._generated.events"
# What a verdict needs, and what its messages are made of; the rest of a schema is for people.
_PROSE = frozenset(("title", "description", "examples", "default", "deprecated", "$comment", "$schema"))
_KEPT = frozenset(("x-expected", "x-max-bytes", "x-write-keys"))
_FORMAT = (sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--target-version=py311")
_OURS = 'lint.isort.known-first-party=["aegis_sdk"]'
_CHECK = (sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=120", "--config", _OURS)
_SORT = (*_CHECK, "--select=I,F401,RUF022", "--fix-only", "--quiet")


def render(catalog: EventCatalog, package: str = PACKAGE) -> dict[str, str]:
    """
    Write every file of the package, by its path in that folder.

    Args:
        package: what the package will be imported as.

    Raises:
        ContractError: the contract asks for something that a model cannot carry.
    """
    events = list(catalog.values())
    folder = events[0].source.rpartition("/")[0] if events else "schemas"
    base = (Path(__file__).parent / "_base.py.txt").read_text(encoding="utf-8")
    files = {"_base.py": base.replace("$SOURCE", f"{folder}/")}
    for event in events:
        files[f"{module_name(event)}.py"] = event_module(event, catalog.discriminator)
    files["_catalog.py"] = _catalog(catalog, events, folder)
    files["_union.py"] = _union(events, folder)
    files["__init__.py"] = _front(events, folder)
    files = {name: text.replace(PACKAGE, package) for name, text in files.items()}
    rendered = {name: _formatted(text, name) for name, text in sorted(files.items())}
    rendered["schemas.json"] = _schemas(catalog, events, folder)
    rendered["sources.json"] = _sources(catalog, events, folder)
    return rendered


def _front(events: list[EventType], folder: str) -> str:
    """
    Write a front door that costs nothing until a model is used.
    """
    homes: dict[str, str] = dict.fromkeys(("EventInfo", "Model", "ReadRule", "Topic", "new_id", "now"), "_base")
    homes |= dict.fromkeys(("DISCRIMINATOR", "EVENT_TYPES", "TOPICS", "VERSION"), "_catalog")
    for event in events:
        homes |= {name: module_name(event) for name in _exported(event).split(", ")}
    homes["Event"] = "_union"
    imports = "\n".join(f"    from aegis_sdk._generated.events.{home} import {name}" for name, home in homes.items())
    listed = ", ".join(f'"{name}"' for name in sorted(homes))
    table = ", ".join(f'"{name}": "{home}"' for name, home in sorted(homes.items()))
    return (
        f'"""\nThe event models, and the table of what the contract says of them; each is loaded when it is used.\n\n'
        f'Generated from {folder}/; do not edit.\n"""\n\n'
        "from importlib import import_module\nfrom typing import TYPE_CHECKING, Any\n\n"
        f"if TYPE_CHECKING:\n{imports}\n\n"
        f"__all__ = [{listed}]\n\n_HOMES = {{{table}}}\n\n\n"
        "def __getattr__(name: str) -> Any:\n"
        "    if name not in _HOMES:\n"
        '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")\n'
        '    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)\n'
        "    globals()[name] = value\n"
        "    return value\n"
    )


def _union(events: list[EventType], folder: str) -> str:
    names = [class_name(event) for event in events]
    imports = "\n".join(f"from aegis_sdk._generated.events.{module_name(e)} import {class_name(e)}" for e in events)
    return (
        f'"""\nEvery event in one type.\n\nGenerated from {folder}/; do not edit.\n"""\n\n'
        f"from typing import TypeAlias\n\n{imports}\n\nEvent: TypeAlias = {' | '.join(names)}\n"
    )


def _has_data(event: EventType) -> bool:
    return "properties" in event.schema.get("properties", {}).get("data", {})


def _exported(event: EventType) -> str:
    name = class_name(event)
    return f"{name}, {name}Data" if _has_data(event) else name


def _catalog(catalog: EventCatalog, events: list[EventType], folder: str) -> str:
    imports = "\n".join(f"from aegis_sdk._generated.events.{module_name(e)} import {class_name(e)}" for e in events)
    infos = "\n".join(f"    {_info(event)}," for event in events)
    topics = "\n".join(
        f"    {c.address!r}: Topic({c.address!r}, {c.partitions}, {c.replicas}, {c.retention_ms!r}, "
        f"{dict(c.configuration)!r}, {c.description!r}, {tuple(c.consumers)!r}),"
        for c in catalog.channels.values()
    )
    return (
        f'"""\nWhat the contract says of each event type and topic.\n\nGenerated from {folder}/; do not edit.\n"""\n\n'
        "from typing import Final\n\n"
        "from aegis_sdk._generated.events._base import EventInfo, ReadRule, Topic\n"
        f"{imports}\n\n"
        f"DISCRIMINATOR: Final = {catalog.discriminator!r}\n"
        f"VERSION: Final = {catalog.version_property!r}\n\n"
        f"EVENT_TYPES: Final[tuple[EventInfo, ...]] = (\n{infos}\n)\n\n"
        f"TOPICS: Final[dict[str, Topic]] = {{\n{topics}\n}}\n"
    )


def _info(event: EventType) -> str:
    key = ".".join(snake(step) for step in event.key.split("/")[1:])
    reads = "".join(f"{rule}, " for rule in _reads(event.schema, ""))
    return (
        f"EventInfo({event.name!r}, {event.version}, {class_name(event)}, {event.topic!r}, {key!r}, {event.source!r}, "
        f"{event.content_type!r}, {event.description!r}, ({reads}))"
    )


def _reads(schema: Mapping[str, Any], pointer: str) -> list[str]:
    """
    Find what a tolerant reader may complete, outermost first.
    """
    found: list[str] = []
    for name, inner in schema.get("properties", {}).items():
        at = f"{pointer}/{name}"
        if "x-read-default" in inner:
            value = inner["x-read-default"]
            origin = isinstance(value, str) and value.startswith("$message.payload#")
            said = f"None, {value.removeprefix('$message.payload#')!r}" if origin else repr(value)
            found.append(f"ReadRule({at!r}, 'absent', {said})")
        if inner.get("x-read-naive") == "UTC":
            found.append(f"ReadRule({at!r}, 'naive')")
        found.extend(_reads(inner, at))
    return found


def _schemas(catalog: EventCatalog, events: list[EventType], folder: str) -> str:
    schemas = {event.id: _bare(event.schema) for event in events}
    if catalog.envelope:
        schemas["envelope"] = _bare(catalog.envelope.schema)
    return _lines(f"Generated from {folder}/; do not edit.", schemas)


def _sources(catalog: EventCatalog, events: list[EventType], folder: str) -> str:
    places = {event.id: _asserting(event.sources) for event in events}
    if catalog.envelope and isinstance(catalog.envelope.sources, Mapping):
        places["envelope"] = _asserting(catalog.envelope.sources)
    return _lines(f"Generated from {folder}/; do not edit.", places)


def _asserting(sources: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in sources.items() if not _is_prose(k.rpartition("/")[2])}


def _is_prose(keyword: str) -> bool:
    return keyword in _PROSE or (keyword.startswith("x-") and keyword not in _KEPT)


def _bare(schema: Any, *, names: bool = False) -> Any:
    """
    Leave out of a schema what no verdict needs; *names* says that the keys are property names, which all stay.
    """
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if not names and _is_prose(key):
            continue
        inside = not names and key in {"properties", "patternProperties", "dependentSchemas", "$defs"}
        kept[key] = value if key in {"const", "enum", "required"} and not names else _bare(value, names=inside)
    return kept


def _lines(comment: str, values: Mapping[str, Any]) -> str:
    entries = {"$comment": comment, **values}
    rows = [f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False, separators=(',', ':'))}" for k, v in entries.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _formatted(text: str, name: str) -> str:
    for command in (_SORT, _FORMAT):
        done = subprocess.run(  # noqa: S603 - a fixed command
            [*command, f"--stdin-filename={name}", "-"], input=text.encode(), capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode().strip()}")
        text = done.stdout.decode()
    return text
