"""
Expected against published: each exactly once, valid, on its topic, under its key; nothing that nobody caused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from aegis_contracts import Operation, Violation
from aegis_contracts.events import EventCatalog, EventType
from aegis_verifier._names import plain
from aegis_verifier._values import Case, Failure, Outcome, Script
from aegis_verifier.checks import same
from aegis_verifier.events._expected import Changes, Expected
from aegis_verifier.events._record import Record

_LONG_ENOUGH = 8


def judge(
    expectations: list[Expected],
    records: list[Record],
    outcomes: list[Outcome],
    catalog: EventCatalog | None,
    *,
    owned: bool,
) -> list[Outcome]:
    """
    Make one outcome for each event that an operation may cause.

    Args:
        owned: the topics are this run's alone, so that every record was caused by it.
    """
    found: list[Outcome] = []
    wanted: dict[tuple[str, str], list[Expected]] = defaultdict(list)
    for one in expectations:
        wanted[one.exchange.request.operation.key, one.name].append(one)
    by_name: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_name[record.name].append(record)
    operations = {outcome.case.operation.key: outcome.case.operation for outcome in outcomes}
    for operation in operations.values():
        for name in _names(operation):
            expecting = wanted.get((operation.key, name), [])
            outcome = Outcome(_case(operation, name))
            outcome.failures = list(_differences(operation, name, expecting, by_name[name], catalog))
            if not any(one.sure for one in expecting):
                outcome.open = "no exchange of this run was sure to cause it"
            found.append(outcome)
    found += _unexpected(expectations, records, outcomes, owned=owned)
    return found


def _names(operation: Operation) -> list[str]:
    given = operation.extensions.get("x-emits", ())
    entries = given if isinstance(given, list) else [given]
    return [str(entry["event"]) for entry in entries if isinstance(entry, dict) and "event" in entry]


def _case(operation: Operation, name: str) -> Case:
    def script() -> Script:
        return []
        yield  # pragma: no cover - a generator, as every script is

    claim = f"publishes {name} exactly once for each cause, valid, on its topic and under its key"
    return Case(operation, "events", name, claim, script, alone=True)


def _differences(
    operation: Operation, name: str, expecting: list[Expected], records: list[Record], catalog: EventCatalog | None
) -> Iterator[Failure]:
    causes: dict[str, list[Expected]] = defaultdict(list)
    for one in expecting:
        causes[one.aggregate].append(one)
    published: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        published[record.aggregate].append(record)
    missing = twice = 0
    for aggregate, ones in causes.items():
        there = published.get(aggregate, [])
        sure = sum(one.sure for one in ones)
        if len(there) < sure:
            missing += 1
            if missing == 1:
                yield _fault(ones[0], "event-missing", f"must be published once; {name} was not on any topic")
        elif len(there) > len(ones):
            twice += 1
            if twice == 1:
                said = f"must be published once for each cause; {name} came {len(there)} times for {len(ones)}"
                yield _fault(ones[-1], "event-twice", said)
        for one, record in zip(ones, there, strict=False):
            # Of several causes at one aggregate nobody can say which record is whose.
            yield from _record(one, record, catalog, alone=len(ones) == len(there) == 1)
    del operation


def _fault(one: Expected, rule: str, said: str, pointer: str = "/event") -> Failure:
    operation = one.exchange.request.operation
    return Failure(Violation(pointer, rule, said, f"{operation.source}/x-emits"), one.exchange)


def _record(one: Expected, record: Record, catalog: EventCatalog | None, *, alone: bool) -> Iterator[Failure]:
    if one.topic and record.topic != one.topic:
        yield _fault(one, "event-topic", f"must be on {one.topic}; {one.name} was on {record.topic}")
    key = (record.key or b"").decode("utf-8", "replace")
    if one.aggregate and key != one.aggregate:
        yield _fault(one, "event-key", f"must be the record key of {one.name}: its aggregate's id", "/event/key")
    about = record.event.get("aggregateId")
    if one.aggregate and about is not None and str(about) != one.aggregate:
        yield _fault(one, "event-key", f"must be the id of whom {one.name} is about", "/event/aggregateId")
    event_type = _type(record, catalog)
    if catalog is not None and event_type is None:
        said = (
            f"must be an event type and version that the contract has; it is {one.name} {record.event.get('version')}"
        )
        yield _fault(one, "event-type", said, "/event/version")
    if event_type is not None:
        for violation in event_type.violations(record.event)[:5]:
            yield Failure(violation.under("/event"), one.exchange)
    data = record.event.get("data")
    if not isinstance(data, dict) or not alone:
        return
    for name, value in one.data.items():
        if name not in data or not _same(value, data[name]):
            said = f"must be what the exchange says (x-emits of {one.exchange.request.operation.key})"
            yield _fault(one, "event-data", said, f"/event/data/{name}")


def _same(wanted: Any, told: Any) -> bool:
    if not isinstance(wanted, Changes):
        return same(wanted, told)
    # Names of members may be written in the event's own way: userId for user_id.
    if isinstance(wanted.value, list):
        return isinstance(told, list) and sorted(map(plain, map(str, told))) == sorted(map(plain, wanted.value))
    if not isinstance(told, dict):
        return False
    known = {plain(str(name)): value for name, value in told.items()}
    return all(same(value, known.get(plain(name))) for name, value in wanted.value.items())


def _type(record: Record, catalog: EventCatalog | None) -> EventType | None:
    version = record.event.get("version", 1)
    if catalog is None or not isinstance(version, int):
        return None
    return catalog.get((record.name, version))


def _unexpected(
    expectations: list[Expected], records: list[Record], outcomes: list[Outcome], *, owned: bool
) -> Iterator[Outcome]:
    """
    Find events that no success explains: on a refusal, on a replay, or of nobody.
    """
    known: Counter[tuple[str, str]] = Counter((one.name, one.aggregate) for one in expectations)
    emitting: dict[str, Operation] = {}
    for outcome in outcomes:
        for name in _names(outcome.case.operation):
            emitting.setdefault(name, outcome.case.operation)
    refused = [
        exchange
        for outcome in outcomes
        for exchange in outcome.exchanges
        if _names(exchange.request.operation) and not exchange.succeeded
    ]
    ids = {one.aggregate for one in expectations} | _ids(outcomes)
    told: set[str] = set()
    numbers: Counter[str] = Counter()
    for record in records:
        number = str(record.event.get("eventId", ""))
        numbers[number] += 1
        operation = emitting.get(record.name)
        if operation is None or (record.name, record.aggregate) in known or record.name in told:
            continue
        cause = next((exchange for exchange in refused if _mentions(exchange.request.body, record.event)), None)
        if not owned and cause is None and record.aggregate not in ids:
            continue  # somebody else's
        told.add(record.name)
        outcome = Outcome(_case(cause.request.operation if cause is not None else operation, f"{record.name} uncaused"))
        said = f"must not be published: nothing that succeeded caused this {record.name}"
        if cause is not None:
            said = f"must not be published on a refusal; {record.name} was, after {cause.status}"
        outcome.failures = [Failure(Violation("/event", "event-uncaused", said, operation.source), cause)]
        yield outcome
    for number, count in numbers.items():
        if count > 1 and number:
            operation = next(iter(emitting.values()), None)
            if operation is not None:
                outcome = Outcome(_case(operation, "eventId"))
                said = f"must be new for each event; one came {count} times"
                outcome.failures = [Failure(Violation("/event/eventId", "event-id", said, operation.source), None)]
                yield outcome
                return


def _ids(outcomes: list[Outcome]) -> set[str]:
    found: set[str] = set()
    for outcome in outcomes:
        for exchange in outcome.exchanges:
            found |= {value for value in exchange.request.path_values.values() if len(value) >= _LONG_ENOUGH}
    return found


def _mentions(body: bytes | None, event: Mapping[str, Any]) -> bool:
    data = event.get("data")
    if not body or not isinstance(data, dict):
        return False
    texts = [value for value in data.values() if isinstance(value, str) and "@" in value]
    return any(text.encode() in body for text in texts)
