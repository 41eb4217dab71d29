"""
The examples beside the event schemas.
"""

from __future__ import annotations

import msgspec
import pytest

from aegis_contracts import bundled
from aegis_contracts.events import EventExample, EventType, load_events

CATALOG = load_events(bundled() / "schemas")
EXAMPLES = [(event, example) for event in CATALOG.values() for example in event.examples]


def named(value: object) -> str:
    return value.id if isinstance(value, EventType) else value.name if isinstance(value, EventExample) else str(value)


@pytest.mark.parametrize(("event", "example"), EXAMPLES, ids=named)
def test_an_example_shows_what_its_name_says(event: EventType, example: EventExample) -> None:
    """
    A valid example breaks nothing; an invalid one breaks the one rule at the one place that its name tells.
    """
    found = event.violations(msgspec.json.decode(example.read()))
    expected = [] if example.valid else [(example.pointer, example.rule)]
    assert [(violation.pointer, violation.rule) for violation in found] == expected


@pytest.mark.parametrize("name", CATALOG.names)
def test_every_event_type_has_enough_examples(name: str) -> None:
    """
    At least three valid and eight invalid examples for each event type.
    """
    examples = CATALOG[name].examples
    assert sum(example.valid for example in examples) >= 3
    assert sum(not example.valid for example in examples) >= 8
