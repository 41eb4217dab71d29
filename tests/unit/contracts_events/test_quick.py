"""
The quicker schema: it admits nothing that the whole one refuses.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from aegis_contracts import Verdict, bundled
from aegis_contracts.events import load_events, quick, signs
from aegis_contracts.events._quick import UUID

CATALOG = load_events(bundled() / "schemas")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"pattern": "^[0-9]{5}$", "maxLength": 5}, {"pattern": "^[0-9]{5}$"}),
        ({"pattern": "^[0-9]{5}$", "minLength": 5, "maxLength": 9}, {"pattern": "^[0-9]{5}$"}),
        ({"pattern": "^[0-9]{5}$", "maxLength": 4}, {"pattern": "^[0-9]{5}$", "maxLength": 4}),
        ({"pattern": "^[0-9]{5}$", "minLength": 6}, {"pattern": "^[0-9]{5}$", "minLength": 6}),
        ({"pattern": "^a+$", "maxLength": 9}, {"pattern": "^a+$", "maxLength": 9}),
        ({"pattern": "^(?:ab|[가-힣]{3})?$", "maxLength": 3}, {"pattern": "^(?:ab|[가-힣]{3})?$"}),
        ({"pattern": "[0-9]{5}", "maxLength": 5}, {"pattern": "[0-9]{5}", "maxLength": 5}),
        ({"pattern": r"^\d{5}$", "maxLength": 5}, {"pattern": r"^\d{5}$", "maxLength": 5}),
        ({"pattern": UUID, "format": "uuid", "maxLength": 36}, {"format": "uuid"}),
        ({"pattern": UUID, "maxLength": 36}, {"pattern": UUID}),
        ({"items": {"pattern": "^a$", "maxLength": 1}}, {"items": {"pattern": "^a$"}}),
        ({"properties": {"pattern": {"maxLength": 1}}}, {"properties": {"pattern": {"maxLength": 1}}}),
        ({"anyOf": [{"pattern": "^a$", "maxLength": 1}, True]}, {"anyOf": [{"pattern": "^a$"}, True]}),
    ],
)
def test_only_what_the_pattern_decides_is_left_out(schema: Any, expected: Any) -> None:
    """
    Bounds go where the pattern implies them, and stay where it does not.
    """
    assert quick(schema) == expected


def test_the_format_of_a_uuid_is_its_pattern() -> None:
    """
    On forty thousand near misses the engine's format and the pattern decide alike.
    """
    form, pattern = Verdict({"type": "string", "format": "uuid"}), Verdict({"type": "string", "pattern": UUID})
    random = Random(1)
    for _ in range(40_000):
        text = "5f0c8a52-9F5e-4c1b-8a57-2f1f5f0b7a11"
        for _ in range(random.choice((0, 1, 1, 2))):
            at = random.randrange(len(text))
            text = text[:at] + random.choice(["", "-", "0", "g", "F", "é", "０", "\n", "{", " ", "00"]) + text[at + 1 :]
        assert form.is_valid(text) is pattern.is_valid(text), text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("UserRegistered", ("data", 2)),
        ("EmailVerificationRequested", ("data", 4)),
        ("UserDeleted", ("data", 2)),
        ("UserProfileUpdated", ("", 0)),
    ],
)
def test_the_colons_of_the_times_are_counted(name: str, expected: tuple[str, int]) -> None:
    """
    Each timestamp has two colons at least, and an event with objects inside its data is not counted at all.
    """
    assert signs(CATALOG[name].schema, ":") == expected


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        *(("^a:b$", 1), ("^a:?b$", 0), ("^(?:a:b:c|a:b)$", 1), ("^(?:a:){2,5}$", 2), ("^[:]$", 1), ("^(?::|a)*$", 0)),
        *((r"^\:$", 1), ("^:+$", 1), (":", 0), ("^$", 0)),
    ],
)
def test_the_least_number_of_a_sign(pattern: str, least: int) -> None:
    """
    What a pattern may leave out is not counted.
    """
    text = {"type": "string", "pattern": pattern}
    schema = {"required": ["a", "d"], "properties": {"a": text, "d": {"type": "object"}}}
    assert signs(schema, ":") == ("d", least)
