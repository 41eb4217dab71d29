"""
Generated models and inputs decide like the contract itself, instance by instance.

``instances.json`` of a golden case lists bodies as they are; whether one is valid is for the contract's own schema to
say, so the data cannot be wrong about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aegis_contracts import Contract, Schema
from aegis_runtime import JsonDecoder, JsonEncoder
from aegis_runtime.content._violations import Violations

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
DATA = {path.parent.name: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*/instances.json"))}
Package = Callable[[str, str], ModuleType]


def listed(kind: str) -> list[Any]:
    """
    Every (case, schema name, instance) of one kind.
    """
    return [
        pytest.param(case, name, instance, id=f"{case}-{name}-{index}")
        for case, data in DATA.items()
        for name, instances in data.get(kind, {}).items()
        for index, instance in enumerate(instances)
    ]


@pytest.mark.parametrize(("case", "name", "instance"), listed("read"))
def test_a_strict_reader_decides_like_the_contract(
    case: str, name: str, instance: Any, package: Package, contract: Callable[[str], Contract]
) -> None:
    """
    What a strict client accepts is exactly what the contract allows a provider to send, undeclared properties apart.
    """
    schema = contract(case).component_schemas[name]
    models = package(case, "models")
    assert _reads(models, name, instance, strict=True) == _closed(schema, instance)


@pytest.mark.parametrize(("case", "name", "instance"), listed("read"))
def test_a_tolerant_reader_accepts_all_that_the_contract_allows(
    case: str, name: str, instance: Any, package: Package, contract: Callable[[str], Contract]
) -> None:
    """
    A usual client never refuses an answer that the contract allows.
    """
    if contract(case).component_schemas[name].is_valid(instance, "response"):
        assert _reads(package(case, "models"), name, instance, strict=False)


@pytest.mark.parametrize(("case", "name", "instance"), listed("tolerated"))
def test_what_may_grow_is_tolerated_when_read(
    case: str, name: str, instance: Any, package: Package, contract: Callable[[str], Contract]
) -> None:
    """
    New enum values, union members and properties are read by today's client, and told in strict mode.
    """
    models = package(case, "models")
    assert _reads(models, name, instance, strict=False)
    assert not _reads(models, name, instance, strict=True)


@pytest.mark.parametrize(("case", "name", "instance"), listed("written"))
def test_what_is_sent_is_decided_like_the_contract(
    case: str, name: str, instance: Any, package: Package, contract: Callable[[str], Contract]
) -> None:
    """
    A body is sent exactly when the contract allows a caller to send it, and what is sent equals what was given.
    """
    schema = contract(case).component_schemas[name]
    inputs = package(case, "inputs")
    encode = JsonEncoder(lambda: getattr(inputs, f"{name}Input"))
    if schema.is_valid(instance, "request"):
        assert json.loads(encode(instance)) == instance
    else:
        with pytest.raises(Violations):
            encode(instance)


def _closed(schema: Schema, instance: Any) -> bool:
    return schema.is_valid(instance, "response")


def _reads(models: ModuleType, name: str, instance: Any, *, strict: bool) -> bool:
    decoder: JsonDecoder[Any] = JsonDecoder(lambda: getattr(models, name))
    try:
        decoder(json.dumps(instance).encode(), strict)
    except Violations:
        return False
    return True
