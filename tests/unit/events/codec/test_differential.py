"""
The codec against the oracle: one verdict, whoever is asked.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk.events import EventValidationError, parse, validate

from .mutations import mutated
from .oracle import is_valid

CATALOG = load_events(bundled() / "schemas")
EACH = 1_300


def examples(name: str) -> list[Any]:
    return [json.loads(example.read()) for example in CATALOG[name, 1].examples if example.valid]


def typed(message: bytes) -> bool:
    try:
        parse(message, strict=True)
    except EventValidationError:
        return False
    return True


@pytest.mark.parametrize("name", CATALOG.names)
def test_the_verdict_is_the_oracles(name: str) -> None:
    """
    On 6,500 mutated events validate, parse and the corrected jsonschema never disagree.
    """
    messages = list(mutated(examples(name), EACH, f"differential {name}"))
    expected = [is_valid(message) for message in messages]
    assert [m for m, e in zip(messages, expected, strict=True) if (validate(m) == []) is not e] == []
    assert [m for m, e in zip(messages, expected, strict=True) if typed(m) is not e] == []
    assert 0.15 < sum(expected) / EACH < 0.85, "a lopsided sample would prove little"


@pytest.mark.parametrize("name", CATALOG.names)
def test_what_is_judged_by_the_source_is_judged_alike(name: str) -> None:
    """
    The compact schemas of the SDK and the flattened ones of the contracts report the same violations.
    """
    for message in mutated(examples(name), 300, f"violations {name}"):
        try:
            instance = json.loads(message)
            json.dumps(instance, allow_nan=False, ensure_ascii=False).encode()
        except ValueError:
            continue
        if isinstance(instance, dict) and instance.get("eventType") == name:
            assert validate(instance) == CATALOG.violations(instance)
