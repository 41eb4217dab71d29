"""
No pair of schemas makes anybody wait: what is too entangled is undecided.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts.compatibility import Counterexample, Undecided, compare


def entangled(kind: str, count: int) -> dict[str, Any]:
    """
    Make a conjunction of choices, whose cases double with each of them.
    """
    return {
        "allOf": [
            {
                "anyOf": [
                    {"type": "object", "required": [f"a{n}"], "properties": {f"a{n}": {"type": "string"}}},
                    {"type": "object", "required": [f"b{n}"], "properties": {f"b{n}": {"type": kind}}},
                ]
            }
            for n in range(count)
        ]
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize("count", [8, 16])
def test_choices_that_multiply_end_within_the_bound(count: int) -> None:
    """
    Cases that double with each choice are given up within the bound of work, never proved by exhaustion.
    """
    assert isinstance(
        compare(entangled("number", count), entangled("integer", count)).outcome, Counterexample | Undecided
    )


@pytest.mark.timeout(60)
def test_a_pattern_that_is_no_automaton_is_undecided() -> None:
    """
    A pattern with a million repetitions is not expanded.
    """
    found = compare({"type": "string", "pattern": "^(a{1,900}){1,900}$"}, {"type": "string", "pattern": "^a{1,900}$"})
    assert isinstance(found.outcome, Undecided)
