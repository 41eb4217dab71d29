"""
Changes of schemas against what JSON Schema 2020-12 says of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_contracts.compatibility import Counterexample, Proved, compare

CHANGES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "schema_changes.yaml").read_text("utf-8"))
CASES = [
    pytest.param(change[sender], change[receiver], change[says], id=f"{change['name']}-{says}")
    for change in CHANGES
    for sender, receiver, says in (("old", "new", "widens"), ("new", "old", "narrows"))
]


@pytest.mark.parametrize(("sender", "receiver", "taken"), CASES)
def test_a_change_is_proved_or_refuted_as_the_standard_says(sender: Any, receiver: Any, taken: bool) -> None:
    """
    Whether one schema takes all that the other allows is decided, and as JSON Schema decides it.
    """
    found = compare(sender, receiver)
    assert isinstance(found.outcome, Proved if taken else Counterexample), found


@pytest.mark.parametrize(
    "receiver",
    [{"format": "idn-email"}, {"pattern": "@"}, {"minLength": 3}],
    ids=str,
)
def test_an_address_of_mail_is_all_that_its_grammar_makes_it(receiver: dict[str, Any]) -> None:
    """
    What each e-mail address is by its grammar is proved; not each of the other texts is one.
    """
    sender = {"type": "string", "format": "email"}
    assert isinstance(compare(sender, receiver).outcome, Proved)
    assert isinstance(compare({"type": "string", **receiver}, sender).outcome, Counterexample)


def test_every_counterexample_is_taken_by_one_and_refused_by_the_other() -> None:
    """
    A counterexample can be shown to anybody: any validator takes it by the one schema and refuses it by the other.
    """
    import jsonschema

    for change in CHANGES:
        for sender, receiver in (("old", "new"), ("new", "old")):
            found = compare(change[sender], change[receiver])
            if isinstance(found.outcome, Counterexample):
                checked = {"format_checker": jsonschema.Draft202012Validator.FORMAT_CHECKER}
                ours = jsonschema.Draft202012Validator(change[sender], **checked)
                theirs = jsonschema.Draft202012Validator(change[receiver], **checked)
                assert ours.is_valid(found.outcome.instance), change["name"]
                assert not theirs.is_valid(found.outcome.instance), change["name"]
