"""
Values look like what their names say, and never at the price of validity.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from aegis_contracts.instances import Generator, generate

SEEDS = [str(number) for number in range(40)]
WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def one(schema: dict[str, Any], name: str) -> list[Any]:
    """
    What many seeds make for a property called *name*.
    """
    generator = Generator({"type": "object", "required": [name], "properties": {name: schema}})
    return [generator.generate(seed)[name] for seed in SEEDS]


def checks_out(number: str) -> bool:
    """
    Whether the tenth digit of a business registration number is right.
    """
    digits = [int(character) for character in number if character.isdigit()]
    total = sum(d * w for d, w in zip(digits, WEIGHTS, strict=False)) + digits[8] * 5 // 10
    return len(digits) == 10 and digits[9] == (10 - total % 10) % 10 and any(digits)


@pytest.mark.parametrize(
    "name", ["business_registration_number", "businessRegistrationNumber", "b_no", "bizRegNo", "사업자등록번호"]
)
@pytest.mark.parametrize("pattern", [None, "^[0-9]{10}$", r"^\d{3}-\d{2}-\d{5}$"])
def test_business_numbers_check_out(name: str, pattern: str | None) -> None:
    """
    A business registration number has a valid check digit, in whichever form the pattern asks for.
    """
    schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
    assert all(checks_out(number) for number in one(schema, name))


@pytest.mark.parametrize(
    ("name", "schema", "looks"),
    [
        ("email", {"type": "string"}, r"[a-z.0-9]+@example\.(com|kr)"),
        ("contactEmail", {"type": "string", "format": "email"}, r"[a-z.0-9]+@example\.(com|kr)"),
        ("phone_number", {"type": "string"}, r"010-\d{4}-\d{4}"),
        ("phone", {"type": "string", "pattern": r"^\+82\d+$"}, r"\+8210\d{8}"),
        ("mobile", {"type": "string", "pattern": r"^010\d{8}$"}, r"010\d{8}"),
        ("representative_name", {"type": "string"}, r"[가-힣]{3}"),
        ("name", {"type": "string"}, r"[가-힣]{3}"),
        ("business_name", {"type": "string"}, r"[가-힣]{4,8}"),
        ("user_id", {"type": "string"}, r"user_[0-9a-z]{12}"),
        ("region", {"type": "string"}, r"[가-힣]+(시|도)"),
        ("postalCode", {"type": "string"}, r"\d{5}"),
        ("country", {"type": "string", "minLength": 2, "maxLength": 2}, "KR"),
        ("country_code", {"type": "string", "minLength": 3}, "KOR"),
        ("currency", {"type": "string"}, "KRW"),
        ("website", {"type": "string", "format": "uri"}, r"https://example\.com/.+"),
        ("color", {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}, r"#[0-9a-f]{6}"),
        ("version", {"type": "string"}, r"\d+\.\d+\.\d+"),
        ("verification_code", {"type": "string", "minLength": 6, "maxLength": 6}, r"\d{6}"),
        ("next_cursor", {"type": "string"}, r"[A-Za-z0-9]+"),
        ("industryCode", {"type": "string"}, r"\d{5}"),
        ("start_dt", {"type": "string", "pattern": r"^\d{8}$"}, r"20\d{6}"),
        ("request_id", {"type": "string"}, r"[0-9a-f-]{36}"),
    ],
)
def test_names_say_what_values_look_like(name: str, schema: dict[str, Any], looks: str) -> None:
    """
    A property's name gives its value a likely form, in the variant that the schema admits.
    """
    made = one(schema, name)
    assert all(re.fullmatch(looks, text) for text in made), made


@pytest.mark.parametrize(
    ("name", "schema", "low", "high"),
    [
        ("price", {"type": "integer"}, 1_000, 990_000),
        ("lat", {"type": "number"}, 33, 39),
        ("longitude", {"type": "number"}, 124, 132),
        ("status_code", {"type": "integer"}, 100, 599),
        ("page", {"type": "integer"}, 1, 10),
        ("age", {"type": "integer", "maximum": 30}, 1, 30),
        ("created_at", {"type": "integer"}, 1_750_000_000, 1_770_000_000),
        ("id", {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1}, 1_000, 999_999),
        ("whatever", {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}, 1, 1_000),
    ],
)
def test_numbers_are_of_a_likely_size(name: str, schema: dict[str, Any], low: float, high: float) -> None:
    """
    A number is of the size that its name suggests, within what the schema admits.
    """
    made = one(schema, name)
    assert all(low <= number <= high for number in made), made


def test_a_hint_yields_to_the_schema() -> None:
    """
    A name that promises something else than the schema admits is not believed.
    """
    assert all(re.fullmatch("[a-f]{4}", text) for text in one({"type": "string", "pattern": "^[a-f]{4}$"}, "email"))
    assert all(len(text) <= 5 for text in one({"type": "string", "maxLength": 5}, "description"))
    assert all(number <= 5 for number in one({"type": "integer", "minimum": 1, "maximum": 5}, "price"))


def test_one_thing_speaks_of_one_person_and_one_place() -> None:
    """
    Name and address of one thing belong together; the next thing in a list is another.
    """
    user = {
        "type": "object",
        "properties": {
            "username": {"type": "string"},
            "email": {"type": "string", "format": "email"},
            "address": {"type": "object", "properties": {"lat": {"type": "number"}, "zip": {"type": "string"}}},
        },
    }
    users = generate({"type": "array", "minItems": 3, "items": user}, "seed")
    assert all(
        user["username"].rstrip("0123456789") == user["email"].partition("@")[0].rstrip("0123456789") for user in users
    )
    assert len({user["username"] for user in users}) == len(users)
    places = {json.dumps(generate(user, seed)["address"], sort_keys=True) for seed in SEEDS}
    assert len(places) == len({json.loads(place)["zip"] for place in places})


def test_what_was_created_precedes_what_was_updated() -> None:
    """
    Times of one thing are in order.
    """
    stamp = {"type": "string", "format": "date-time"}
    generator = Generator(
        {"type": "object", "properties": {"createdAt": stamp, "updatedAt": stamp, "expires_at": stamp}}
    )
    for seed in SEEDS:
        made = generator.generate(seed)
        assert made["createdAt"] < made["updatedAt"] < made["expires_at"]


def test_examples_come_first() -> None:
    """
    An example of a schema is used where it is valid, then a default; an invalid one is not.
    """
    schema = {
        "type": "object",
        "properties": {
            "plan": {"type": "string", "examples": ["gold"]},
            "old": {"type": "string", "example": "style of OpenAPI 3.0"},
            "limit": {"type": "integer", "default": 20},
            "wrong": {"type": "integer", "examples": ["not a number"], "default": "neither"},
        },
    }
    made = generate(schema, "seed")
    assert (made["plan"], made["old"], made["limit"]) == ("gold", "style of OpenAPI 3.0", 20)
    assert isinstance(made["wrong"], int)
    assert generate(schema, "seed", examples=False)["plan"] != "gold"


def test_an_example_of_a_whole_object_is_used_whole() -> None:
    """
    An object's example is taken as it stands, and is the caller's to change.
    """
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "integer"}},
        "examples": [{"a": 7, "b": [1]}],
    }
    generator = Generator(schema)
    generator.generate("seed")["b"].append(2)
    assert generator.generate("seed") == {"a": 7, "b": [1]}


def test_the_items_of_a_list_are_not_one_example_repeated() -> None:
    """
    The first item of a list is the example; the others are like it, and differ.
    """
    user = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "pattern": "^usr_[0-9]{8}$"}},
        "examples": [{"id": "usr_20250917"}],
    }
    made = generate({"type": "array", "minItems": 3, "items": user}, "seed")
    assert made[0] == {"id": "usr_20250917"}
    assert len({user["id"] for user in made}) == len(made)
