"""
Rules of JSON Schema that pydantic has no word for, held as the verdict engine holds them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from aegis_runtime import JsonDecoder
from aegis_runtime.content._decode import Undecodable
from aegis_runtime.content._violations import Violations
from aegis_runtime.models import (
    Format,
    NotNull,
    OpenUnion,
    PropertyCount,
    ResponseModel,
    UniqueItems,
    UnknownMember,
    UtcDateTime,
)


class Cat(ResponseModel):
    kind: str


class Dog(ResponseModel):
    kind: str


Pet = Annotated[Cat | Dog | UnknownMember, OpenUnion("kind", {"cat": Cat, "dog": Dog})]
LONG = f"{'a.' * 126}a {'a.' * 126}ab {'a.' * 127}a"
TEXTS = {
    "duration": "P1D PT1H P1Y2M3DT4H5M6S P PT P1W P1WT1H P1Y1D PT1H1S 1D p1d P-1D P1.5D P1DT PT1D P0D P１D",
    "email": f"{'a' * 64}@b {'a' * 65}@b a@b a@[1.2.3.4] a@[IPv6:::1] a@[ipv6:::1] a@[::1] a@[IPv6:1.2.3.4] @b a@",
    "idn-email": f'a@b 가@가.kr 가@a_b {"가" * 64}@b {"가" * 65}@b @b 가@[1.2.3.4] 가@[x] 가.@b "가"@b a@가..kr',
    "hostname": f"a a.b -a a- {'a' * 63} {'a' * 64} a.b. .a a_b a..b {LONG} aa--bb xn--4gbwdl.xn--wgbh1c xn--X 가.kr",
    "idn-hostname": "a 가.kr 가.kr. a..b -a xn--X a_b",
    "ipv4": "1.2.3.4 1.2.3 01.2.3.4 1.2.3.256 a",
    "ipv6": ":: ::1 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 12345:: ::1.2.3.4 ::1.2.3.256 fe80::1%eth0 1::2::3 : ::g ::1/64",
    "json-pointer": "/ /a a /a~0 /a~ /~2 /a/b #/a /가 // /~01",
    "relative-json-pointer": "0 1/a 0# 00 01/a -1 0/ 1#/a # a 10 +1/a",
    "time": "10:00:00Z 10:00:00z 10:00:00 10:00:00.5+09:00 24:00:00Z 23:59:60Z 22:59:60Z 1:00:00Z 10:00Z",
    "iri": "http://가.kr/진달래?꽃#잎 /가 http://[::1]/가 http://[1::2::3]/가 가:x urn:가 http://가 %zz",
    "iri-reference": "/가 가 가:x #꽃 ?꽃 //[::1]/가 //[zz]/가 //가 http://가.kr/진달래 a%2 ",
    "date": "2026-02-28 2026-02-29 20260228 2026-2-1",
    "date-time": "2026-02-28T00:00:00Z 2026-02-28 2026-02-28T24:00:00Z 2026-02-28t00:00:00+09:00 2016-12-31T23:59:60Z",
    "uuid": "6fa459ea-ee8a-3ca4-894e-db77e160355e 6fa459eaee8a3ca4894edb77e160355e x",
    "uri-template": "/a/{b} /a/{b,c} {+a} {#a*} {a:3} {a:0} {a:10000} {a {} a} %zz {가}",
    "uri": "http://[1::2::3]/ http://[::1]/ http://[v1.a]/ http://u@[::1]:80/ http://a /a http://[::1 urn:x",
    "uri-reference": "//[1::2::3]/ //[::1] /x #f //[1.2.3.4] a?x=//[zz]",
}
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


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in TEXTS.items() for text in ["", *texts.split()]]
)
def test_a_format_holds_where_the_contracts_engine_says_so(name: str, text: str) -> None:
    """
    A text has a format for a model exactly where it has it for the contract's own verdict.
    """
    try:
        TypeAdapter(Annotated[str, Format(name)]).validate_python(text)
        holds = True
    except ValidationError:
        holds = False
    assert holds == jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid(text)


@pytest.mark.parametrize("tag", ['["cat"]', '{"cat": 1}', "1", "true", "null", None])
def test_a_kind_that_is_no_text_is_an_error_of_the_answer(tag: str | None) -> None:
    """
    A union may grow by kinds with new names; what names no kind at all breaks the contract, and is told like that.
    """
    decode = JsonDecoder[Any](lambda: Pet)
    assert decode(b'{"kind": "bird", "wings": 2}', False).model_extra == {"kind": "bird", "wings": 2}
    body = "{}" if tag is None else f'{{"kind": {tag}}}'
    with pytest.raises(Violations):
        decode(body.encode(), False)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "[1e400]", "NaN"])
def test_numbers_are_finite_outside_of_models_too(number: str) -> None:
    """
    An answer that is no object holds no number that nobody can hold, either.
    """
    decode = JsonDecoder[Any](lambda: float | list[float] | str)
    with pytest.raises((Violations, Undecodable)):
        decode(number.encode(), False)


@pytest.mark.parametrize(
    ("minimum", "maximum", "holds"),
    [(0, None, (0, 1, 2, 3)), (1, None, (1, 2, 3)), (0, 2, (0, 1, 2)), (2, 2, (2,)), (0, 0, (0,))],
)
def test_an_object_has_as_many_properties_as_it_may(minimum: int, maximum: int | None, holds: tuple[int, ...]) -> None:
    """
    Both bounds belong to what is allowed, and a bound that is not given is none.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[dict[str, int], PropertyCount(minimum, maximum)])

    def fits(count: int) -> bool:
        try:
            adapter.validate_python({str(number): number for number in range(count)})
        except ValidationError:
            return False
        return True

    assert tuple(count for count in range(4) if fits(count)) == holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("2016-12-31T23:59:60Z", True),
        ("2017-01-01T08:59:60+09:00", True),
        ("2017-01-01T05:29:60.5+05:30", True),
        ("2016-12-31T13:29:60-10:30", True),
        ("2016-12-31T13:59:60-10:00", True),
        ("2016-12-31T23:59:60+09:00", False),
        ("2016-12-31T22:59:60Z", False),
        ("2016-12-31T23:58:60Z", False),
        ("2017-01-01T09:29:60-10:30", False),
    ],
)
def test_a_leap_second_ends_a_day_of_utc(text: str, holds: bool) -> None:
    """
    The 60th second is there at the end of a day in UTC alone (RFC 3339 §5.7), wherever it is told.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(UtcDateTime)
    if holds:
        assert adapter.validate_python(text).microsecond == 999_999
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_a_member_that_must_be_no_null_hides_nothing_else() -> None:
    """
    Where a member that may be left out is null or wrong, it is told once, and all that is wrong behind it, too.
    """

    class Visit(ResponseModel):
        who: Annotated[int | None, NotNull()] = None
        pages: int

    decode = JsonDecoder[Any](lambda: Visit)
    for who, rule in (("null", "null"), ('"x"', "int_type")):
        with pytest.raises(Violations) as refused:
            decode(f'{{"who": {who}, "pages": "y"}}'.encode(), False)
        found = [(violation.pointer, violation.rule) for violation in refused.value.violations]
        assert found[-1] == ("/pages", "int_type")
        assert found[-2] == ("/who", rule)
        assert {pointer for pointer, _ in found} == {"/who", "/pages"}
