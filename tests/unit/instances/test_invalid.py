"""
Instances that break a schema are proved to break it.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from aegis_contracts import Verdict
from aegis_contracts.instances import generate, invalidate

USER: dict[str, Any] = {
    "type": "object",
    "required": ["user_id", "email"],
    "additionalProperties": False,
    "properties": {
        "user_id": {"type": "string", "maxLength": 40},
        "email": {"type": "string", "format": "email"},
        "status": {"enum": ["active", "closed"]},
        "count": {"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 5},
        "tags": {"type": "array", "uniqueItems": True, "minItems": 1, "maxItems": 5, "items": {"type": "string"}},
    },
}


def test_every_way_of_breaking_is_real() -> None:
    """
    What is called invalid is refused for the very rule at the very place, after it has been through JSON.
    """
    value = generate(USER, "seed")
    before = copy.deepcopy(value)
    verdict = Verdict(USER)
    for broken in invalidate(USER, value, "seed"):
        instance = json.loads(json.dumps(broken.instance))
        assert (broken.pointer, broken.rule) in {(v.pointer, v.rule) for v in verdict.violations(instance)}
    assert value == before


def test_every_rule_is_broken_once() -> None:
    """
    Each rule of the schema is broken in one instance, and the same seed breaks them in the same way.
    """
    value = generate(USER, "seed")
    found = invalidate(USER, value, "seed")
    assert {(broken.pointer, broken.rule) for broken in found} >= {
        ("/user_id", "required"),
        ("/email", "required"),
        ("", "additionalProperties"),
        ("/user_id", "maxLength"),
        ("/email", "format"),
        ("/status", "enum"),
        ("/count", "multipleOf"),
        ("/count", "minimum"),
        ("/count", "maximum"),
        ("/tags", "uniqueItems"),
        ("/tags", "minItems"),
        ("/tags", "maxItems"),
        ("/tags/0", "type"),
    }
    assert invalidate(USER, value, "seed") == found


def test_what_everything_satisfies_cannot_be_broken() -> None:
    """
    Of a schema that admits everything there is no invalid instance.
    """
    assert invalidate(True, {"a": [1, "x"]}, "seed") == []


def test_limits_are_broken_by_as_little_as_can_be() -> None:
    """
    Beyond a limit stands its neighbour, whatever the valid value is: who is wrong by one is found.
    """
    schema = {
        "type": "object",
        "properties": {
            "stars": {"type": "integer", "minimum": 10, "maximum": 50},
            "title": {"type": "string", "minLength": 3, "maxLength": 40},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 7},
        },
    }
    value = {"stars": 30, "title": "a title", "tags": ["a", "b", "c"]}
    broken = {(found.pointer, found.rule): found.instance for found in invalidate(schema, value, "seed")}
    assert broken["/stars", "minimum"]["stars"] == 9
    assert broken["/stars", "maximum"]["stars"] == 51
    assert len(broken["/title", "minLength"]["title"]) == 2
    assert len(broken["/title", "maxLength"]["title"]) == 41
    assert len(broken["/tags", "minItems"]["tags"]) == 1
    assert len(broken["/tags", "maxItems"]["tags"]) == 8
