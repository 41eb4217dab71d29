"""
Rules of JSON Schema that pydantic has no word for, held as the verdict engine holds them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from aegis_runtime.models import UniqueItems

ARRAYS = [
    [1, 1.0],
    [1, True],
    [0, False, ""],
    [2**53, 2**53 + 1],
    [10**400, 10**400 + 1],
    [1.5, 1.5],
    [0, -0.0],
    ["a", "a"],
    [[1, 2], [1.0, 2]],
    [[1, 2], [2, 1]],
    [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
    [{"a": 1}, {"a": True}],
    [{"a": 1}, [["a", 1]]],
    [None, "None", "null"],
    [["a"], "a", {"a": None}],
]


@pytest.mark.parametrize("items", ARRAYS, ids=str)
def test_items_are_equal_where_the_contracts_engine_says_so(items: list[Any]) -> None:
    """
    Two items are the same for a model exactly where they are the same for JSON Schema.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[list[Any], UniqueItems()])
    try:
        adapter.validate_python(items)
        unique = True
    except ValidationError:
        unique = False
    assert unique == jsonschema_rs.is_valid({"uniqueItems": True}, json.loads(json.dumps(items)))
