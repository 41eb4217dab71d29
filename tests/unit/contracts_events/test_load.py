"""
Loading a folder of event contracts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import ContractError, bundled
from aegis_contracts.events import load_events

from .folders import ENVELOPE, PLACED, newer, shop, write

DAY = 86_400_000
SPECIFICATION = {
    "UserRegistered": ("aegis.user.registered.v1", 7 * DAY, 3),
    "UserProfileUpdated": ("aegis.user.profile_updated.v1", 7 * DAY, 3),
    "UserDeleted": ("aegis.user.deleted.v1", 30 * DAY, 3),
    "WelcomeNotificationRequested": ("aegis.notification.requested.v1", 7 * DAY, 1),
    "EmailVerificationRequested": ("aegis.notification.requested.v1", 7 * DAY, 1),
}


@pytest.mark.parametrize("name", SPECIFICATION)
def test_the_bundled_contracts_say_what_the_specification_says(name: str) -> None:
    """
    Topics, partitions, replicas, retention, keys and consumers are those of the specification.
    """
    topic, retention, consumers = SPECIFICATION[name]
    event = load_events(bundled() / "schemas")[name, 1]
    assert (event.topic, event.key, event.version) == (topic, "/aggregateId", 1)
    assert (event.channel.partitions, event.channel.replicas, event.channel.retention_ms) == (3, 3, retention)
    assert len(event.channel.consumers) == consumers
    assert "Notification Service" in event.channel.consumers


def test_the_catalogue_is_a_mapping_by_name_and_version() -> None:
    """
    An event type is found by name and version, and by its name alone.
    """
    catalog = load_events(bundled() / "schemas")
    assert set(catalog.names) >= set(SPECIFICATION)
    assert catalog["UserDeleted"] is catalog["UserDeleted", 1]
    assert ("UserDeleted", 1) in catalog
    assert "UserDeleted" in catalog
    assert ("UserDeleted", 2) not in catalog
    assert (catalog.discriminator, catalog.version_property) == ("eventType", "version")
    assert next(iter(catalog)) == ("UserRegistered", 1)


def test_any_contract_can_be_loaded(tmp_path: Path) -> None:
    """
    Envelope, discriminator, version, key and topic of a foreign contract are found in its documents.
    """
    catalog = load_events(write(tmp_path / "shop", shop()))
    event = catalog["OrderPlaced"]
    assert (catalog.discriminator, catalog.version_property) == ("kind", "major")
    assert (event.topic, event.key, event.channel.partitions) == ("shop.orders.v1", "/data/orderId", 6)
    assert event.source == "shop/order.placed.v1.json"
    assert event.violations(PLACED) == []
    assert catalog.violations(PLACED) == []


def test_a_newer_schema_beside_an_older_one_takes_its_channel(tmp_path: Path) -> None:
    """
    Adding the file of version 2 is enough: both versions are there, and the bare name is the newest.
    """
    catalog = load_events(write(tmp_path, shop() | {"order.placed.v2.json": newer()}))
    assert list(catalog) == [("OrderPlaced", 1), ("OrderPlaced", 2)]
    assert catalog["OrderPlaced"].version == 2
    assert catalog["OrderPlaced", 2].topic == "shop.orders.v1"
    assert catalog["OrderPlaced", 2].key == "/data/orderId"
    assert [event.version for event in catalog.versions("OrderPlaced")] == [1, 2]
    assert catalog.violations(PLACED) == []
    assert [v.pointer for v in catalog.violations(PLACED | {"major": 2})] == ["/data/channel"]
    assert ("/major", "const") in {(v.pointer, v.rule) for v in catalog.violations(PLACED | {"major": 3})}


def test_references_by_id_need_no_network(tmp_path: Path) -> None:
    """
    An absolute reference is found by the $id of a file in the folder.
    """
    files = shop()
    files["order.placed.v1.json"]["allOf"] = [{"$ref": ENVELOPE["$id"]}]
    assert load_events(write(tmp_path, files))["OrderPlaced"].violations(PLACED) == []


@pytest.mark.parametrize(
    ("instance", "pointer", "rule", "says"),
    [
        ({"kind": "OrderPlacd"}, "/kind", "event-type", "did you mean OrderPlaced?"),
        ({"kind": "order.placed"}, "/kind", "event-type", "did you mean OrderPlaced?"),
        ({"kind": "Zzz"}, "/kind", "event-type", "declared are OrderPlaced"),
        ({"kind": 5}, "/kind", "type", "must be a string"),
        ({}, "/kind", "required", "is required"),
        ([], "", "type", "must be an object"),
        (None, "", "type", "must be an object"),
    ],
)
def test_what_is_no_declared_event_is_told_so(
    tmp_path: Path, instance: Any, pointer: str, rule: str, says: str
) -> None:
    """
    An unknown event type is refused, the nearest declared one is named, and the value is not repeated.
    """
    found = load_events(write(tmp_path, shop())).violations(instance)
    told = {(violation.pointer, violation.rule): violation.message for violation in found}
    assert says in told[pointer, rule]
    assert not any("Placd" in violation.message for violation in found)


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda files: files.pop(name)


def malformed(files: dict[str, Any]) -> None:
    files["order.placed.v1.json"]["properties"]["data"]["properties"]["note"]["maxLength"] = "long"


def dangling(files: dict[str, Any]) -> None:
    files["order.placed.v1.json"]["allOf"] = [{"$ref": "envelope.v1.json#/$defs/nothing"}]


def no_such_payload(files: dict[str, Any]) -> None:
    files["asyncapi.json"]["channels"]["orders"]["messages"]["OrderPlaced"]["payload"]["$ref"] = "./order.v9.json"


def no_constant(files: dict[str, Any]) -> None:
    del files["order.placed.v1.json"]["properties"]["kind"]


def twice(files: dict[str, Any]) -> None:
    files["again.v1.json"] = files["order.placed.v1.json"] | {"$id": "https://shop.example.com/again.v1.json"}


def unreadable(files: dict[str, Any]) -> None:
    files["order.placed.v1.json"] = '{"title": "OrderPlaced",\n  "type": ]'


@pytest.mark.parametrize(
    ("spoil", "rule", "place"),
    [
        (without("asyncapi.json"), "no-asyncapi", ""),
        (without("envelope.v1.json"), "dangling-ref", "order.placed.v1.json"),
        (malformed, "schema", "order.placed.v1.json:"),
        (dangling, "dangling-ref", "order.placed.v1.json:"),
        (no_such_payload, "dangling-ref", "asyncapi.json:"),
        (no_constant, "discriminator", "asyncapi.json:"),
        (twice, "duplicate-event-type", "again.v1.json:"),
        (unreadable, "syntax", "order.placed.v1.json:2:"),
    ],
)
def test_a_contract_that_cannot_be_trusted_is_refused(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], rule: str, place: str
) -> None:
    """
    Nothing is loaded by half: the refusal names file, place and rule.
    """
    files = shop()
    spoil(files)
    with pytest.raises(ContractError) as refused:
        load_events(write(tmp_path, files))
    assert rule in {finding.rule for finding in refused.value.findings}
    assert any(place in finding.place for finding in refused.value.findings if finding.rule == rule)
