"""
What is generated from a contract, word for word.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aegis_codegen.events import render
from aegis_contracts import ContractError, bundled
from aegis_contracts.events import load_events

from .shops import CONTRACT

EXPECTED = CONTRACT.parent / "expected"
GENERATED = Path(__file__).parents[4] / "sdk" / "aegis_sdk" / "_generated" / "events"


def test_the_generated_files_are_as_expected() -> None:
    """
    Two versions with nested, optional, constant, renamed and sensitive properties.

    AEGIS_UPDATE_GOLDEN=1 accepts a change.
    """
    files = {f"{name}.txt": text for name, text in render(load_events(CONTRACT), "shop_events").items()}
    if os.environ.get("AEGIS_UPDATE_GOLDEN"):
        for path in EXPECTED.glob("*.txt"):
            path.unlink()
        for name, text in files.items():
            (EXPECTED / name).write_text(text, encoding="utf-8")
    assert sorted(files) == sorted(path.name for path in EXPECTED.iterdir())
    for name, text in files.items():
        assert text == (EXPECTED / name).read_text(encoding="utf-8"), name


def test_the_committed_models_are_those_of_the_contracts() -> None:
    """
    Nobody edited the SDK's event models, and none is missing or left over.
    """
    files = render(load_events(bundled() / "schemas"))
    committed = {path.name: path.read_text(encoding="utf-8") for path in GENERATED.iterdir() if path.is_file()}
    assert committed == files
    assert all("Generated from schemas/" in text for text in committed.values())


def test_generating_twice_gives_the_same_bytes() -> None:
    """
    Nothing in the output depends on time, order or machine.
    """
    assert render(load_events(CONTRACT)) == render(load_events(CONTRACT))


@pytest.mark.parametrize(
    ("fill", "says"),
    [
        ("$message.payload#/data/nothing", "names nothing"),
        ({"from": "$message.payload#/at", "plus": "tomorrow"}, "adds no duration"),
        ({"plus": "PT1H"}, "names nothing"),
    ],
)
def test_what_a_model_cannot_fill_in_is_refused(tmp_path: Path, fill: object, says: str) -> None:
    """
    A write default that leads nowhere is refused with its place, not generated.
    """
    for path in CONTRACT.iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        if path.name == "order.placed.v1.json":
            document["properties"]["data"]["properties"]["note"]["x-write-default"] = fill
        (tmp_path / path.name).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ContractError, match=says) as refused:
        render(load_events(tmp_path))
    assert refused.value.findings[0].pointer == "/data/note"
