"""
Two versions of an event type side by side, and the way from one to the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import EventCodec, EventValidationError, UpcastError, UserDeleted

from .shops import PLACED, generated

V1 = PLACED | {"data": PLACED["data"] | {"expiresAt": "2026-03-03T00:30:00Z"}}
V2: dict[str, Any] = deepcopy(V1) | {"major": 2}
V2["data"] |= {"channel": "web", "tags": [], "source": "shop"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with generated(tmp_path_factory.mktemp("generated"), "shop_versions"):
        yield import_module("shop_versions")


@pytest.fixture
def codec(shop: ModuleType) -> EventCodec:
    return EventCodec(package="shop_versions")


def sent(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


def upcast(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"data": message["data"] | {"channel": "web", "tags": [], "source": "shop"}}


def test_both_versions_are_generated(shop: ModuleType) -> None:
    """
    Version 1 keeps the event type's name, version 2 has its own, and the table has both.
    """
    assert [(info.name, info.version, info.model.__name__) for info in shop.EVENT_TYPES] == [
        ("OrderPlaced", 1, "OrderPlaced"),
        ("OrderPlaced", 2, "OrderPlacedV2"),
    ]
    assert shop.Event == shop.OrderPlaced | shop.OrderPlacedV2


def test_each_version_is_read_as_itself(codec: EventCodec, shop: ModuleType) -> None:
    """
    Without upcasters a message is of the version that it says, on the slow road and on the fast one.
    """
    for _ in range(2):
        assert type(codec.parse(sent(V1))) is shop.OrderPlaced
        assert type(codec.parse(sent(V2))) is shop.OrderPlacedV2
    assert codec.upcasters.missing() == ["OrderPlaced.v1"]


def test_an_upcaster_leads_to_the_newest_version(codec: EventCodec, shop: ModuleType) -> None:
    """
    An old message is read as the new event, wherever the upcaster was registered.
    """
    assert type(codec.parse(sent(V1))) is shop.OrderPlaced
    codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(upcast)
    event: Any = codec.parse(sent(V1))
    assert type(event) is shop.OrderPlacedV2
    assert (event.major, event.data.channel, event.id) == (2, "web", "a-1")
    assert type(codec.parse(sent(V2))) is shop.OrderPlacedV2
    assert codec.upcasters.missing() == []


def test_messages_without_version_are_upcast_from_the_first(codec: EventCodec, shop: ModuleType) -> None:
    """
    Completing comes before upcasting.
    """
    codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(upcast)
    old = {name: value for name, value in V1.items() if name != "major"}
    assert type(codec.parse(sent(old))) is shop.OrderPlacedV2


def test_what_an_upcaster_returns_is_judged(codec: EventCodec, shop: ModuleType) -> None:
    """
    A result that breaks the newer schema is refused, and the upcaster named.
    """

    @codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)
    def forgetful(message: dict[str, Any]) -> dict[str, Any]:
        return message | {"data": message["data"] | {"channel": "fax"}}

    with pytest.raises(EventValidationError, match="forgetful") as refused:
        codec.parse(sent(V1))
    assert {v.pointer for v in refused.value.violations} == {"/data/channel", "/data/tags", "/data/source"}
    assert "fax" not in str(refused.value)


def test_an_old_message_is_judged_before_it_is_upcast(codec: EventCodec, shop: ModuleType) -> None:
    """
    An upcaster never sees a message that breaks its own schema.
    """
    codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(lambda message: pytest.fail("was called"))
    with pytest.raises(EventValidationError, match="/data/currency"):
        codec.parse(sent(V1 | {"data": V1["data"] | {"currency": "EUR"}}))


@pytest.mark.parametrize(
    ("result", "says"),
    [(KeyError("secret"), "raised KeyError"), (None, "returned no mapping"), ([], "returned no mapping")],
)
def test_an_upcaster_that_fails_is_named(codec: EventCodec, shop: ModuleType, result: Any, says: str) -> None:
    """
    The error says which upcaster, and not what the message held.
    """

    @codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)
    def broken(message: dict[str, Any]) -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    with pytest.raises(UpcastError, match=says) as refused:
        codec.parse(sent(V1))
    assert "broken" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_upcasters_go_from_one_version_to_the_next(codec: EventCodec, shop: ModuleType) -> None:
    """
    Backwards, onto itself, to another event type or twice is refused when it is registered.
    """
    for source, target in [
        (shop.OrderPlacedV2, shop.OrderPlaced),
        (shop.OrderPlaced, shop.OrderPlaced),
        (shop.OrderPlaced, UserDeleted),
    ]:
        with pytest.raises(ConfigurationError):
            codec.upcaster(source, target)(upcast)
    codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(upcast)
    with pytest.raises(ConfigurationError, match="already"):
        codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(upcast)


def test_old_versions_can_still_be_written(codec: EventCodec, shop: ModuleType) -> None:
    """
    A writer of version 1 goes on as before.
    """
    lines = [import_module("shop_versions.order_placed").OrderPlacedDataLinesItem(sku="x", count=2, gift_wrap=True)]
    event = shop.OrderPlaced.new(order_id="o-1", buyer="김서연", lines=lines, currency="KRW")
    message = json.loads(codec.encode(event))
    assert message["data"]["lines"] == [{"sku": "x", "count": 2, "gift-wrap": True}]
    assert message["major"] == 1
    assert codec.route(event) == ("shop.orders.v1", "o-1")
