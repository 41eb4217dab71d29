"""
What generated models and inputs are written with takes exactly what the contract's own verdict takes.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from aegis_runtime import JsonDecoder
from aegis_runtime.content._violations import Violations
from aegis_runtime.models import (
    CLOSED,
    OPEN,
    Array,
    Boolean,
    ClosedUnion,
    DependentRequired,
    Exact,
    Exactly,
    ExactNumber,
    Extras,
    Format,
    FullDate,
    Integer,
    Known,
    Listed,
    MaxBytes,
    MayBeAbsent,
    MultipleOf,
    Number,
    OpenIntEnum,
    OpenStrEnum,
    ResponseModel,
    UtcDateTime,
    Uuid,
    WrittenDate,
    WrittenDateTime,
    WrittenUuid,
    obeying,
)

VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        5,
        5.0,
        0.1,
        -0.5,
        0.3,
        0.07,
        1e300,
        1e-300,
        2**60,
        2**53,
        2**53 + 1,
        -(2**53) - 1,
        "",
        "a",
        "5",
        "true",
    ),
    *([], [1], ["a"], {}, {"a": 1}, {"a": 1, "b": 2}, {"b": 2}, {"a": 1, "c": 3}),
    *({"a": 1, "b": 2, "c": 3}, {"a": "x"}, {"c": "x"}, {"b": 2, "d": 1.5}, {"a": 1, "x": 1, "y": 2}),
    *("2026-02-28", "2026-02-29", "2026-2-1", "0000-01-01", "2026-01-01T00:00:00Z", "2026-01-01t00:00:00z"),
    *("2026-01-01T00:00:00+00:60", "2026-01-01T00:00:00-01:99", "2026-12-31T23:59:60-00:60"),
    *("2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.25+09:00", "20260101"),
    *("6fa459ea-ee8a-3ca4-894e-db77e160355e", "6FA459EA-ee8a-3ca4-894e-db77e160355e"),
    *("6fa459eaee8a3ca4894edb77e160355e", "{6fa459ea-ee8a-3ca4-894e-db77e160355e}"),
]


class Small(OpenIntEnum):
    """
    Two numbers.
    """

    ONE = 1
    TWO = 2


@with_config(CLOSED)
class Closed(TypedDict, total=False):
    """
    An input that names all it takes.
    """

    a: Integer
    b: Integer
    c: Integer


@with_config(OPEN)
class Open(TypedDict, total=False):
    """
    An input that takes others, too.
    """

    a: Integer
    b: Integer


@with_config(CLOSED)
class CatInput(TypedDict):
    """
    One of two kinds.
    """

    kind: Literal["cat"]
    lives: Integer


@with_config(CLOSED)
class DogInput(TypedDict):
    """
    The other.
    """

    kind: Literal["dog"]


@obeying(DependentRequired({"first-name": ("lastName", "title"), "lastName": ("title",)}))
class Person(ResponseModel):
    """
    A name is given whole.
    """

    first: Annotated[str | None, Field(alias="first-name")] = None
    last: Annotated[str | None, Field(alias="lastName")] = None


ABC: dict[str, Any] = {name: {"type": "integer"} for name in "abc"}
MEMBERS: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
NEEDS = {"a": ("b", "c"), "c": ("b",)}
TYPES: dict[str, tuple[Any, dict[str, Any]]] = {
    "integer": (Integer, {"type": "integer"}),
    "number": (Number, {"type": "number"}),
    "above": (Annotated[float, Field(gt=2**53), Exact()], {"type": "number", "exclusiveMinimum": 2**53}),
    "below": (Annotated[Number, Field(lt=2**53 + 1)], {"type": "number", "exclusiveMaximum": 2**53 + 1}),
    "between": (
        Annotated[Number, Field(ge=-(2**53) - 1, le=2**53)],
        {"type": "number", "minimum": -(2**53) - 1, "maximum": 2**53},
    ),
    "third": (Annotated[Number, MultipleOf(3.0)], {"type": "number", "multipleOf": 3}),
    "boolean": (Boolean, {"type": "boolean"}),
    "array": (Array, {"type": "array"}),
    "tenth": (Annotated[Number, MultipleOf(0.1)], {"type": "number", "multipleOf": 0.1}),
    "hundredth": (Annotated[Number, MultipleOf(0.01)], {"type": "number", "multipleOf": 0.01}),
    "even": (Annotated[Integer, MultipleOf(2)], {"type": "integer", "multipleOf": 2}),
    "day": (FullDate, {"type": "string", "format": "date"}),
    "moment": (UtcDateTime, {"type": "string", "format": "date-time"}),
    "identifier": (Uuid, {"type": "string", "format": "uuid"}),
    "written day": (WrittenDate, {"type": "string", "format": "date"}),
    "written moment": (WrittenDateTime, {"type": "string", "format": "date-time"}),
    "written identifier": (WrittenUuid, {"type": "string", "format": "uuid"}),
    "text of a day": (Annotated[str, Field(strict=True), Format("date")], {"type": "string", "format": "date"}),
    "text of a moment": (
        Annotated[str, Field(strict=True), Format("date-time")],
        {"type": "string", "format": "date-time"},
    ),
    "text of a uuid": (Annotated[str, Field(strict=True), Format("uuid")], {"type": "string", "format": "uuid"}),
    "exactly": (Annotated[Any, Exactly(1, "a", None, False)], {"enum": [1, "a", None, False]}),
    "listed numbers": (Annotated[Any, Listed(1, 5)], {"enum": [1, 5]}),
    "listed texts": (Annotated[Any, Listed("a", "true")], {"enum": ["a", "true"]}),
    "closed": (Closed, {"type": "object", "properties": ABC, "additionalProperties": False}),
    "open": (Open, MEMBERS),
    "open but integers": (
        Annotated[Open, Extras(lambda: Integer, "a", "b")],
        {**MEMBERS, "additionalProperties": {"type": "integer"}},
    ),
    "needing others": (
        Annotated[Closed, DependentRequired(NEEDS)],
        {"type": "object", "properties": ABC, "additionalProperties": False, "dependentRequired": NEEDS},
    ),
}


def taken(kind: Any, value: object) -> bool:
    """
    Say whether a type takes a value.
    """
    try:
        TypeAdapter[Any](kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", TYPES)
def test_a_type_takes_what_the_contracts_engine_takes(name: str) -> None:
    """
    A value fits a type exactly where JSON Schema says that it is valid: 5.0 is an integer, ``True`` and ``"5"`` are
    none, 0.07 is a multiple of 0.01, and a name that needs others comes with them.
    """
    kind, schema = TYPES[name]
    verdict = jsonschema_rs.Draft202012Validator(json.loads(json.dumps(schema)), validate_formats=True)
    assert {str(value): taken(kind, value) for value in VALUES} == {
        str(value): verdict.is_valid(value) or (value == "0000-01-01" and taken(kind, value)) for value in VALUES
    } | ({"0000-01-01": False} if "day" in name else {})


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (Integer, 5.0, 5),
        (Number, 5, 5.0),
        (Integer, Decimal("0.00"), 0),
        (Integer, Decimal("1e3"), 1000),
        (Number, Decimal("1.5"), 1.5),
        (Number, 2**53 + 1, 2**53 + 1),
        (Number, Decimal(2**53 + 1), 2**53 + 1),
        (ExactNumber, -(2**53) - 1, -(2**53) - 1),
        (UtcDateTime, "2026-01-01t09:00:00.5+09:00", dt.datetime(2026, 1, 1, microsecond=500_000, tzinfo=dt.UTC)),
        (FullDate, "2026-02-28", dt.date(2026, 2, 28)),
        (FullDate, dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (UtcDateTime, "2026-01-01t00:00:00z", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        (Uuid, "6fa459ea-ee8a-3ca4-894e-db77e160355e", uuid.UUID("6fa459ea-ee8a-3ca4-894e-db77e160355e")),
        (Uuid, uuid.UUID(int=7), uuid.UUID(int=7)),
        (WrittenDate, "2026-02-28", "2026-02-28"),
        (WrittenDate, dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (WrittenDateTime, "2026-01-01t00:00:00z", "2026-01-01t00:00:00z"),
        (WrittenDateTime, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        (WrittenUuid, "6FA459EA-EE8A-3CA4-894E-DB77E160355E", "6FA459EA-EE8A-3CA4-894E-DB77E160355E"),
        (WrittenUuid, uuid.UUID(int=7), uuid.UUID(int=7)),
        (Annotated[Any, Exactly(True, 1)], 1.0, 1),
        (Annotated[Open, Extras(lambda: Integer, "a", "b")], {"a": 1, "x": 2.0}, {"a": 1, "x": 2}),
        (Small, 2, Small.TWO),
    ],
)
def test_a_value_is_read_as_its_type_and_written_as_it_was_given(kind: Any, given: object, read: object) -> None:
    """
    What is read has Python's type for it; a text that a caller gives for a moment is sent as that text.
    """
    found = TypeAdapter[Any](kind).validate_python(given)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FullDate, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        (WrittenDate, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        (UtcDateTime, dt.datetime(2026, 1, 1)),  # noqa: DTZ001 -- that it has no offset is the case
        (WrittenDateTime, dt.date(2026, 1, 1)),
        (Array, b"ab"),
        (Array, bytearray(b"ab")),
    ],
)
def test_a_neighbouring_type_of_python_is_not_taken(kind: Any, value: object) -> None:
    """
    A moment is no day, one without an offset is no moment, and bytes are no array.
    """
    assert not taken(kind, value)


@pytest.mark.parametrize("written", ["0000-01-01", "0000-01-01T00:00:00Z"])
def test_a_year_that_python_lacks_is_told_as_such(written: str) -> None:
    """
    RFC 3339 has the year 0 and no date of Python holds it: the refusal says that, and not that it is no date.
    """
    for kind in (FullDate, UtcDateTime):
        with pytest.raises(ValidationError, match="year from 0001 on"):
            TypeAdapter[Any](kind).validate_python(written)


@pytest.mark.parametrize(
    ("codec", "limit", "given", "said"),
    [
        ("cp949", 4, "가나", None),
        ("cp949", 3, "가나", "at most 3 bytes in cp949"),
        ("utf-8", 4, "가나", "at most 4 bytes"),
        ("ascii", 9, "가", "only characters of ascii"),
        ("ascii", 0, "", None),
    ],
)
def test_a_text_is_as_long_as_its_bytes(codec: str, limit: int, given: str, said: str | None) -> None:
    """
    A limit in bytes counts them in the charset that the contract names, and its last byte is still within.
    """
    adapter = TypeAdapter[str](Annotated[str, MaxBytes(codec, limit)])
    if said is None:
        assert adapter.validate_python(given) == given
    else:
        with pytest.raises(ValidationError, match=said):
            adapter.validate_python(given)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, None),
        ({"lastName": "Kim", "title": "Dr"}, None),
        ({"first-name": "A", "lastName": "Kim", "title": "Dr"}, None),
        ({"first-name": "A", "lastName": "Kim"}, "with first-name, title is required"),
        ({"first-name": "A", "title": "Dr"}, "with first-name, lastName is required"),
        ({"lastName": "Kim"}, "with lastName, title is required"),
    ],
)
def test_a_model_needs_what_its_members_need(body: dict[str, str], said: str | None) -> None:
    """
    Which members come together is said in the contract's names, also of those that the contract does not declare.
    """
    decode = JsonDecoder[Any](lambda: Person)
    if said is None:
        assert decode(json.dumps(body).encode(), False).model_extra is not None
    else:
        with pytest.raises(Violations) as refused:
            decode(json.dumps(body).encode(), False)
        assert [each.message for each in refused.value.violations] == [said]


def test_one_rule_after_another_holds_for_an_object() -> None:
    """
    An object keeps every rule that is put on its class, not the last one alone.
    """

    @obeying(DependentRequired({"a": ("b",)}))
    @obeying(DependentRequired({"b": ("c",)}))
    class Both(TypedDict, total=False):
        a: int
        b: int
        c: int

    assert taken(Both, {"a": 1, "b": 2, "c": 3})
    assert not taken(Both, {"a": 1})
    assert not taken(Both, {"b": 1})


def test_another_property_that_is_wrong_is_told_without_its_name() -> None:
    """
    Names of properties that no contract names are data: what is told is the rule that they break.
    """
    adapter = TypeAdapter[Any](Annotated[Open, Extras(lambda: Integer, "a", "b")])
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python({"a": 1, "kim@example.com": "secret"})
    assert "int_type" in str(refused.value.errors()[0]["msg"])
    assert "kim" not in refused.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"9007199254740993.0", 2**53 + 1),
        (b"90071992547409930e-1", 2**53 + 1),
        (b"1e23", 10**23),
        (b"-12345678901234567890", -12345678901234567890),
    ],
)
def test_an_integer_is_read_to_its_last_digit(body: bytes, read: int) -> None:
    """
    However an integer is written, it is read as that one, beyond what a double holds, too.
    """
    assert JsonDecoder[Any](lambda: int)(body, False) == read
    assert JsonDecoder[Any](lambda: ExactNumber)(str(read).encode(), False) == read
    assert (found := JsonDecoder[Any](lambda: Small)(str(read).encode(), False)) == read
    assert not found.is_known


def test_a_number_is_written_as_it_was_read() -> None:
    """
    A model that holds an integer beyond doubles writes it, is described as a number, and says once what breaks it.
    """

    class Counted(ResponseModel):
        """
        How many.
        """

        many: Annotated[float, Field(ge=0, le=2.0**70), Exact()]

    decode = JsonDecoder[Any](lambda: Counted)
    assert decode(b'{"many": 9007199254740993}', False).model_dump_json() == '{"many":9007199254740993}'
    assert decode(b'{"many": 1}', False).many == 1
    assert Counted.model_json_schema()["properties"]["many"]["type"] == "number"
    for body, rule in ((b"-1", "greater_than_equal"), (b"1e30", "less_than_equal"), (b"1e999", "finite_number")):
        with pytest.raises(Violations) as refused:
            decode(b'{"many": %s}' % body, False)
        assert [each.rule for each in refused.value.violations] == [rule]


def test_an_enumeration_is_closed_beside_what_else_there_may_be() -> None:
    """
    Where the contract itself says which other texts there may be, no other is read.
    """

    class Name(OpenStrEnum):
        """
        One name.
        """

        A = "a"

    decode = JsonDecoder[Any](lambda: Annotated[Name, Known()] | Annotated[str, Field(pattern="^x-")])
    assert [decode(body, False) for body in (b'"a"', b'"x-b"')] == ["a", "x-b"]
    with pytest.raises(Violations):
        decode(b'"b"', False)


def test_a_number_that_the_contract_does_not_list_is_read() -> None:
    """
    An enumeration of numbers may grow: one that is not listed is itself, and says so.
    """
    decode = JsonDecoder[Any](lambda: Small)
    for body in (b"2", b"2.0"):
        assert (decode(body, False), decode(body, True).is_known) == (Small.TWO, True)
    found = decode(b"7", False)
    assert (int(found), found.is_known, found.name) == (7, False, "UNLISTED")
    for body in (b"true", b'"2"', b"2.5", b"null"):
        with pytest.raises(Violations):
            decode(body, False)
    with pytest.raises(Violations):
        decode(b"7", True)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"kind": "cat", "lives": 9}, True),
        ({"kind": "dog"}, True),
        ({"kind": "dog", "lives": 9}, False),
        ({"kind": "cat"}, False),
        ({"kind": "bird"}, False),
        ({"lives": 9}, False),
    ],
)
def test_an_input_is_of_the_kind_that_it_names(given: dict[str, Any], fits: bool) -> None:
    """
    Of inputs that one property tells apart, the one that it names is held against, and no other.
    """
    kind = Annotated[CatInput | DogInput, ClosedUnion("kind", {"cat": CatInput, "dog": DogInput})]
    assert taken(kind, given) == fits


@pytest.mark.parametrize(
    ("kind", "reading"),
    [
        (MayBeAbsent[int], {"type": "integer"}),
        (MayBeAbsent[int | str], {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (Annotated[float, MultipleOf(0.5)], {"type": "number", "multipleOf": 0.5}),
        (Annotated[str, Exactly("a")], {"type": "string"}),
        (UtcDateTime, {"type": "string", "format": "date-time"}),
        (FullDate, {"type": "string", "format": "date"}),
        (Uuid, {"type": "string", "format": "uuid"}),
    ],
)
def test_a_framework_describes_a_type_as_the_contract_does(kind: Any, reading: dict[str, Any]) -> None:
    """
    The schema that a provider's framework makes of a type says the same: what may be absent may not be null.
    """
    assert TypeAdapter[Any](kind).json_schema() == reading


def test_what_may_be_absent_is_null_in_a_dump() -> None:
    """
    A dump has null for what was absent, and a model reads its own dump; an answer may not say it.
    """

    class Visit(ResponseModel):
        who: MayBeAbsent[int] = None

    assert Visit.model_validate_json(Visit().model_dump_json()).who is None
    with pytest.raises(Violations):
        JsonDecoder[Any](lambda: Visit)(b'{"who": null}', False)
