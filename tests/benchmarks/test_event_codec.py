"""
The event codec beside json + jsonschema, pydantic and msgspec + jsonschema-rs alone, in one run.

Every contender does the same work on the same bytes; the ratios of `test_the_goals` are geometric means over the five
event types of the best of many interleaved rounds, so that a busy machine slows all contenders alike.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from math import exp, log
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Annotated, Any, Literal

import jsonschema
import msgspec
import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from aegis_contracts import bundled
from aegis_contracts.events import EventType, load_events
from aegis_sdk import events

GOAL = 50
CATALOG = load_events(bundled() / "schemas")
NAMES = CATALOG.names

Work = Callable[[], Any]


class Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


Id = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]*$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@ ]+@[^@ ]+$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class Registered(Part):
    user_id: Id
    email: Email
    business_registration_number: Annotated[str, Field(pattern=r"^[0-9]{3}-[0-9]{2}-[0-9]{5}$")]
    business_type: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    industry_code: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    region: Annotated[str, Field(pattern=r"^[0-9]{2}$")] | None = None


class Updated(Part):
    user_id: Id
    changed_fields: Annotated[list[str], Field(min_length=1, max_length=64)]
    old_values: dict[str, Any]
    new_values: dict[str, Any]


class Deleted(Part):
    user_id: Id
    deletion_reason: Text


class Welcome(Part):
    user_id: Id
    email: Email
    notification_type: Literal["welcome"]
    template: Literal["user_welcome"]
    priority: Literal["normal"]


class Verification(Part):
    user_id: Id
    email: Email
    verification_token: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{16,}$")]
    notification_type: Literal["email_verification"]
    template: Literal["email_verification"]
    priority: Literal["high"]
    expires_at: datetime


def enveloped(name: str, data: type[Part]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        "event_type": Literal[name],  # type: ignore[valid-type]
        "event_id": uuid.UUID,
        "aggregate_id": Id,
        "occurred_at": datetime,
        "version": Literal[1],
        "data": data,
    }
    return type(name, (Part,), {"__annotations__": fields, "__module__": __name__})


PYDANTIC = {
    name: enveloped(name, data)
    for name, data in zip(NAMES, (Registered, Updated, Deleted, Welcome, Verification), strict=True)
}
UNION: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        PYDANTIC[NAMES[0]] | PYDANTIC[NAMES[1]] | PYDANTIC[NAMES[2]] | PYDANTIC[NAMES[3]] | PYDANTIC[NAMES[4]],
        Field(discriminator="event_type"),
    ]  # type: ignore[valid-type]
)


@cache
def oracle(name: str) -> Any:
    """
    What a user of jsonschema has: the event's schema file, its envelope found through a registry.
    """
    files = {path.name: json.loads(path.read_bytes()) for path in (bundled() / "schemas").glob("*.json")}
    registry: Any = Registry().with_resources([(d["$id"], DRAFT202012.create_resource(d)) for d in files.values()])
    return jsonschema.Draft202012Validator(files[Path(CATALOG[name].source).name], registry=registry)


def value_of(name: str) -> dict[str, Any]:
    return json.loads(CATALOG[name].examples[0].read())


def compact(name: str) -> bytes:
    return json.dumps(value_of(name), ensure_ascii=False, separators=(",", ":")).encode()


def spaced(name: str) -> bytes:
    return json.dumps(value_of(name), ensure_ascii=False).encode()


def reading(name: str, message: bytes) -> dict[str, Work]:
    """
    From bytes to something typed, or at least judged.
    """
    validator, event = oracle(name), CATALOG[name]
    model = type(events.parse(message))
    decode, convert, is_valid = msgspec.json.Decoder().decode, msgspec.convert, event.is_valid

    def with_jsonschema() -> Any:
        value = json.loads(message)
        validator.validate(value)
        return value

    def with_msgspec() -> Any:
        value = decode(message)
        assert is_valid(value)
        return convert(value, model)

    return {
        "ours": lambda: events.parse(message),
        "json + jsonschema": with_jsonschema,
        "pydantic": lambda: UNION.validate_json(message),
        "msgspec + jsonschema-rs": with_msgspec,
    }


def writing(name: str, *, fresh: bool) -> dict[str, Work]:
    """
    From fields to validated bytes.

    Args:
        fresh: event id and time are made for each event.
    """
    validator, value = oracle(name), value_of(name)
    given: Any = events.parse(json.dumps(value).encode())
    model, data = type(given), type(given.data)
    constant = {"notification_type", "template", "priority"}
    fields = {n: getattr(given.data, n) for n in data.__struct_fields__ if n not in constant}
    envelope = {"event_id": given.event_id, "aggregate_id": given.aggregate_id, "occurred_at": given.occurred_at}

    def ours() -> bytes:
        return events.encode(model.new(**fields) if fresh else model(**envelope, data=data(**fields)))

    def head() -> dict[str, Any]:
        if not fresh:
            return value
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return value | {"eventId": str(uuid.uuid4()), "occurredAt": at}

    def with_jsonschema() -> bytes:
        event = {**head(), "data": {**value["data"]}}
        validator.validate(event)
        return json.dumps(event, ensure_ascii=False).encode()

    def with_pydantic() -> bytes:
        event = PYDANTIC[name](**(head() | {"data": value["data"]}))
        return event.model_dump_json(by_alias=True, exclude_none=True).encode()

    return {"ours": ours, "json + jsonschema": with_jsonschema, "pydantic": with_pydantic}


WORKS: dict[str, Callable[[str], dict[str, Work]]] = {
    "bytes to typed, compact": lambda name: reading(name, compact(name)),
    "bytes to typed, spaced": lambda name: reading(name, spaced(name)),
    "construct, validate, encode": lambda name: writing(name, fresh=False),
    "new id and time, validate, encode": lambda name: writing(name, fresh=True),
}
CONTENDERS = ("ours", "json + jsonschema", "pydantic", "msgspec + jsonschema-rs")


@pytest.mark.parametrize("contender", CONTENDERS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("work", [work for work in WORKS if "spaced" not in work and "new" not in work])
def test_one_event(benchmark: Any, work: str, name: str, contender: str) -> None:
    """
    One event of each type, by each contender.
    """
    works = WORKS[work](name)
    if contender not in works:
        pytest.skip(f"{contender} does not write")
    benchmark.group = f"{work}: {name}"
    benchmark(works[contender])


@pytest.mark.parametrize("work", WORKS)
def test_the_goals(benchmark: Any, work: str) -> None:
    """
    At least fifty times json + jsonschema: told as ratios, with µs per event of each contender.
    """
    measured = {name: best(WORKS[work](name), 1 if benchmark.disabled else 120) for name in NAMES}
    for contender in measured[NAMES[0]]:
        microseconds = exp(mean(log(measured[name][contender]) for name in NAMES))
        benchmark.extra_info[f"{contender}, µs"] = round(microseconds, 2)
        ratio = exp(mean(log(measured[name][contender] / measured[name]["ours"]) for name in NAMES))
        benchmark.extra_info[f"× {contender}"] = round(ratio, 1)
    benchmark.extra_info["goal × json + jsonschema"] = GOAL
    benchmark.group = "goals"
    print(f"\n{work}: {benchmark.extra_info}")
    benchmark(WORKS[work](NAMES[0])["ours"])


def best(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """
    Microseconds a call: the best of interleaved rounds of about a millisecond.
    """
    calls = {name: 10 if "jsonschema" in name and "rs" not in name else 200 for name in works}
    times = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            begun = perf_counter()
            for _ in range(calls[name]):
                work()
            times[name] = min(times[name], (perf_counter() - begun) / calls[name] * 1e6)
    return times


def test_the_contenders_agree() -> None:
    """
    Whoever is measured accepts the event, and ours writes what the others wrote.
    """
    for name in NAMES:
        assert isinstance(CATALOG[name], EventType)
        for works in (reading(name, compact(name)), reading(name, spaced(name)), writing(name, fresh=True)):
            for work in works.values():
                assert work() is not None
        written = writing(name, fresh=False)
        assert events.parse(written["ours"]()) == events.parse(written["json + jsonschema"]())
