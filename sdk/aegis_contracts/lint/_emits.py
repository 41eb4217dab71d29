"""
Emissions: what ``x-emits`` promises must be an event that exists, on its topic, with the data that it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aegis_contracts._contract import Contract
from aegis_contracts._documents import Place
from aegis_contracts._model import Operation
from aegis_contracts._violation import Finding

if TYPE_CHECKING:
    from aegis_contracts.events import EventCatalog, EventType

_EXPRESSION = re.compile(
    r"\$(?:url|method|statusCode|"
    r"(?:request|response)\.(?:body(?:#(?:/.*)?)?|header\.[!#$%&'*+.^_`|~0-9A-Za-z-]+|(?:query|path)\..+)|"
    r"(?:change|facts|event)#/.*)"
)
_FIELDS = {"event", "topic", "on", "when", "aggregate", "data"}


def emits(contract: Contract, catalog: EventCatalog) -> Iterator[Finding]:
    """
    Report every ``x-emits`` entry that cannot become a valid event of *catalog*.
    """
    for operation in contract.all_operations():
        for index, entry in enumerate(operation.extensions.get("x-emits", ())):
            yield from _entry(operation, operation.place.at("x-emits", index), entry, catalog)


def _entry(operation: Operation, place: Place, entry: Mapping[str, Any], catalog: EventCatalog) -> Iterator[Finding]:
    finding = operation.contract.documents.finding
    for field in sorted(set(entry) - _FIELDS):
        mend = f"known are {', '.join(sorted(_FIELDS))}"
        yield finding(place.at(field), "emits-field", f"has the unknown field {field}", mend)
    name = str(entry.get("event", ""))
    if name not in catalog.names:
        near = catalog.nearest(name)
        mend = f"did you mean {near}?" if near else f"declared are {', '.join(catalog.names)}"
        yield finding(place.at("event"), "emits-event", f"names the event type {name}, which nobody declared", mend)
        return
    event_type = catalog[name]
    if entry.get("topic") != event_type.topic:
        yield finding(place.at("topic"), "emits-topic", f"must be {event_type.topic}", f"write {event_type.topic}")
    for status in entry.get("on", ()):
        if str(status) not in operation.responses:
            said = f"waits for the status {status}, which the operation does not declare"
            yield finding(place.at("on"), "emits-status", said, f"declared are {', '.join(operation.responses)}")
    yield from _data(operation, place.at("data"), entry.get("data", {}), event_type)
    for field in ("aggregate", "when"):
        if field in entry:
            yield from _expression(operation, place.at(field), entry[field])


def _data(operation: Operation, place: Place, data: Mapping[str, Any], event_type: EventType) -> Iterator[Finding]:
    finding = operation.contract.documents.finding
    schema = event_type.schema.get("properties", {}).get("data", {})
    known, required = schema.get("properties", {}), schema.get("required", ())
    for name, expression in data.items():
        if name not in known:
            said = f"{event_type.name} has no data property {name}"
            yield finding(place.at(name), "emits-data", said, f"known are {', '.join(known)}")
        yield from _expression(operation, place.at(name), expression)
    for name in required:
        if name not in data:
            said = f"misses the data property {name}, which {event_type.name} requires"
            yield finding(place, "emits-data", said, f"say where {name} comes from")


def _expression(operation: Operation, place: Place, expression: Any) -> Iterator[Finding]:
    if isinstance(expression, str) and expression.startswith("$") and not _EXPRESSION.fullmatch(expression):
        said = "is no runtime expression (OpenAPI 3.1 §4.8.20.4)"
        mend = "such as $request.body#/email, $response.header.Location, $change#/fields or $facts#/token"
        yield operation.contract.documents.finding(place, "emits-expression", said, mend)
