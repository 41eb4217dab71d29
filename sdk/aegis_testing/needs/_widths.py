"""
What the contract of the recording says of the fields that were read.

A test sees one value, and the contract admits others: a field that may be null was a text this time. Whoever reads it
can take what the contract says today, so that is what stands in the needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from aegis_contracts import Contract, MediaType, Operation, bundled, bundled_apis, load
from aegis_contracts.compatibility import Node, Universe, allowed
from aegis_contracts.events import EventCatalog, load_events
from aegis_contracts.exchange import kind
from aegis_contracts.json_pointer import split


@cache
def _contracts() -> Mapping[str, Contract]:
    return {path.stem: load(path) for path in bundled_apis()}


@cache
def _catalog() -> EventCatalog:
    return load_events(bundled() / "schemas")


def widened(data: dict[str, Any]) -> dict[str, Any]:
    """
    Say of every field that was read which types the contract admits there; and which API is meant, where several have
    the same path.
    """
    for one in data["operations"]:
        contract = _contracts().get(one.get("api", ""))
        operation = _operation(contract, one) if contract is not None else None
        if contract is None or operation is None:
            _unsaid(one)
            continue
        if sum(_operation(other, one) is not None for other in _contracts().values()) > 1:
            one["api"] = contract.title
        else:
            del one["api"]
        for status, fields in one["reads"].items():
            content = operation.responses[status].content.values() if status in operation.responses else ()
            _widen(fields, contract, content)
    for one in data["events"]:
        event = _catalog().get((one["name"], one["version"]))
        if event is not None:
            universe, node = Universe.of(event.schema)
            for pointer, seen in one["reads"].items():
                one["reads"][pointer] = _wide(universe, node, pointer, seen)
    return data


def _unsaid(one: dict[str, Any]) -> None:
    one.pop("api", None)
    for fields in one["reads"].values():
        for pointer in fields:
            fields[pointer] = []


def _operation(contract: Contract, one: Mapping[str, Any]) -> Operation | None:
    return next((o for o in contract.all_operations() if (o.method, o.path) == (one["method"], one["path"])), None)


def _widen(fields: dict[str, list[str]], contract: Contract, content: Iterable[MediaType]) -> None:
    universe = Universe(contract.documents, contract.openapi_version, "response", projector=contract.projector)
    for media in content:
        if kind(media.media_type) == "json" and "schema" in media.node:
            node = universe.node(media.node["schema"], media.place.at("schema"))
            for pointer, seen in fields.items():
                fields[pointer] = _wide(universe, node, pointer.removeprefix("/body"), seen)
            return


def _wide(universe: Universe, node: Node, pointer: str, seen: list[str]) -> list[str]:
    found = allowed(universe, node, list(split(pointer)))
    return sorted(set(seen) | found) if found and "any" not in found else []
