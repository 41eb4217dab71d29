"""
Values in paths, queries, headers and cookies, in the styles that OpenAPI names.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field

from aegis_runtime import OMIT, ParameterSpec
from aegis_runtime.call._styles import header_lines, target, text
from aegis_runtime.models import ResponseModel
from tests.unit.runtime.library import operation

COLOURS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}

# The table of OpenAPI 3.1 §4.8.12.6 ("Style Examples"), cell by cell.
PATHS = [
    ("matrix", False, "blue", ";color=blue"),
    ("matrix", False, COLOURS, ";color=blue,black,brown"),
    ("matrix", False, RGB, ";color=R,100,G,200,B,150"),
    ("matrix", True, "blue", ";color=blue"),
    ("matrix", True, COLOURS, ";color=blue;color=black;color=brown"),
    ("matrix", True, RGB, ";R=100;G=200;B=150"),
    ("label", False, "blue", ".blue"),
    ("label", False, COLOURS, ".blue,black,brown"),
    ("label", False, RGB, ".R,100,G,200,B,150"),
    ("label", True, COLOURS, ".blue.black.brown"),
    ("label", True, RGB, ".R=100.G=200.B=150"),
    ("simple", False, "blue", "blue"),
    ("simple", False, COLOURS, "blue,black,brown"),
    ("simple", False, RGB, "R,100,G,200,B,150"),
    ("simple", True, COLOURS, "blue,black,brown"),
    ("simple", True, RGB, "R=100,G=200,B=150"),
    (None, None, COLOURS, "blue,black,brown"),
]
QUERIES = [
    ("form", False, "", "color="),
    ("form", False, "blue", "color=blue"),
    ("form", False, COLOURS, "color=blue,black,brown"),
    ("form", False, RGB, "color=R,100,G,200,B,150"),
    ("form", True, COLOURS, "color=blue&color=black&color=brown"),
    ("form", True, RGB, "R=100&G=200&B=150"),
    ("spaceDelimited", False, COLOURS, "color=blue%20black%20brown"),
    ("spaceDelimited", False, RGB, "color=R%20100%20G%20200%20B%20150"),
    ("pipeDelimited", False, COLOURS, "color=blue%7Cblack%7Cbrown"),
    ("pipeDelimited", False, RGB, "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("deepObject", True, RGB, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    (None, None, COLOURS, "color=blue&color=black&color=brown"),
    ("form", False, [], ""),
    ("form", True, [], ""),
    ("form", True, "a&b=c d/é", "color=a%26b%3Dc%20d%2F%C3%A9"),
    ("form", False, ["a,b", "c"], "color=a%2Cb,c"),
]


@pytest.mark.parametrize(("style", "explode", "value", "expected"), PATHS)
def test_path_styles(style: Any, explode: bool | None, value: object, expected: str) -> None:
    """
    Path parameters are written in the styles that OpenAPI gives examples of.
    """
    spec = operation(ParameterSpec(name="color", location="path", style=style, explode=explode), path="/x/{color}/y")
    assert target(spec, (value,)) == f"/x/{expected}/y"


@pytest.mark.parametrize(("style", "explode", "value", "expected"), QUERIES)
def test_query_styles(style: Any, explode: bool | None, value: object, expected: str) -> None:
    """
    Query parameters are written in the styles that OpenAPI gives examples of.
    """
    spec = operation(ParameterSpec(name="color", location="query", style=style, explode=explode))
    assert target(spec, (value,)) == ("/x?" + expected).rstrip("?")


@pytest.mark.parametrize(
    ("explode", "value", "expected"),
    [(False, COLOURS, "blue,black,brown"), (False, RGB, "R,100,G,200,B,150"), (True, RGB, "R=100,G=200,B=150")],
)
def test_header_styles(explode: bool, value: object, expected: str) -> None:
    """
    Header parameters are simple, and not percent-encoded.
    """
    spec = operation(ParameterSpec(name="X-Color", location="header", explode=explode))
    assert header_lines(spec, (value,)) == [("X-Color", expected)]


def test_cookies_and_content() -> None:
    """
    Cookies share one line; a parameter typed by ``content`` is JSON.
    """
    spec = operation(
        ParameterSpec(name="a", location="cookie"),
        ParameterSpec(name="b", location="cookie"),
        ParameterSpec(name="filter", location="query", media_type="application/json"),
        ParameterSpec(name="X-Filter", location="header", media_type="application/json"),
    )
    values = ("1", 2, {"k": ["진"]}, {"k": 1})
    assert header_lines(spec, values) == [("X-Filter", '{"k":1}'), ("Cookie", "a=1; b=2")]
    assert target(spec, values) == "/x?filter=%7B%22k%22%3A%5B%22%EC%A7%84%22%5D%7D"


def test_reserved_characters_stay_where_allowed() -> None:
    """
    ``allowReserved`` leaves reserved characters as they are.
    """
    spec = operation(ParameterSpec(name="to", location="query", allow_reserved=True))
    assert target(spec, ("a/b?c=d e",)) == "/x?to=a/b?c=d%20e"


def test_what_is_not_given_is_not_sent() -> None:
    """
    ``OMIT`` leaves a parameter out, wherever it goes.
    """
    spec = operation(
        ParameterSpec(name="q", location="query"),
        ParameterSpec(name="X-H", location="header"),
        ParameterSpec(name="c", location="cookie"),
    )
    assert (target(spec, (OMIT,) * 3), header_lines(spec, (OMIT,) * 3)) == ("/x", [])


class Shade(ResponseModel):
    """
    A parameter that is a model.
    """

    dark: Annotated[int | None, Field(alias="as-dark")] = None
    light: int | None = None


@pytest.mark.parametrize(
    ("style", "media_type", "expected"),
    [("form", None, "/x?as-dark=1"), (None, "application/json", "/x?shade=%7B%22as-dark%22%3A1%7D")],
)
def test_a_model_is_written_in_the_contracts_names(style: Any, media_type: str | None, expected: str) -> None:
    """
    A parameter that is a model is written by the contract's names, and what it was not given is not sent.
    """
    spec = operation(ParameterSpec(name="shade", location="query", style=style, media_type=media_type))
    assert target(spec, (Shade.model_validate({"as-dark": 1}),)) == expected


def test_content_in_a_path_is_json() -> None:
    """
    A path parameter typed by ``content`` is JSON, escaped as one piece; a value within another is JSON, too.
    """
    typed = ParameterSpec(name="k", location="path", media_type="application/json")
    assert target(operation(typed, path="/{k}/z"), (["a/b"],)) == "/%5B%22a%2Fb%22%5D/z"
    nested = ParameterSpec(name="k", location="path")
    assert (
        target(operation(nested, path="/{k}/z"), ([["a", {"b": True}]],)) == "/%5B%22a%22%2C%7B%22b%22%3Atrue%7D%5D/z"
    )


class Colour(enum.Enum):
    BLUE = "blue"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (7, "7"),
        (1.5, "1.5"),
        (Decimal("0.10"), "0.10"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Colour.BLUE, "blue"),
        (dt.date(2026, 11, 22), "2026-11-22"),
        (dt.datetime(2026, 11, 22, 1, 2, 3, tzinfo=dt.UTC), "2026-11-22T01:02:03Z"),
        (dt.datetime(2026, 11, 22, tzinfo=dt.timezone(dt.timedelta(hours=9))), "2026-11-22T00:00:00+09:00"),
    ],
)
def test_scalars_are_written_as_json_writes_them(value: object, expected: str) -> None:
    """
    Booleans, numbers, moments and enumerations are written the way JSON would, without quotes.
    """
    assert text(value) == expected
