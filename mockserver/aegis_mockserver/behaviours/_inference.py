"""
From the resources of some contracts to what answers for their operations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from aegis_contracts import Contract, Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items import _actions, _changes, _files, _removals, _tasks
from aegis_mockserver.behaviours.items._actions import Act
from aegis_mockserver.behaviours.items._among import Above, Among
from aegis_mockserver.behaviours.items._copies import copied
from aegis_mockserver.behaviours.items._kinds import Kind
from aegis_mockserver.behaviours.items._views import View
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.behaviours.lists import _several
from aegis_mockserver.behaviours.lists._counts import count
from aegis_mockserver.behaviours.lists._lists import Listing
from aegis_mockserver.behaviours.lists._many import many
from aegis_mockserver.behaviours.parts._excerpts import excerpt
from aegis_mockserver.behaviours.resources._catalogue import Catalogue
from aegis_mockserver.behaviours.resources._resource import Resource, Use
from aegis_mockserver.behaviours.resources._shapes import FIRST
from aegis_mockserver.behaviours.resources._verbs import COPIES
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World

log = logging.getLogger("aegis_mockserver")


def catalogues(contracts: Sequence[Contract]) -> dict[str, Catalogue]:
    """
    Make the catalogue of each contract, by its source; stores that two contracts would call the same are told apart.
    """
    found: dict[str, Catalogue] = {}
    seen: set[str] = set()
    for contract in contracts:
        paths = {path.rstrip("/") or "/" for path in contract.document.get("paths", {})}
        found[contract.source] = Catalogue(contract, contract.title, frozenset(seen & paths))
        seen |= paths
    return found


class Inference:
    """
    What a store says to each operation of some contracts.
    """

    def __init__(self, contracts: Sequence[Contract] = ()) -> None:
        self.catalogues = catalogues(contracts)
        self._wheres: dict[str, Where | None] = {}

    def find(self, contract: Contract, operation: Operation) -> Behave | None:
        """
        Return what a store says for *operation*, or None where no store is meant.
        """
        catalogue = self.catalogues.get(contract.source)
        if catalogue is None:
            catalogue = self.catalogues[contract.source] = Catalogue(contract)
        try:
            meant = catalogue.find(operation)
        except LookupError as error:
            log.warning("%s: no state inferred: %s", operation.key, error)
            return None
        if meant is None:
            owner = catalogue.owned(operation.path)
            act = _files.alone(operation)
        else:
            resource, use = meant
            where = self._where(catalogue, contract, resource)
            if where is not None and use.among:
                where = Among(where, use.among)
            where = Above(where) if where is not None and use.above else where
            act = _act(where, use, operation) if where is not None else None
            task = catalogue.task(operation, use, resource) if act is not None else None
            tasks = self._where(catalogue, contract, task.resource) if task is not None else None
            if act is not None and where is not None and task is not None and tasks is not None:
                act = _tasks.started(act, where, tasks, task, operation)
            owner = catalogue.owner(use.among or resource.collection) if not use.above else None
        owning = self._where(catalogue, contract, owner) if owner is not None else None
        if owning is not None and meant is not None and not meant[0].identity.parameter:
            act = excerpt(owning, meant[1], operation) or act
        if owning is not None or act is not None:  # who deletes an item forgets its bytes as well
            act = _files.carried(operation, act)
        act = _actions.owned(owning, act)
        return _behave(act) if act is not None else None

    def _where(self, catalogue: Catalogue, contract: Contract, resource: Resource) -> Where | None:
        key = f"{contract.source}|{resource.store}|{resource.identity.parameter}"
        if key not in self._wheres:
            operations = catalogue.operations(resource)
            names = resource.identity.names
            best = next((one for one in operations if one.key == resource.view), None)
            if best is None:
                self._wheres[key] = None
                return None
            view = View(best, resource.steps, names)
            others = _others(catalogue, operations, best)
            shows = [View(one, use.shown, names) for one, use in others]
            shows += [View(one, (*use.shown, FIRST, *use.entry)) for one, use in _listed(catalogue, operations)]
            kind = Kind(resource, view, tuple(shows))
            owner = catalogue.owner(resource.collection)
            owning = self._where(catalogue, contract, owner) if owner is not None else None
            lists = _lists(catalogue, operations)
            self._wheres[key] = Where(resource, kind, owning, lists)
        return self._wheres[key]


def _others(catalogue: Catalogue, operations: list[Operation], best: Operation) -> list[tuple[Operation, Use]]:
    """
    Return the further operations that answer with one item.
    """
    found: list[tuple[Operation, Use]] = []
    for operation in operations:
        if operation.key == best.key:
            continue
        try:
            meant = catalogue.find(operation)
        except LookupError:
            continue
        if meant is not None and meant[1].action in {"create", "read", "replace", "update", "delete"}:
            found.append((operation, meant[1]))
    return found


def _listed(catalogue: Catalogue, operations: list[Operation]) -> Iterator[tuple[Operation, Use]]:
    """
    Go through the operations that list the items.
    """
    for operation in operations:
        try:
            meant = catalogue.find(operation)
        except LookupError:
            continue
        if meant is not None and meant[1].action == "list":
            yield operation, meant[1]


def _lists(catalogue: Catalogue, operations: list[Operation]) -> Callable[[Where], Listing | None]:
    """
    Return what makes the list of a resource, when somebody asks for it.
    """

    def make(where: Where) -> Listing | None:
        found = next(_listed(catalogue, operations), None)
        return _listing(where, found[1], found[0]) if found is not None else None

    return make


def _listing(where: Where, use: Use, operation: Operation) -> Listing | None:
    view = View(operation)
    return Listing(operation, view, use, where) if view.checker is not None else None


def _act(where: Where, use: Use, operation: Operation) -> Act | None:
    names = where.resource.identity.names
    view = View(operation, use.shown, names)
    match use.action:
        case "create":
            return _actions.create(where, use, operation, view)
        case "create many":
            return many(where, use, operation, View(operation))
        case "update many":
            return _several.change(where, use, operation, View(operation))
        case "delete many":
            return _several.remove(where, use, operation, View(operation))
        case "count":
            return count(where, use, operation)
        case "list" | "search":
            listing = _listing(where, use, operation)
            if listing is None:
                return None
            return lambda reading, world: listing.answer(where.store(reading, world), reading, world)
        case "read":
            return _actions.read(where, operation, view)
        case "act" if use.verb.lower() in COPIES:
            return copied(where, use, operation, view)
        case "replace" | "update" | "act":
            return _changes.write(where, use, operation, view)
        case "delete":
            return _removals.delete(where, operation, view)


def _behave(act: Act) -> Behave:
    def behave(operation: Operation, reading: Reading, world: World) -> Answer | Problem | None:
        del operation
        return act(reading, world)

    return behave
