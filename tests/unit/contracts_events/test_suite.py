"""
The specification's own cases, through flattening and verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.events import EventVerdict, flatten
from aegis_contracts.events._profile import KEYWORDS, subschemas

SUITE: dict[str, list[dict[str, Any]]] = msgspec.json.decode(
    (Path(__file__).parent / "suite" / "draft2020-12.json").read_bytes()
)


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield pointer, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from walk(item, f"{pointer}/{key}")


def outside_the_profile(schema: Any) -> str | None:
    """
    Say why event schemas cannot be written like *schema*; ``None`` when they can.
    """
    for _, inner in subschemas(schema, Place("", "")):
        for keyword in inner:
            if keyword not in KEYWORDS:
                return f"the profile has no {keyword}"
    if any("$id" in inner for pointer, inner in walk(schema) if pointer):
        return "an event schema is one file with one $id"
    references = [inner["$ref"] for _, inner in walk(schema) if isinstance(inner.get("$ref"), str)]
    if any(not reference.startswith("#") for reference in references):
        return "the files of the case are not in the suite's own document"
    return None


@pytest.mark.parametrize("name", SUITE)
def test_flattened_schemas_decide_like_the_specification(name: str) -> None:
    """
    Flattening keeps the verdict of every case whose keywords the profile has.
    """
    wrong: list[str] = []
    decided = 0
    for group in SUITE[name]:
        if outside_the_profile(group["schema"]):
            continue
        try:
            documents = Documents.open({"schema": group["schema"]})
            place = Place(documents.root, "/schema")
            documents = Documents.open(group["schema"]) if isinstance(group["schema"], dict) else documents
            flat = flatten(documents, Place(documents.root, "") if isinstance(group["schema"], dict) else place)
        except DanglingReferenceError:
            continue
        verdict = EventVerdict(flat.schema, flat.sources)
        for case in group["tests"]:
            decided += 1
            if verdict.is_valid(case["data"]) is not case["valid"]:
                wrong.append(f"{group['description']}: {case['description']}")
            if bool(verdict.violations(case["data"])) is case["valid"]:
                wrong.append(f"{group['description']}: {case['description']} (violations)")
    assert wrong == []
    assert decided > 0


def test_most_of_the_suite_is_inside_the_profile() -> None:
    """
    The cases are not filtered away: more than nine hundred are decided.
    """
    kept = [g for groups in SUITE.values() for g in groups if outside_the_profile(g["schema"]) is None]
    assert sum(len(group["tests"]) for group in kept) > 900
