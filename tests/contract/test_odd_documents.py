"""
A model's verdict is its schema's for any contract: documents with one schema after the other, and values that Python,
pydantic and JSON Schema see differently, read as answers and written as requests (``odd/*.json``).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest

import aegis_sdk._generated
from aegis_codegen import generate
from aegis_contracts import Contract, ContractError, load
from aegis_runtime import OperationSpec
from aegis_runtime.content._decode import Undecodable
from aegis_runtime.content._violations import Violations
from aegis_runtime.models._numbers import whole

ODD = Path(__file__).parent / "odd"
# An answer may have what a later contract adds.
OPEN = {"enum", "const", "additionalProperties"}
Odd = tuple[dict[str, Any], list[str], Contract, dict[str, OperationSpec[Any]]]


def document(title: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """
    A contract that answers with a value of each schema, and takes one.
    """
    components: dict[str, Any] = {
        "Node": {
            "type": "object",
            "properties": {"next": {"$ref": "#/components/schemas/Node"}, "v": {"type": "integer"}},
        }
    }
    paths: dict[str, Any] = {}
    for name, schema in schemas.items():
        word = name.title().replace("_", "")
        for side in ("Read", "Sent"):
            components[side + word] = {"type": "object", "required": ["v"], "properties": {"v": schema}}
        paths[f"/{name}"] = {
            "get": {
                "operationId": f"get{word}",
                "tags": ["odd"],
                "responses": {"200": {"description": "It.", **_json(f"Read{word}")}},
            },
            "post": {
                "operationId": f"post{word}",
                "tags": ["odd"],
                "requestBody": {"required": True, **_json(f"Sent{word}")},
                "responses": {"204": {"description": "Taken."}},
            },
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Odd {title}", "version": "1.0.0"},
        "servers": [{"url": "http://odd.test"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _json(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


@pytest.fixture(scope="module", params=["numbers", "texts", "formats", "arrays", "objects"])
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    """
    Schemas by name, values as they are written, their contract and the operations that were generated from it.
    """
    told = json.loads((ODD / f"{request.param}.json").read_text("utf-8"))
    folder = tmp_path_factory.mktemp("odd")
    path = folder / "openapi.yaml"
    path.write_text(json.dumps(document(request.param, told["schemas"])), "utf-8")
    files = generate(path)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    package = next(iter(files)).partition("/")[0]
    sys.path_importer_cache.pop(str(folder), None)
    aegis_sdk._generated.__path__.append(str(folder))
    invalidate_caches()
    module = import_module(f"aegis_sdk._generated.{package}.resources.odd")
    yield (
        told["schemas"],
        told["values"],
        load(path),
        {each.operation_id: each for each in vars(module).values() if isinstance(each, OperationSpec)},
    )
    aegis_sdk._generated.__path__.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith(f"aegis_sdk._generated.{package}")]:
        del sys.modules[name]


def unlike(value: Any) -> bool:
    """
    Say whether a value is one that Python's types cannot tell as JSON Schema does: numbers that a double rounds, years
    before the first, moments told apart by their writing alone.
    """
    if isinstance(value, dict | list):
        members = list(value.values() if isinstance(value, dict) else value)
        texts = {member for member in members if isinstance(member, str)}
        spelt = {text.upper().replace("+00:00", "Z") for text in texts}
        return any(map(unlike, members)) or (isinstance(value, list) and len(spelt) < len(texts))
    if isinstance(value, str):
        return value.startswith("0000-") or value in ("0001-01-01T23:59:60+23:59", "0001-01-01T00:00:00+14:00")
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > 2**53


def test_what_is_read_is_what_the_schema_allows(odd: Odd) -> None:
    """
    An answer with an odd value is refused by the generated model exactly when the engine refuses it.
    """
    schemas, values, contract, specs = odd
    tried, wrong = 0, list[Any]()
    for operation in contract.all_operations():
        if operation.method.lower() != "get":
            continue
        schema = operation.responses["200"].content["application/json"].schema
        assert schema is not None
        decode = specs[operation.key].responses["200"].content["application/json"]
        for written in values:
            body = f'{{"v":{written}}}'
            value = json.loads(body, parse_float=exactly)
            broken = schema.violations(value, "response")
            refused: object = None
            try:
                decode(body.encode(), False)
            except (Violations, Undecodable) as error:
                refused = getattr(error, "violations", error)
            tried += 1
            tolerated = bool(broken) and all(violation.rule in OPEN for violation in broken)
            if tolerated or _no_json(value) or _twice(written) or unlike(value["v"]):
                continue
            if bool(broken) != (refused is not None):
                wrong.append((operation.key, written, refused, broken))
    assert tried == len(schemas) * len(values)
    assert not wrong, wrong


def test_what_is_sent_is_what_the_schema_allows(odd: Odd) -> None:
    """
    A request with an odd value is refused exactly when the engine refuses it, and what is sent means what was given.
    """
    schemas, values, contract, specs = odd
    tried, wrong = 0, list[Any]()
    for operation in contract.all_operations():
        if operation.method.lower() != "post":
            continue
        assert operation.request_body is not None
        schema = operation.request_body.content["application/json"].schema
        body = specs[operation.key].body
        assert schema is not None
        assert body is not None
        for written in values:
            given = json.loads(f'{{"v":{written}}}')
            broken = schema.violations(given, "request")
            tried += 1
            try:
                sent = body.encode(given)
            except Violations as error:
                if not (broken or _no_json(given) or unlike(given["v"])):
                    wrong.append((operation.key, written, error.violations))
                continue
            if unlike(given["v"]):
                continue
            if broken or schema.violations(json.loads(sent), "request") or json.loads(sent) != given:
                wrong.append((operation.key, written, sent, broken))
    assert tried == len(schemas) * len(values)
    assert not wrong, wrong


def exactly(text: str) -> int | float:
    """
    Read a number that is an integer by its value as that integer, which no double rounds.
    """
    number = whole(Decimal(text))
    return number if isinstance(number, int) else float(text)


def _no_json(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_no_json, members))


def _twice(written: str) -> bool:
    # Names that come twice are unpredictable (RFC 8259 §4).
    return written.count('"a":') > 1 and not written.startswith("[")


@pytest.mark.parametrize("pattern", [r"^\cA$", "^[^]$", "a{2,1}"])
def test_a_pattern_that_models_cannot_match_is_refused_by_the_generator(pattern: str, tmp_path: Path) -> None:
    """
    A pattern for which there is no engine is told when the client is generated, not at its first call.
    """
    path = tmp_path / "openapi.yaml"
    path.write_text(json.dumps(document("patterns", {"text": {"type": "string", "pattern": pattern}})), "utf-8")
    with pytest.raises(ContractError, match="pattern"):
        generate(path)
