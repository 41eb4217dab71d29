"""
What generating a value costs: a 3 KB answer, warm; the first answer of a large document; every definition of it.

Run with ``--benchmark-only``; the figures are in microseconds for one value.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aegis_contracts.instances import Generator

USER: dict[str, Any] = {
    "type": "object",
    "required": ["user_id", "email", "business_registration_number"],
    "properties": {
        "user_id": {"type": "string", "pattern": "^[a-z]+_[0-9a-z]{12}$"},
        "email": {"type": "string", "format": "email"},
        "name": {"type": "string", "maxLength": 50},
        "phone_number": {"type": "string", "pattern": "^010-[0-9]{4}-[0-9]{4}$"},
        "business_registration_number": {"type": "string", "pattern": "^[0-9]{3}-[0-9]{2}-[0-9]{5}$"},
        "business_name": {"type": "string"},
        "region": {"type": "string"},
        "status": {"enum": ["pending", "active", "closed"]},
        "created_at": {"type": "string", "format": "date-time"},
        "website": {"type": ["string", "null"], "format": "uri"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "score": {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 1},
    },
}
PAGE: dict[str, Any] = {
    "type": "object",
    "required": ["data", "page"],
    "properties": {
        "data": {"type": "array", "minItems": 8, "maxItems": 8, "items": {"$ref": "#/$defs/User"}},
        "page": {
            "type": "object",
            "properties": {"next_cursor": {"type": ["string", "null"]}, "has_more": {"type": "boolean"}},
        },
    },
    "$defs": {"User": USER},
}


def entangled(count: int) -> dict[str, Any]:
    """
    A document of *count* components, each of which refers to many others, as payment APIs have them.
    """

    def component(number: int) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "id": {"type": "string"},
            "object": {"const": f"thing_{number}"},
            "created": {"type": "integer"},
        }
        for index in range(24):
            other = {"$ref": f"#/$defs/thing_{(number * 31 + index * 17 + 1) % count}"}
            kind = index % 6
            properties[f"field_{index}"] = (
                {"type": "string"}
                if kind < 3
                else {"anyOf": [{"type": "string", "maxLength": 5000}, other]}
                if kind == 3
                else {"anyOf": [other, {"type": "null"}]}
                if kind == 4
                else {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": other}}}
            )
        return {"type": "object", "required": [*properties][::2], "properties": properties}

    return {"$defs": {f"thing_{number}": component(number) for number in range(count)}}


@pytest.mark.benchmark(group="instances: one value, warm")
def test_a_page_of_users(benchmark: BenchmarkFixture) -> None:
    """
    A page of eight users, some 3 KB, is made and judged.
    """
    generator = Generator(PAGE)
    seeds = iter(range(10**9))
    value = benchmark(lambda: generator.generate(str(next(seeds))))
    assert 2_000 < len(json.dumps(value, ensure_ascii=False)) < 5_000


@pytest.mark.benchmark(group="instances: one value, warm")
def test_a_component_of_an_entangled_document(benchmark: BenchmarkFixture) -> None:
    """
    A component of a thousand that all refer to each other stays small, and is made as fast.
    """
    generator = Generator(entangled(1_000)).at("/$defs/thing_0")
    value = generator.generate("seed")
    benchmark(lambda: generator.generate("seed"))
    assert len(json.dumps(value)) < 20_000


@pytest.mark.benchmark(group="instances: first value, cold")
def test_the_first_value_of_an_entangled_document(benchmark: BenchmarkFixture) -> None:
    """
    The first value of a document of a thousand components costs what is used of it, and one compilation of the verdict.
    """
    document = entangled(1_000)
    benchmark.pedantic(lambda: Generator(document).at("/$defs/thing_0").generate("seed"), rounds=3)
