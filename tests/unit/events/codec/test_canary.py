"""
No value of a message ever shows: not in violations, not in errors, not in repr.
"""

from __future__ import annotations

import json
from copy import deepcopy
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk.events import EventError, encode, new, parse, validate

from .mutations import objects
from .test_models import GIVEN

CATALOG = load_events(bundled() / "schemas")
CANARY = "CANARY-8f3c@leak.example"
SPOILT = (CANARY, f"{CANARY}\n", CANARY * 200, [CANARY], {CANARY: CANARY}, {"a": {CANARY: [CANARY]}}, [[CANARY]])


def spoilt() -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for name in CATALOG.names:
        example = json.loads(CATALOG[name].examples[0].read())
        for where, owner in enumerate(objects(example)):
            for key in [*owner, CANARY, "extra"]:
                for value in SPOILT:
                    message = deepcopy(example)
                    objects(message)[where][key] = value
                    messages.append(message)
    return messages


def shown(message: dict[str, Any]) -> str:
    found = validate(message)
    text = "".join(f"{violation} {violation!r}" for violation in found)
    for change in (dict[str, Any], lambda m: m | {"version": CANARY}):
        try:
            parse(json.dumps(change(message)).encode())
        except EventError as error:
            text += f"{error} {error!r} {error.__cause__!r} {error.__context__!r}"
    return text


def test_no_canary_leaves_the_codec() -> None:
    """
    A canary in every place, as value and as name, and none in what is reported.
    """
    messages = spoilt()
    reported = [shown(message) for message in messages]
    assert len(messages) > 500
    assert sum(bool(text) for text in reported) > 300
    assert [text for text in reported if "CANARY" in text] == []


@pytest.mark.parametrize(
    "text", [CANARY, f'"{CANARY}', f"{{{CANARY}}}", f'{{"a": "{CANARY}", }}', f'{{"{CANARY}": NaN}}']
)
def test_no_canary_leaves_unreadable_text(text: str) -> None:
    """
    An error about syntax says where, and quotes nothing.
    """
    with pytest.raises(EventError) as refused:
        parse(text.encode())
    assert "CANARY" not in f"{refused.value} {refused.value!r}"


@pytest.mark.parametrize("model", GIVEN)
def test_repr_hides_what_is_sensitive(model: type[Any]) -> None:
    """
    E-mail addresses, numbers, tokens, reasons and changed values are `***` in repr, str, f-strings and rich.
    """
    given = dict(GIVEN[model])
    sensitive = {"email", "business_registration_number", "verification_token", "deletion_reason"} & given.keys()
    given |= dict.fromkeys(sensitive, CANARY)
    if "old_values" in given:
        given |= {"changed_fields": ["a"], "old_values": {"a": CANARY}, "new_values": {"a": CANARY}}
    event = new(model, **given)
    console = Console(width=300, record=True, file=StringIO())
    console.print(event)
    text = f"{event!r} {event!s} {event} {[event]} {event.data!r} {console.export_text()}"
    assert "CANARY" not in text
    assert "***" in text
    assert given["user_id"] in text
    with pytest.raises(EventError) as refused:
        encode(new(model, **(given | {"user_id": CANARY})))
    assert "CANARY" not in f"{refused.value} {refused.value!r}"
