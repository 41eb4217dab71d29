"""
From paths to stores: ``/pets`` is a collection because ``/pets/{id}`` is its item.

``x-mock`` corrects it, on an operation or the document: ``{state: false}`` switches it off;
``{action: create, store: /pets, id: petId}`` says what inference cannot see.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aegis_contracts import Contract, Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours import _actions
from aegis_mockserver.behaviours._actions import Act, Resource
from aegis_mockserver.behaviours._items import Kind, View
from aegis_mockserver.behaviours._shapes import id_candidates, id_in, list_at
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World

log = logging.getLogger("aegis_mockserver")
_NAMES = re.compile(r"\{([^{}]+)\}")
_ITEM = re.compile(r"(.*)/\{([^{}/]+)\}")
_METHODS = {"GET": "read", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}


class Inference:
    """
    Which store operation each operation of some contracts is.
    """

    def __init__(self, contracts: Sequence[Contract] = ()) -> None:
        self._contracts = contracts
        self._resources: dict[tuple[str, str, str], Resource | None] = {}
        self._items: dict[str, dict[str, str]] = {}

    def find(self, contract: Contract, operation: Operation) -> Behave | None:
        """
        Return what a store says for *operation*, or None where no store is meant.
        """
        if _off(contract.extensions.get("x-mock")):
            return None
        given = operation.extensions.get("x-mock")
        if _off(given):
            return None
        said = cast("Mapping[str, Any]", given) if isinstance(given, dict) else {}
        try:
            act = self._act(contract, operation, said)
        except LookupError as error:
            log.warning("%s: no state inferred: %s", operation.key, error)
            return None
        return _behave(act) if act is not None else None

    def _act(self, contract: Contract, operation: Operation, said: Mapping[str, Any]) -> Act | None:
        collection, parameter, action = self._place(contract, operation)
        if "store" in said or "action" in said:
            action = str(said.get("action", action))
            collection = str(said.get("store", collection))
            parameter = str(said.get("id", parameter or self._parameter(contract, collection)))
        resource = self._resource(contract, collection, parameter) if action else None
        act = self._action(resource, operation, action, parameter) if resource is not None else None
        path = operation.path.rstrip("/")
        owner = resource.owner if resource is not None else None if path.endswith("}") else self._owner(contract, path)
        return _actions.owned(owner, resource, act)

    @staticmethod
    def _action(resource: Resource, operation: Operation, action: str, parameter: str) -> Act | None:
        match action:
            case "create":
                return _actions.create(resource, operation)
            case "list":
                return _actions.listing(resource, operation)
            case "read":
                return _actions.read(resource, operation)
            case "replace" if parameter and f"{{{parameter}}}" not in operation.path:
                return _actions.replace_by_body(resource, operation)
            case "replace" | "update":
                return _actions.write(resource, operation, patch=action == "update")
            case "delete":
                return _actions.delete(resource, operation)
            case _:
                raise LookupError(f"x-mock: action {action!r} is none of create, list, read, replace, update, delete")

    def _place(self, contract: Contract, operation: Operation) -> tuple[str, str, str]:
        """
        Return the collection's path, the item's template expression, and the action; no action where there is none.
        """
        path, method = operation.path.rstrip("/") or "/", operation.method
        parameter = self._parameter(contract, path)
        if parameter:
            return path, parameter, {"GET": "list", "POST": "create", "PUT": "replace"}.get(method, "")
        if match := _ITEM.fullmatch(path):
            return match[1], match[2], _METHODS.get(method, "")
        methods = self._methods(contract, operation.path)
        if "get" in methods and methods & {"put", "patch"}:
            return path, "", _METHODS.get(method, "")
        if methods >= {"get", "post"} and self._collects(contract, path):
            return path, "id", {"GET": "list", "POST": "create"}.get(method, "")
        return path, "", ""

    def _collects(self, contract: Contract, path: str) -> bool:
        """
        Say whether a path without items of their own lists what is posted to it.
        """
        here = {one.method: one for one in self._near(contract, path) if _shape(one.path) == _shape(path)}
        noun = next((part for part in reversed(path.split("/")) if part and "{" not in part), "item")
        listed, made = View(here["GET"], []), View(here["POST"], id_candidates("id", noun))
        steps = list_at(listed.shape, noun) if listed.media_type is not None else None
        if steps is None or made.media_type is None or not made.usable:
            return False
        shown = listed.shape.at(steps).items.properties.keys()
        return bool(shown & made.item.properties.keys()) and id_in(shown, ["id"]) is not None

    def _methods(self, contract: Contract, path: str) -> set[str]:
        node = contract.document["paths"].get(path)
        resolved = contract.resolve(node)
        return set(resolved) if isinstance(resolved, dict) else set()

    def _parameter(self, contract: Contract, collection: str) -> str:
        """
        Return the template expression of the collection's item path, if there is one.
        """
        known = self._items.get(contract.source)
        if known is None:
            known = self._items[contract.source] = {}
            for path in contract.document.get("paths", {}):
                if match := _ITEM.fullmatch(path.rstrip("/")):
                    known.setdefault(_shape(match[1]), match[2])
        return known.get(_shape(collection), "")

    def _resource(self, contract: Contract, collection: str, parameter: str) -> Resource | None:
        key = (contract.source, collection, parameter)
        if key not in self._resources:
            self._resources[key] = self._make(contract, collection, parameter)
        return self._resources[key]

    def _make(self, contract: Contract, collection: str, parameter: str) -> Resource | None:
        noun = next((part for part in reversed(collection.split("/")) if part and "{" not in part), "item")
        candidates = id_candidates(parameter, noun)
        view = self._view(contract, collection, parameter, candidates)
        if view is None:
            return None
        name = collection or "/"
        for other in self._contracts:
            if other is contract:
                break
            if collection in other.document.get("paths", {}):
                name = f"{contract.title} {name}"
                break
        parents = tuple(_NAMES.findall(collection))
        item_path = f"{collection}/{{{parameter}}}" if parameter else collection
        kind = Kind(contract, collection, parameter, view)
        addressed = not parameter or self._parameter(contract, collection) != ""
        return Resource(name, parents, parameter, item_path, kind, self._owner(contract, collection), addressed)

    def _owner(self, contract: Contract, collection: str) -> Resource | None:
        """
        Return the resource whose item the path of a collection goes through last.
        """
        before, brace, _ = collection.rpartition("}")
        match = _ITEM.fullmatch(before + brace)
        if match is None or not self._parameter(contract, match[1]):
            return None
        return self._resource(contract, match[1], match[2])

    def _view(self, contract: Contract, collection: str, parameter: str, candidates: list[str]) -> View | None:
        """
        Choose the operation that shows an item best.
        """
        shape = _shape(f"{collection}/{{{parameter}}}" if parameter else collection)
        found: dict[str, Operation] = {}
        for operation in self._near(contract, collection):
            path = _shape(operation.path.rstrip("/") or "/")
            if path == shape:
                found[operation.method] = operation
            elif path == _shape(collection) and operation.method == "POST":
                found["COLLECTION POST"] = operation
        for method in ("GET", "PUT", "PATCH", "COLLECTION POST", "DELETE"):
            if method in found:
                view = View(found[method], candidates)
                if view.usable and view.item.properties:
                    return view
        return None

    @staticmethod
    def _near(contract: Contract, collection: str) -> list[Operation]:
        wanted = _shape(collection)
        from aegis_contracts._model import operations_of

        out: list[Operation] = []
        for path, item in contract.document.get("paths", {}).items():
            if _shape(path).startswith(wanted) and path.count("/") <= collection.count("/") + 1:
                out.extend(operations_of(contract, path, item, contract.root.at("paths", path)))
        return out


def _shape(path: str) -> str:
    return _NAMES.sub("{}", path)


def _off(given: object) -> bool:
    return given is False or (isinstance(given, dict) and given.get("state") is False)


def _behave(act: Act) -> Behave:
    def behave(operation: Operation, reading: Reading, world: World) -> Answer | Problem | None:
        del operation
        return act(reading, world)

    return behave
