"""
How the reference writes schemas, cells and blocks in Markdown.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

DEPTH = 3
# Where a long name may go on in the next line: never inside a word.
_BREAK = re.compile(r"([./_\]])(?=\w|{)")
_PLAIN = {ord(sign): f"&#{ord(sign)};" for sign in "|*_`[]\\~^$"}


def cell(text: str) -> str:
    """
    Write *text* so that it fits into a cell of a table.
    """
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """
    Write *text* as code inside a cell of a table; nothing in it is taken for Markdown.
    """
    parts = _BREAK.sub("\\1\0", str(text)).split("\0")
    return "<code>" + "<wbr>".join(html.escape(part).translate(_PLAIN) for part in parts) + "</code>"


def block(language: str, text: str, title: str = "") -> Iterator[str]:
    """
    Write a fenced block.
    """
    named = f' title="{title}"'.replace("|", "/") if title else ""
    yield f"\n```{language}{named}\n{text}\n```\n"


def indented(lines: Iterator[str]) -> Iterator[str]:
    """
    Write *lines* inside an admonition or a tab.
    """
    for line in lines:
        for part in line.split("\n"):
            yield f"    {part}" if part else ""


def tabs(parts: Mapping[str, Iterator[str]]) -> Iterator[str]:
    """
    Write parts as tabs.
    """
    for title, lines in parts.items():
        yield f'\n=== "{title}"\n'
        yield from indented(lines)


def written(value: Any) -> str:
    """
    Write *value* as JSON that people read.
    """
    return json.dumps(value, ensure_ascii=False, indent=2)


def followed(schema: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """
    Follow the references of *schema*; what stands beside a reference wins.
    """
    seen = 0
    while isinstance(schema, Mapping) and "$ref" in schema and seen < 20:
        seen += 1
        target = root.get("$defs", {}).get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
        target = target if isinstance(target, Mapping) else {}
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return dict(schema) if isinstance(schema, Mapping) else {}


def kind(schema: Mapping[str, Any]) -> str:
    """
    Say the type of a schema in a few words: ``string``, ``array of object``, ``string or null``.
    """
    given = schema.get("type")
    if given is None and "const" in schema:
        return "constant"
    if given is None and ("enum" in schema or "oneOf" in schema or "anyOf" in schema):
        return "one of several"
    if given is None:
        return "object" if "properties" in schema else "any"
    words = [str(word) for word in (given if isinstance(given, list) else [given])]
    return " or ".join(words)


def rules(schema: Mapping[str, Any]) -> list[str]:
    """
    List what a schema asks of its instance, beyond the type.
    """
    found: list[str] = []
    if "const" in schema:
        found.append(f"always {code(_plain(schema['const']))}")
    if "enum" in schema:
        found.append("one of " + ", ".join(code(_plain(value)) for value in schema["enum"]))
    low, high = schema.get("minLength"), schema.get("maxLength")
    if low is not None or high is not None:
        found.append(_span(low, high, "characters"))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        found.append(_span(low, high, ""))
    low, high = schema.get("minItems"), schema.get("maxItems")
    if low is not None or high is not None:
        found.append(_span(low, high, "items"))
    if "format" in schema:
        found.append(f"format {code(schema['format'])}")
    if "pattern" in schema:
        found.append(f"pattern {code(schema['pattern'])}")
    if "x-max-bytes" in schema:
        limit = schema["x-max-bytes"]
        found.append(f"at most {limit['max']:,} bytes in {limit['codec']}")
    if "default" in schema:
        found.append(f"default {code(json.dumps(schema['default'], ensure_ascii=False))}")
    if sensitive := schema.get("x-sensitive"):
        found.append("<strong>secret</strong>" if sensitive == "secret" else "<strong>personal</strong>")
    return found


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _span(low: object, high: object, unit: str) -> str:
    if high is None:
        text = f"at least {low}"
    elif low is None or low == 0:
        text = f"at most {high}"
    else:
        text = f"{low}" if low == high else f"{low} to {high}"
    return f"{text} {unit}".strip()


def properties(schema: Any, root: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[str]:
    """
    Write the rows of a schema's properties, those of inner objects under the path that leads to them.
    """
    owner = followed(schema, root)
    for name, inner in owner.get("properties", {}).items():
        if inner is False:
            continue
        shown = followed(inner, root)
        items = followed(shown.get("items"), root) if "items" in shown else {}
        type_ = f"{kind(shown)} of {kind(items)}" if items else kind(shown)
        path = f"{prefix}{name}"
        required = "required" if name in owner.get("required", ()) else "optional"
        told = [cell(shown.get("description", ""))] if shown.get("description") else []
        asked = rules(shown) + [f"each {rule}" for rule in rules(items)]
        told += [f'<span class="rules">{" · ".join(asked)}</span>'] if asked else []
        yield row(path, f"{type_} · {required}", "<br>".join(told))
        inside, step = (items, "[].") if items else (shown, ".")
        if depth + 1 < DEPTH and inside.get("properties"):
            yield from properties(inside, root, f"{path}{step}", depth + 1)


HEAD = "| Name | Meaning |\n|---|---|"


def row(name: str, remark: str, meaning: str) -> str:
    """
    Write one row: a name with a remark under it, and what it means.
    """
    return f'| {code(name)}<br><span class="remark">{remark}</span> | {meaning} |'
