"""
Making one instance.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from pydantic import BaseModel

from aegis_contracts import Verdict, bundled
from aegis_contracts.events import EventCatalog, load_events
from aegis_contracts.instances import Generator, Ungeneratable
from aegis_runtime import JsonDecoder
from aegis_runtime.content._violations import Violations
from aegis_sdk._generated.events import EVENT_TYPES, EventInfo
from aegis_sdk.errors import EventValidationError
from aegis_sdk.events import encode, parse
from aegis_testing.factories._errors import FactoryError
from aegis_testing.factories._overrides import merged
from aegis_testing.factories._schemas import names_of, source_of

T = TypeVar("T")
_TRIES = 4


def make(model: type[T], /, *, seed: str = "", **overrides: Any) -> T:
    """
    Make an instance of a model, of an input's typed dictionary or of an event; the same seed makes the same one.

    ``make(user.User, business_name="이지스", seed="a")`` and ``make(UserRegistered, data={"email": "a@example.com"})``:
    names are Python's or the wire's, objects inside are changed member by member (maps and lists are replaced whole),
    and ``OMIT`` takes a member out.

    Raises:
        FactoryError: what was said breaks the contract, or no member has that name.
    """
    if inspect.isclass(model) and issubclass(model, msgspec.Struct):
        return cast("T", _event(model, seed, overrides))
    value = make_value(model, seed=seed, **overrides)
    if inspect.isclass(model) and issubclass(model, BaseModel):
        return cast("T", _read(model, value))
    return cast("T", value)


def make_value(model: type[Any], /, *, seed: str = "", **overrides: Any) -> Any:
    """
    Make the same instance as plain data with the names of the wire, such as an answer's body.
    """
    if inspect.isclass(model) and issubclass(model, msgspec.Struct):
        return msgspec.to_builtins(_event(model, seed, overrides))
    kind: Any = model
    source = source_of(kind)
    value = merged(_generated(source.generator, seed, model.__name__), overrides, names_of(model), model.__name__)
    if not source.generator.is_valid(value):
        raise FactoryError(model.__name__, Verdict(source.schema).violations(value))
    return value


def _generated(generator: Generator, seed: str, name: str) -> Any:
    try:
        return generator.generate(f"factory|{name}|{seed}", name=name)
    except Ungeneratable as error:
        raise FactoryError(name, (), str(error)) from None


def _read(model: type[BaseModel], value: Any) -> Any:
    decode: JsonDecoder[Any] = JsonDecoder(lambda: model)
    try:
        return decode(json.dumps(value, ensure_ascii=False).encode(), False)
    except Violations as found:
        raise FactoryError(model.__name__, found.violations) from None


@cache
def _catalog() -> EventCatalog:
    return load_events(bundled() / "schemas")


@cache
def _event_generator(name: str, version: int) -> Generator:
    return Generator(_catalog()[name, version].schema, examples=False)


def _event(model: type[msgspec.Struct], seed: str, overrides: dict[str, Any]) -> Any:
    info = _info(model)
    names = names_of(model)
    key = names[info.key][0]
    repeats = not {info.key, key} & set(overrides)
    refused: EventValidationError | None = None
    for candidate in _candidates(info, seed):
        value = merged(candidate, overrides, names, model.__name__)
        try:
            if repeats and (repeated := _key_of(model, value, info.key, names)):
                value[key] = repeated
            event = parse(json.dumps(value, ensure_ascii=False).encode())
            encode(event)  # which also holds it to what no schema can say
        except EventValidationError as error:
            refused = refused or error
        else:
            return event
    raise FactoryError(model.__name__, refused.violations if refused is not None else ())


def _candidates(info: EventInfo, seed: str) -> Iterator[Any]:
    """
    Made ones first; where members must agree in ways that no schema says, the contract's own examples do.
    """
    generator = _event_generator(info.name, info.version)
    for number in range(_TRIES):
        yield _generated(generator, f"{seed}|{number}" if number else seed, info.name)
    for example in _catalog()[info.name, info.version].examples:
        if example.valid:
            # Only what it tells: a seed has an event id of its own, or consumers would take all of them for one event.
            made = _generated(generator, seed, info.name)
            yield {**made, "data": json.loads(example.read())["data"]} if "data" in made else json.loads(example.read())


def _info(model: type[Any]) -> EventInfo:
    for info in EVENT_TYPES:
        if info.model is model:
            return info
    known = ", ".join(info.model.__name__ for info in EVENT_TYPES)
    raise FactoryError(model.__name__, (), f"it is no event; these are: {known}")


def _key_of(model: type[Any], value: dict[str, Any], key: str, names: Mapping[str, Any]) -> str | None:
    """
    Say which key ``new`` of the model gives an event of this data: an aggregateId that is the data's userId.
    """
    wanted = inspect.signature(model.new).parameters
    found = value.get(names["data"][0]) if "data" in names else None
    if not isinstance(found, dict):
        return None
    data = cast("dict[str, Any]", found)
    inside: Mapping[str, tuple[str, Any]] = names["data"][1]
    said = {python: data[wire] for python, (wire, _) in inside.items() if wire in data and python in wanted}
    try:
        repeated: str = getattr(model.new(**said), key)
    except EventValidationError:
        raise
    except (TypeError, ValueError):
        return None  # what is wrong is told when it is judged
    return repeated
