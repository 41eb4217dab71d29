"""
``oneOf`` where no property tells the members apart: an object fits one of them and no other.
"""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from aegis_runtime import JsonDecoder
from aegis_runtime.content._violations import Violations
from aegis_runtime.models import CLOSED, OneOf, OpenStrEnum, ResponseModel


class Coin(OpenStrEnum):
    """
    What is paid with.
    """

    WON = "won"


class Cash(ResponseModel):
    """
    One way to pay.
    """

    amount: Annotated[int, Field(alias="the-amount")]
    coins: list[Coin] | None = None


class Card(ResponseModel):
    """
    Another.
    """

    amount: Annotated[int, Field(alias="the-amount")]
    coins: list[int] | None = None
    number: str


@with_config(CLOSED)
class CashInput(TypedDict):
    """
    The first, as it is sent.
    """

    amount: int


@with_config(CLOSED)
class AnyInput(TypedDict, total=False):
    """
    What fits nearly everything.
    """

    amount: int
    note: str


READ = Annotated[Card | Cash | int, OneOf(lambda: [Cash, Card])]
SENT = Annotated[CashInput | AnyInput, OneOf(lambda: [CashInput, AnyInput])]


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (b'{"the-amount": 5}', True),
        (b'{"the-amount": 5.0, "number": "1"}', False),
        (b'{"the-amount": 5, "number": "1", "coins": [1]}', True),
        (b'{"the-amount": 5, "number": "1", "coins": ["won"]}', True),
        (b'{"the-amount": 5, "number": "1", "coins": []}', False),
        (b"7", True),
    ],
)
def test_an_answer_fits_one_member(body: bytes, fits: bool) -> None:
    """
    What fits two members breaks the contract; what only one of them lists, and what is no object, does not.
    """
    decode = JsonDecoder[Any](lambda: READ)
    if fits:
        assert decode(body, False) is not None
    else:
        with pytest.raises(Violations) as refused:
            decode(body, False)
        assert [each.rule for each in refused.value.violations] == ["one_of"]


@pytest.mark.parametrize(
    ("given", "fits"), [({"note": "a"}, True), ({"amount": 1}, False), ({"amount": 1, "note": "a"}, True)]
)
def test_an_input_fits_one_member(given: dict[str, Any], fits: bool) -> None:
    """
    The same holds for what is sent.
    """
    adapter = TypeAdapter[Any](SENT)
    if fits:
        assert adapter.validate_python(given) == given
    else:
        with pytest.raises(ValidationError, match="exactly one"):
            adapter.validate_python(given)
