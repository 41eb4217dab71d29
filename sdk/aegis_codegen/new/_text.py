"""
Adding to a YAML document as a person would: below the last sibling, indented as it is, and nothing else is touched.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import yaml

from aegis_shell import CommandError


def added(text: str, path: Sequence[str], block: str, *, apart: bool = False) -> str:
    """
    Add *block* at the end of the mapping at *path*.

    Args:
        text: the document.
        path: keys that lead to the mapping; those that are missing are made.
        block: what to add, not indented.
        apart: with an empty line before it.
    """
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for index, step in enumerate(path):
        child = _child(node, step)
        if child is None:
            missing = [*path[index:]]
            nested = block
            for name in reversed(missing):
                nested = f"{name}:\n{textwrap.indent(nested, '  ')}"
            return _below(text, node, nested, apart=apart)
        node = child
    return _below(text, node, block, apart=apart)


def dumped(value: Any) -> str:
    """
    Write *value* as YAML, in its own order.
    """
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=140)


class _Plain(yaml.SafeDumper):
    """
    Writes what occurs twice twice: an alias saves nothing to a reader.
    """

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the name of the library)
        """
        Never use one.
        """
        return True


def _short(dumper: _Plain, value: dict[Any, Any]) -> yaml.MappingNode:
    flow = len(value) == 1 and all(isinstance(each, str) for each in value.values()) and "$ref" in value
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flow)


_Plain.add_representer(dict, _short)


def _child(node: Any, name: str) -> Any:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def _below(text: str, node: Any, block: str, *, apart: bool) -> str:
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        raise CommandError(
            "nothing can be added to a mapping that is empty or written in one line; write its first entry"
        )
    lines = text.splitlines(keepends=True)
    end = _last_line(node) + 1
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    if lines and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    indented = textwrap.indent(block.rstrip("\n") + "\n", " " * node.value[0][0].start_mark.column)
    return "".join([*lines[:end], *(["\n"] if apart else []), indented, *lines[end:]])


def _last_line(node: Any) -> int:
    if isinstance(node, yaml.ScalarNode):
        return int(node.end_mark.line) - (1 if node.style in {"|", ">"} else 0)
    if node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)
