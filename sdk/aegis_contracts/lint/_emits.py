"""
Emissions: what ``x-emits`` promises must be an event that exists, on its topic, and can be made of the exchange.

Each property is proved: whatever the place that it comes from may hold, the event takes. What is refuted is shown by an
instance; what can be neither proved nor refuted is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aegis_contracts._contract import Contract
from aegis_contracts._model import Operation
from aegis_contracts._violation import Finding
from aegis_contracts.documents._documents import Place
from aegis_contracts.events._emission import Emission, read_emissions
from aegis_contracts.lint._sources import NowhereError, given_by

if TYPE_CHECKING:
    from aegis_contracts.events import EventCatalog, EventType

_EXPRESSION = re.compile(
    r"\$(?:url|method|statusCode|"
    r"(?:request|response)\.(?:body(?:#(?:/.*)?)?|header\.[!#$%&'*+.^_`|~0-9A-Za-z-]+|(?:query|path)\..+)|"
    r"(?:change|facts|event)#/.*)"
)
_SHOWN = 60


def emits(contract: Contract, catalog: EventCatalog) -> Iterator[Finding]:
    """
    Report every ``x-emits`` entry that cannot become a valid event of *catalog*.
    """
    for operation in contract.all_operations():
        given = operation.extensions.get("x-emits", ())
        place = operation.place.at("x-emits")
        for index, emission in enumerate(read_emissions(given) if given else ()):
            yield from _entry(operation, place.at(index) if isinstance(given, list) else place, emission, catalog)


def _entry(operation: Operation, place: Place, emission: Emission, catalog: EventCatalog) -> Iterator[Finding]:
    finding = operation.contract.documents.finding
    for fault in emission.faults:
        yield finding(place.at(fault.member) if fault.member else place, "emits-field", fault.message, fault.mend)
    name = emission.name
    if name not in catalog.names:
        near = catalog.nearest(name)
        mend = f"did you mean {near}?" if near else f"declared are {', '.join(catalog.names)}"
        yield finding(place.at("event"), "emits-event", f"names the event type {name}, which nobody declared", mend)
        return
    if (name, emission.version) not in catalog:
        known = ", ".join(str(one.version) for one in catalog.versions(name))
        said = f"names version {emission.version} of {name}, which nobody declared"
        yield finding(place.at("version"), "emits-event", said, f"declared are {known}")
        return
    event_type = catalog[name, emission.version]
    if emission.topic != event_type.topic:
        yield finding(place.at("topic"), "emits-topic", f"must be {event_type.topic}", f"write {event_type.topic}")
    statuses = [status for status in operation.responses if emission.answers(status)]
    for status in emission.statuses:
        if status not in operation.responses and not (status.endswith("XX") and statuses):
            said = f"waits for the status {status}, which the operation does not declare"
            yield finding(place.at("on"), "emits-status", said, f"declared are {', '.join(operation.responses)}")
    yield from _data(operation, place.at("data"), emission.data, event_type, statuses)
    for field in ("aggregate", "when"):
        expression = getattr(emission, field)
        if expression:
            wrong = list(_expression(operation, place.at(field), expression))
            yield from wrong or _nowhere(operation, place.at(field), expression, statuses)


def _data(
    operation: Operation, place: Place, data: Any, event_type: EventType, statuses: list[str]
) -> Iterator[Finding]:
    finding = operation.contract.documents.finding
    schema = event_type.schema.get("properties", {}).get("data", {})
    known, required = schema.get("properties", {}), schema.get("required", ())
    if not isinstance(data, Mapping):
        yield from _expression(operation, place, data)
        return
    for name, expression in data.items():
        if name not in known:
            said = f"{event_type.name} has no data property {name}"
            yield finding(place.at(name), "emits-data", said, f"known are {', '.join(known)}")
        elif wrong := list(_expression(operation, place.at(name), expression)):
            yield from wrong
        else:
            target = {**known[name], "$defs": event_type.schema.get("$defs", {})}
            yield from _fits(operation, place.at(name), name, expression, target, statuses, name in required)
    for name in required:
        if name not in data:
            said = f"misses the data property {name}, which {event_type.name} requires"
            yield finding(place, "emits-data", said, f"say where {name} comes from")


def _fits(
    operation: Operation,
    place: Place,
    name: str,
    expression: Any,
    target: Mapping[str, Any],
    statuses: list[str],
    required: bool,
) -> Iterator[Finding]:
    """
    Hold what an expression may give to what the event takes.
    """
    from aegis_contracts.compatibility import Counterexample, compare  # most contracts emit nothing

    finding = operation.contract.documents.finding
    try:
        given = given_by(operation, expression, statuses)
    except NowhereError as nowhere:
        yield finding(place, "emits-pointer", f"finds nothing, ever: {nowhere}", nowhere.mend)
        return
    for one in given:
        if required and not one.always:
            said = f"may find nothing, and the event requires {name}"
            yield finding(place, "emits-missing", said, "make the source required, or the property optional")
            return
        if one.schema is None:
            continue
        outcome = compare(one.schema, target, closed=True).outcome
        if isinstance(outcome, Counterexample):
            said = f"may be {_shown(outcome.instance)}, which the event's {name} does not take"
            yield finding(place, "emits-type", said, "bring the two schemas together")
            return


def _nowhere(operation: Operation, place: Place, expression: Any, statuses: list[str]) -> Iterator[Finding]:
    try:
        given_by(operation, expression, statuses)
    except NowhereError as nowhere:
        said = f"finds nothing, ever: {nowhere}"
        yield operation.contract.documents.finding(place, "emits-pointer", said, nowhere.mend)


def _expression(operation: Operation, place: Place, expression: Any) -> Iterator[Finding]:
    if isinstance(expression, str) and expression.startswith("$") and not _EXPRESSION.fullmatch(expression):
        said = "is no runtime expression (OpenAPI 3.1 §4.8.20.4)"
        mend = "such as $request.body#/email, $response.header.Location, $change#/fields or $facts#/token"
        yield operation.contract.documents.finding(place, "emits-expression", said, mend)


def _shown(instance: Any) -> str:
    text = repr(instance)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
