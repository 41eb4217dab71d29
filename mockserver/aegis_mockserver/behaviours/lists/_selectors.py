"""
Selectors of lists: words that an item's texts contain (``q=green tea``), and those in the manner of Kubernetes,
``labelSelector=app=web,tier in (a, b)`` and ``fieldSelector=a.b!=c``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_mockserver.behaviours.items._views import value_at
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text

Keeps = Callable[[Any, str], bool]
# A comma ends a requirement, unless it stands between the parentheses of a set.
_REQUIREMENT = re.compile(r"[^,(]+(?:\([^()]*\))?")
# A text with one of these is of a language that nobody here reads: it selects nothing.
_LANGUAGE = re.compile(r"[:=<>(){}\[\]\"*~^|&!/]")
_WORDS = frozenset({"q", "query", "search", "keyword", "keywords", "term", "terms", "searchterm", "searchtext",
                    "searchquery", "searchstring"})  # fmt: skip
_DEPTH = 3
_SET = re.compile(r"\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*")


def selectors(operation: Operation, item: Shape) -> dict[str, Keeps]:
    """
    Find the parameters that select items by what their texts say, by their labels, or by any of their members.
    """
    labels = next((steps for steps in (("metadata", "labels"), ("labels",)) if _is_map(item, steps)), None)
    found: dict[str, Keeps] = {}
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        if plain(parameter.name) == "labelselector" and labels is not None:
            found[parameter.name] = _by_labels(labels)
        elif plain(parameter.name) == "fieldselector":
            found[parameter.name] = _by_fields
        elif plain(parameter.name) in _WORDS - set(map(plain, item.properties)):
            found[parameter.name] = _by_words
    return found


def _is_map(item: Shape, steps: Steps) -> bool:
    found = item.at(steps)
    return "object" in found.types and not found.properties


def _by_words(item: Any, wanted: str) -> bool:
    if _LANGUAGE.search(wanted):
        return True
    texts = "\0".join(_texts(item, 0)).casefold()
    return all(word in texts for word in wanted.casefold().split())


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < _DEPTH:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each, depth + 1)


def _by_labels(steps: Steps) -> Keeps:
    def keeps(item: Any, selector: str) -> bool:
        labels = value_at(item, steps)
        held = labels if isinstance(labels, dict) else {}
        return all(wanted(held.get(name)) for name, wanted in _requirements(selector))

    return keeps


def _by_fields(item: Any, selector: str) -> bool:
    return all(wanted(value_at(item, tuple(name.split(".")))) for name, wanted in _requirements(selector))


def _requirements(selector: str) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    """
    Read a selector: each name in it, with what is wanted of its value.
    """
    for text in _REQUIREMENT.findall(selector):
        several = _SET.fullmatch(text)
        if several is not None:
            values = {each.strip() for each in several[3].split(",")}
            yield several[1], _one_of(values, wanted=several[2] == "in")
        elif "=" in text:
            name, _, value = text.partition("=")
            yield name.rstrip("!").strip(), _one_of({value.removeprefix("=").strip()}, wanted=not name.endswith("!"))
        elif text.strip().startswith("!"):
            yield text.strip()[1:].strip(), lambda value: value is None
        elif text.strip():
            yield text.strip(), lambda value: value is not None


def _one_of(values: set[str], *, wanted: bool) -> Callable[[Any], bool]:
    return lambda value: (value is not None and key_text(value) in values) is wanted
