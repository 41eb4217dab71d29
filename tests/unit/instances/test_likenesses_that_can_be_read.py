"""
Likenesses of examples that readers take apart: times and addresses stay such, though no format says that they are.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Any

import pytest

from aegis_contracts.instances import generate


def read(text: str) -> object:
    return ip_network(text, strict=False) if "." in text[:4] else datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "example", ["2016-06-07T20:59:59.911912752Z", "2021-07-31", "172.17.255.0/16", "192.168.255.250"]
)
def test_a_likeness_of_what_can_be_read_can_be_read(example: str) -> None:
    """
    Many items like one example have many values, and each of them can be read.
    """
    items = {"type": "object", "required": ["seen"], "properties": {"seen": {"type": "string", "example": example}}}
    made: Any = generate({"type": "array", "minItems": 40, "items": items}, "seed")
    values = {one["seen"] for one in made}
    assert len(values) > 3
    assert all(read(value) for value in values)
