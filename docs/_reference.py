"""
Writes the reference while the documentation is built: API pages and the event catalogue, from the contracts.

Nothing of it is committed, so it cannot be stale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.pages import Page

from aegis_contracts import Contract, MediaType, Operation, Parameter, load
from aegis_contracts.events import EventCatalog, EventType, load_events

ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"<!-- reference: (api|events) ?(\w*) -->")


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """
    Put the reference in the place of ``<!-- reference: api user -->`` and ``<!-- reference: events -->``.
    """
    return (
        _MARK.sub(lambda found: _written(found[1], found[2]), markdown)
        if "reference/" in page.file.src_uri
        else markdown
    )


def _written(kind: str, name: str) -> str:
    if kind == "events":
        return "\n".join(_events(load_events(ROOT / "schemas")))
    return "\n".join(_api(load(ROOT / "openapi" / f"{name}.yaml")))


def _api(contract: Contract) -> Iterator[str]:
    yield f"Version {contract.version} · `{contract.source.rsplit('/', 2)[-2]}/{contract.source.rsplit('/', 1)[-1]}`\n"
    yield str(contract.info.get("description", "")) + "\n"
    yield "| Operation | SDK | What it does |\n|---|---|---|"
    for operation in contract.all_operations():
        anchor = f"#{operation.key.lower()}"
        yield f"| [`{operation.method} {operation.path}`]({anchor}) | {_sdk(operation)} | {operation.summary} |"
    for operation in contract.all_operations():
        yield from _operation(operation)
    yield from _problems(contract)


def _sdk(operation: Operation) -> str:
    names = operation.extensions.get("x-sdk", {})
    return f"`{names.get('resource')}.{names.get('method')}`" if names.get("resource") else ""


def _operation(operation: Operation) -> Iterator[str]:
    yield f"\n## {operation.key} {{#{operation.key.lower()}}}\n"
    yield f"**{operation.summary}** — `{operation.method} {operation.path}`"
    yield f" · SDK {_sdk(operation)}\n" if _sdk(operation) else "\n"
    yield operation.description + "\n"
    if operation.parameters:
        yield "| Parameter | In | Schema | Required | Meaning |\n|---|---|---|---|---|"
        for parameter in operation.parameters:
            yield _parameter(parameter)
        yield ""
    body = operation.request_body
    if body:
        for media in body.content.values():
            yield f"\n**Request body** `{media.media_type}`{'' if body.required else ' (optional)'}\n"
            yield from _schema(media, "request")
            yield from _examples(media)
    yield "\n**Responses**\n"
    for status, response in operation.responses.items():
        kind = "success" if status.startswith("2") else "failure"
        yield f'\n??? {kind} "{status} {_cell(response.description)[:120]}"\n'
        for header in response.headers.values():
            yield f"    - `{header.name}`: {_cell(header.description)}"
        for media in response.content.values():
            yield f"\n    `{media.media_type}`\n"
            for line in (*_schema(media, "response"), *_examples(media)):
                yield "\n".join(f"    {part}" for part in line.split("\n"))
    for entry in operation.extensions.get("x-emits", ()):
        name = entry["event"]
        yield f'\n!!! info "Publishes [{name}](../events.md#{name.lower()}) on `{entry["topic"]}`"\n'
        for name, expression in entry.get("data", {}).items():
            yield f"    - `{name}` ← `{expression}`"


def _parameter(parameter: Parameter) -> str:
    schema = parameter.schema.resolved if parameter.schema else {}
    required = "yes" if parameter.required else "no"
    return (
        f"| `{parameter.name}` | {parameter.location} | {_type(schema)} | {required} | {_cell(parameter.description)} |"
    )


def _schema(media: MediaType, direction: Any) -> Iterator[str]:
    if media.schema is None:
        return
    projected = media.schema.projected(direction)
    if isinstance(projected, dict) and projected.get("properties"):
        yield "| Property | Schema | Required | Meaning |\n|---|---|---|---|"
        for name, schema in projected["properties"].items():
            if schema is False:
                continue
            shown = _followed(schema, projected)
            required = "yes" if name in projected.get("required", ()) else "no"
            yield f"| `{name}` | {_type(shown)} | {required} | {_cell(str(shown.get('description', '')))} |"
        yield ""


def _followed(schema: Any, root: dict[str, Any]) -> dict[str, Any]:
    while isinstance(schema, dict) and "$ref" in schema and "type" not in schema:
        target = root.get("$defs", {}).get(schema["$ref"].rsplit("/", 1)[-1], {})
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema if isinstance(schema, dict) else {}


def _type(schema: Any) -> str:
    if not isinstance(schema, dict):
        return "any"
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    bounds = [f"{key} {schema[key]}" for key in ("minimum", "maximum", "minLength", "maxLength") if key in schema]
    if "enum" in schema:
        bounds.append("one of " + ", ".join(f"`{value}`" for value in schema["enum"]))
    if "pattern" in schema:
        bounds.append("`" + str(schema["pattern"]).replace("|", "\\|") + "`")
    if "format" in schema:
        bounds.append(str(schema["format"]))
    return _cell(words + (f" ({'; '.join(bounds)})" if bounds else ""))


def _examples(media: MediaType) -> Iterator[str]:
    for example in media.examples.values():
        if example.has_value:
            title = example.summary or example.name
            yield f'\n```json title="{_cell(title)}"'.replace("\\|", "|")
            yield json.dumps(example.value, ensure_ascii=False, indent=2)
            yield "```\n"


def _problems(contract: Contract) -> Iterator[str]:
    problems = contract.extensions.get("x-problems", ())
    if problems:
        yield "\n## Problem codes {#problem-codes}\n"
        yield "| Code | Status | Meaning |\n|---|---|---|"
        for problem in problems:
            meaning = problem.get("description") or problem.get("title", "")
            yield f"| `{problem['code']}` | {problem['status']} | {_cell(meaning)} |"


def _events(catalog: EventCatalog) -> Iterator[str]:
    yield "| Topic | Partitions | Replicas | Kept | Event types | Consumers |\n|---|---|---|---|---|---|"
    for channel in catalog.channels.values():
        kept = f"{channel.retention_ms // 86_400_000} days" if channel.retention_ms else "the broker's choice"
        types = ", ".join(f"[{e.name}](#{e.name.lower()})" for e in catalog.values() if e.topic == channel.address)
        consumers = ", ".join(channel.consumers)
        yield f"| `{channel.address}` | {channel.partitions} | {channel.replicas} | {kept} | {types} | {consumers} |"
    for event_type in catalog.values():
        yield from _event(event_type)


def _event(event_type: EventType) -> Iterator[str]:
    anchor = event_type.name.lower() if event_type.version == 1 else event_type.id.lower().replace(".", "-")
    yield f"\n## {event_type.name} {{#{anchor}}}\n"
    yield f"Version {event_type.version} · topic `{event_type.topic}` · `{event_type.source.rsplit('/', 1)[-1]}`\n"
    yield event_type.description + "\n"
    yield "| Property | Schema | Required | Meaning |\n|---|---|---|---|"
    schema = dict(event_type.schema)
    for prefix, owner in (("", schema), ("data.", schema.get("properties", {}).get("data", {}))):
        for name, inner in owner.get("properties", {}).items():
            required = "yes" if name in owner.get("required", ()) else "no"
            shown = _followed(inner, schema)
            meaning = _cell(str(shown.get("description", "")))
            yield f"| `{prefix}{name}` | {_type(shown)} | {required} | {meaning} |"
    valid = [example for example in event_type.examples if example.valid]
    if valid:
        yield '\n```json title="Example"'
        yield json.dumps(json.loads(valid[0].read()), ensure_ascii=False, indent=2)
        yield "```\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace('"', "'")
