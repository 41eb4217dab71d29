"""
JSON on its way in and out: what Python alone takes for it, numbers with a point, half of a character.
"""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from aegis_runtime import OMIT, JsonDecoder, JsonEncoder, TextDecoder
from aegis_runtime.content._decode import Undecodable
from aegis_runtime.content._reference import Referenced
from aegis_runtime.content._violations import Violations
from aegis_runtime.models import CLOSED, OPEN, ResponseModel


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xef\xbb\xbf[1.5]", [1.5]),
        (b"[5.0]", [5.0]),
        (b"[NaN]", "holds NaN"),
        (b"[-Infinity]", "holds -Infinity"),
        (b'["NaN and Infinity"]', ["NaN and Infinity"]),
        (b'["NaN", ' + b"1" * 4000 + b"]", ["NaN", int("1" * 4000)]),
    ],
)
def test_anything_is_still_json(body: bytes, said: Any) -> None:
    """
    Where a contract allows any value, what Python alone takes for JSON is refused; a byte order mark is passed over.
    """
    decode = JsonDecoder[Any](lambda: list[Any])
    if isinstance(said, str):
        with pytest.raises(Undecodable, match=said):
            decode(body, False)
    else:
        assert decode(body, False) == said


@pytest.mark.parametrize(
    ("kind", "body", "read"),
    [
        (int, "5.0", 5),
        (int, "1e2", 100),
        (list[int], "[1, 2.0]", [1, 2]),
        (Literal[7], "7.0", 7),
        (int | str, "5.0", 5),
        (int, "5.5", None),
        (int, "true", None),
        (int, "1e400", None),
        (dict[str, int], '{"a": 1.0, "b": 0.5}', None),
    ],
)
def test_an_integer_may_be_written_with_a_point(kind: Any, body: str, read: object) -> None:
    """
    5.0 and 1e2 are integers (JSON Schema 2020-12 §6.1.1), and 5.5 is none.
    """
    decode = JsonDecoder[Any](lambda: kind)
    if read is None:
        with pytest.raises(Violations):
            decode(body.encode(), False)
    else:
        found = decode(body.encode(), False)
        assert (found, type(found)) == (read, type(read))


def test_text_is_utf_8() -> None:
    """
    Text comes in UTF-8, a byte order mark is no part of it, and what is no UTF-8 is told as that.
    """
    assert TextDecoder()(b"\xef\xbb\xbf" + "진".encode(), False) == "진"
    with pytest.raises(Undecodable, match="not UTF-8"):
        TextDecoder()(b"\xff", False)


@pytest.mark.parametrize(
    "value",
    [
        math.inf,
        -math.inf,
        math.nan,
        [math.inf],
        {"a": [None, {"b": math.nan}]},
        ("x", math.inf),
        "\ud800",
        {"\ud800": 1},
        {"a": [{"b": {"\ud800": 1}}]},
    ],
    ids=repr,
)
def test_what_json_cannot_hold_is_not_sent_as_something_else(value: object) -> None:
    """
    Where a contract allows anything, infinity does not become null on the way, nor half a character another one.
    """
    with pytest.raises(Violations):
        JsonEncoder(lambda: Any)(value)


@pytest.mark.parametrize("value", [None, [None, 1.5], {"a": None, "b": ["null"]}, "\ufffd", ("x", None)], ids=repr)
def test_what_json_holds_is_sent_as_it_is(value: object) -> None:
    """
    Null is null, and the replacement character is itself where somebody writes it.
    """
    assert json.loads(JsonEncoder(lambda: Any)(value)) == json.loads(json.dumps(value))


def test_what_is_not_given_is_neither_true_nor_null() -> None:
    """
    A member that was not given counts as false where one asks, prints as its name, and is not sent.
    """
    assert not OMIT
    assert repr(OMIT) == "OMIT"
    assert JsonEncoder(lambda: dict[str, Any])({"a": OMIT, "b": None}) == b'{"b":null}'


def test_names_of_every_type_are_told() -> None:
    """
    Where a violation is, is said in the contract's names, also of a type that stands behind one that came twice.
    """

    class Leaf(ResponseModel):
        size: int

    class Twig(ResponseModel):
        leaf: Leaf

    class Tree(ResponseModel):
        one: Leaf
        two: Twig
        three: Annotated[str | None, Field(alias="the-third")] = None
        four: Leaf

    decode = JsonDecoder[Any](lambda: Tree)
    body = {"one": {"size": "x"}, "two": {"leaf": {"size": "x"}}, "the-third": 1, "four": {"size": 1}}
    with pytest.raises(Violations) as refused:
        decode(json.dumps(body).encode(), False)
    assert [each.pointer for each in refused.value.violations] == ["/one/size", "/two/leaf/size", "/the-third"]


class Attached(ResponseModel):
    """
    What models hold beside texts and numbers.
    """

    data: bytes
    size: float
    model_name: Annotated[str | None, Field(alias="model-name")] = None


@with_config(CLOSED)
class ClosedInput(TypedDict):
    """
    An input that names all it takes.
    """

    size: float


@with_config(OPEN)
class OpenInput(TypedDict):
    """
    An input that takes others, too.
    """

    size: float


@pytest.mark.parametrize("size", ["canary", math.inf, math.nan])
def test_an_error_of_a_model_tells_no_value(size: object) -> None:
    """
    Who reads models without a client sees where and which rule, never the value; infinity is no number of JSON's.
    """
    with pytest.raises(ValidationError) as refused:
        Attached.model_validate({"data": b"", "size": size})
    assert "size" in str(refused.value)
    assert not any(said in str(refused.value) for said in ("canary", "input_value"))
    for kind in (ClosedInput, OpenInput):
        with pytest.raises(ValidationError):
            TypeAdapter[Any](kind).validate_python({"size": size})


@pytest.mark.parametrize(("kind", "taken"), [(ClosedInput, False), (OpenInput, True)])
def test_an_input_takes_what_its_contract_does_not_name_where_that_is_allowed(kind: Any, taken: bool) -> None:
    """
    A property beside those of the contract is kept where the contract is open, and refused where it is not.
    """
    given = {"size": 1.0, "other": 1}
    if taken:
        assert TypeAdapter(kind).validate_python(given) == given
    else:
        with pytest.raises(ValidationError, match="other"):
            TypeAdapter(kind).validate_python(given)


def test_bytes_are_base64_in_json() -> None:
    """
    Bytes travel as base64, as OpenAPI has it, and a model is made by Python's names or the contract's.
    """
    made = Attached(data=b"\xfb\xff", size=1, model_name="m")  # pyright: ignore[reportCallIssue] -- by its name
    written = made.model_dump_json(by_alias=True)
    assert json.loads(written)["data"] in ("-_8=", "+/8=")
    assert Attached.model_validate_json(written) == made


def test_what_is_no_model_is_checked_as_silently_as_one() -> None:
    """
    What pydantic itself says of a value that is no instance of a plain type does not quote it.
    """
    with pytest.raises(ValidationError) as refused:
        Referenced[int](lambda: int).adapter.validate_python("canary")
    assert "canary" not in str(refused.value)
