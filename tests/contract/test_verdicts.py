"""
A model's verdict is its schema's: over mutated answers of every operation, what the SDK's models refuse is what the
verdict engine refuses.

One tolerance is meant and left out: values that an enumeration does not list yet are read (and refused in strict mode).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from aegis_codegen import compile_contract
from aegis_runtime import OperationSpec
from aegis_runtime.content._decode import Undecodable
from aegis_runtime.content._violations import Violations
from tests.contract._calls import APIS, contract

TOKEN = "\u0000number:"
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 10**6, 10**20, 1.5, "", "x", "5", "null", [], {}, [None], ["x"], {"x": 1}, "가" * 5000,
    "20261122052031", "1700000000", "2026-11-22", "20261122", "2026-02-30", "２026-11-22", "2026-11-22T05:20:31Z",
    "2026-11-22 05:20:31Z", "2026-11-22T05:20:31", "2026-11-22t05:20:31.5+09:00", "2026-12-31T23:59:60Z",
    "2026-12-31T12:59:60Z", "2026-11-22T24:00:00Z", "2026-11-22T05:20:31+24:00", "2026-11-22T05:20:31.1234567890Z",
    "a@b", "a b@c.d", "é@b.c", "a@b..c", "@", "a@[1.2.3.4]", "12345678-1234-1234-1234-123456789012",
    "12345678123412341234123456789012", "{12345678-1234-1234-1234-123456789012}", "https://example.com/a?b#c",
    "https://exa mple.com", "/relative", "#x", "%zz", "urn:uuid:x", "http://[::1]/",
    f"{TOKEN}5.0", f"{TOKEN}1e2", f"{TOKEN}1E0", f"{TOKEN}-0.0", f"{TOKEN}1e-1",
]  # fmt: skip
CASES = [
    pytest.param(api, operation, status, id=f"{api}.{operation.key}.{status}")
    for api in APIS
    for operation in contract(api).all_operations()
    for status, response in operation.responses.items()
    if status.startswith("2") and "application/json" in response.content
]


def specs(api: str) -> dict[str, OperationSpec[Any]]:
    """
    The generated operations of an API, by operationId.
    """
    found: dict[str, OperationSpec[Any]] = {}
    for resource in compile_contract(contract(api)).resources:
        module = import_module(f"aegis_sdk._generated.{api}.resources.{resource.name}")
        found |= {each.operation_id: each for each in vars(module).values() if isinstance(each, OperationSpec)}
    return found


def mutants(value: Any) -> Iterator[Any]:
    """
    *value* with one part replaced, left out or added, at every place.
    """
    for path in places(value):
        for replacement in VALUES:
            yield changed(value, path, replacement)
        parent = at(value, path[:-1]) if path else None
        if isinstance(parent, dict):
            yield changed(value, path, ...)
        if isinstance(at(value, path), list):
            yield changed(value, path, at(value, path) * 2)
        if isinstance(at(value, path), str):
            yield changed(value, path, at(value, path) + " ")
        if isinstance(at(value, path), dict):
            yield changed(value, path, {**at(value, path), "unknown_property": None})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for step, member in members:
        yield from places(member, (*path, step))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(value: Any, path: tuple[Any, ...], replacement: Any) -> Any:
    if not path:
        return replacement
    made = copy.deepcopy(value)
    parent = at(made, path[:-1])
    if replacement is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(replacement)
    return made


def written(value: Any) -> bytes:
    """
    JSON, with numbers written the way that a token says.
    """
    text = json.dumps(value, ensure_ascii=False)
    for number in ("5.0", "1e2", "1E0", "-0.0", "1e-1"):
        text = text.replace(json.dumps(f"{TOKEN}{number}"), number)
    return text.encode()


@pytest.mark.parametrize(("api", "operation", "status"), CASES)
def test_models_and_engine_agree(api: str, operation: Any, status: str) -> None:
    """
    A changed answer is refused by the model exactly when the contract's engine refuses it.
    """
    media = operation.responses[status].content["application/json"]
    decoder = specs(api)[operation.key].responses[status].content["application/json"]
    tried = 0
    for example in media.examples.values():
        for mutant in mutants(example.value):
            body = written(mutant)
            broken = media.schema.violations(json.loads(body), "read")
            tolerated = broken and all(violation.rule in ("enum", "const") for violation in broken)
            try:
                decoder(body, False)
                refused: object = None
            except (Violations, Undecodable) as error:
                refused = getattr(error, "violations", error)
            tried += 1
            if not tolerated:
                assert (refused is not None) == bool(broken), (body.decode()[:400], refused, broken)
    assert tried > 50


def metrics() -> tuple[Any, dict[str, Any]]:
    """
    An answer that has many numbers: its decoder, and an example.
    """
    operation = next(each for each in contract("user").all_operations() if each.key == "getMetrics")
    media = operation.responses["200"].content["application/json"]
    decoder = specs("user")["getMetrics"].responses["200"].content["application/json"]
    return decoder, dict(next(iter(media.examples.values())).value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_numbers_are_finite(number: str) -> None:
    """
    What is no JSON number, or none that can be held, is never read as one.
    """
    decoder = specs("user")["getMetrics"].responses["200"].content["application/json"]
    media = (
        next(each for each in contract("user").all_operations() if each.key == "getMetrics").responses["200"].content
    )
    example = dict(next(iter(media["application/json"].examples.values())).value)
    for name, value in example.items():
        if isinstance(value, int | float):
            body = json.dumps({**example, name: "#"}).replace('"#"', number).encode()
            with pytest.raises((Violations, Undecodable)):
                decoder(body, False)


def test_a_byte_order_mark_is_passed_over() -> None:
    """
    A BOM before JSON is ignored, as RFC 8259 §8.1 allows.
    """
    decoder = specs("user")["getMetrics"].responses["200"].content["application/json"]
    media = (
        next(each for each in contract("user").all_operations() if each.key == "getMetrics").responses["200"].content
    )
    body = json.dumps(next(iter(media["application/json"].examples.values())).value).encode()
    assert decoder(b"\xef\xbb\xbf" + body, False) == decoder(body, False)


def test_what_was_read_can_be_dumped_and_read_again() -> None:
    """
    A model's own dump, nulls for what was absent included, makes an equal model again.
    """
    from aegis_sdk.user import User

    operation = next(each for each in contract("user").all_operations() if each.key == "getUser")
    media = operation.responses["200"].content["application/json"]
    for example in media.examples.values():
        least = {name: value for name, value in example.value.items() if name in media.schema.resolved["required"]}
        for value in (example.value, least):
            user = User.model_validate_json(json.dumps(value))
            assert User.model_validate_json(user.model_dump_json(exclude_unset=True)) == user
            again = User.model_validate_json(user.model_dump_json())
            assert again.model_dump() == user.model_dump()
    assert User.model_json_schema()["title"] == "User"
