"""
The resources of one contract: ``/pets`` is a collection because ``/pets/{id}`` is its item.

``x-mock`` corrects it, on an operation or the document: ``{state: false}`` switches it off;
``{action: create, store: /pets, id: petId}`` says what inference cannot see, ``{taken: [data], shown: [data]}`` where
the item stands, and ``{page: {after: cursor, next: meta.next}}`` how a list is paged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from aegis_contracts import Contract, Operation
from aegis_mockserver.behaviours.resources._bodies import (
    answer_of,
    body_of,
    id_type,
    name_of,
    sent_by,
    sent_name,
    taken_at,
)
from aegis_mockserver.behaviours.resources._corrections import corrected, is_off
from aegis_mockserver.behaviours.resources._envelopes import Listed, item_at, list_at, number_at
from aegis_mockserver.behaviours.resources._names import id_names, id_steps, noun_of, plain, singular_of
from aegis_mockserver.behaviours.resources._owners import above, elsewhere, is_alike, tells_whose
from aegis_mockserver.behaviours.resources._paging import page_of
from aegis_mockserver.behaviours.resources._parts import whole_of
from aegis_mockserver.behaviours.resources._paths import BELOW, BESIDE, ITEM, NAMES, Paths, shape_of
from aegis_mockserver.behaviours.resources._resource import ACTIONS, Action, Identity, Resource, Steps, Use
from aegis_mockserver.behaviours.resources._shapes import FIRST, Shape
from aegis_mockserver.behaviours.resources._tasks import NOUNS, Task, task_of
from aegis_mockserver.behaviours.resources._verbs import COLLECTION, DELETES, MANY, METHODS, SEVERAL, is_end, several


class Catalogue:
    """
    What the operations of a contract do to which resources; each resource is worked out once, when it is asked for.

    Args:
        prefix: tells stores apart that two contracts would call the same.
    """

    def __init__(self, contract: Contract, prefix: str = "", clashing: frozenset[str] = frozenset()) -> None:
        self._contract = contract
        self._prefix = prefix
        self._clashing = clashing
        self._resources: dict[tuple[str, str], Resource | None] = {}
        self._paths = Paths(contract)
        self._at, self._parameter = self._paths.at, self._paths.parameter

    def __iter__(self) -> Iterator[tuple[Resource, list[Use]]]:
        """
        Go through the resources, each with what its operations do.
        """
        found: dict[str, tuple[Resource, list[Use]]] = {}
        for operation in self._contract.all_operations():
            try:
                meant = self.find(operation)
            except LookupError:
                continue
            if meant is not None:
                found.setdefault(meant[0].store, (meant[0], []))[1].append(meant[1])
        yield from found.values()

    def find(self, operation: Operation) -> tuple[Resource, Use] | None:
        """
        Return what an operation does to which resource; None where no resource is meant.

        Raises:
            LookupError: ``x-mock`` says what cannot be.
        """
        given = operation.extensions.get("x-mock")
        if is_off(self._contract.extensions.get("x-mock")) or is_off(given):
            return None
        said = cast("Mapping[str, Any]", given) if isinstance(given, dict) else {}
        collection, parameter, action, verb = self._place(operation)
        if "store" in said or "action" in said:
            action = said.get("action", action)
            if action not in ACTIONS:
                raise LookupError(f"x-mock: action {action!r} is none of {', '.join(ACTIONS)}")
            collection = str(said.get("store", collection))
            parameter = str(said.get("id", parameter or self._parameter(collection)))
        found = None if said else self._among(operation)
        found = found or self._meant(operation, collection, parameter, action, verb)
        if found is None and not said:
            found = self._above(operation) or self._alone(operation)
        return (found[0], corrected(found[1], operation, said)) if found is not None else None

    def _meant(
        self, operation: Operation, collection: str, parameter: str, action: Action | None, verb: str
    ) -> tuple[Resource, Use] | None:
        resource = self._resource(collection, parameter) if action else None
        if resource is None or action is None:
            return None
        use = self._use(resource, operation, action, verb)
        return (resource, use) if use is not None else None

    def _among(self, operation: Operation) -> tuple[Resource, Use] | None:
        """
        Take a path below an owner for some of the items that have their own path elsewhere.
        """
        path = self._paths.plain(operation.path)
        if "{" not in path or operation.method not in {"GET", "POST"} or ITEM.fullmatch(path) or self._parameter(path):
            return None
        asked = BESIDE.fullmatch(path) if operation.method == "POST" else None
        asked = asked if asked is None or asked[2].lower() != "create" else None
        below = asked[1] if asked is not None else path
        action: Action = "search" if asked is not None else "list" if operation.method == "GET" else "create"
        if self._parameter(below):
            return None
        made_here = "POST" in self._at(below) and ITEM.fullmatch(below) is None
        for collection, parameter in elsewhere(below, self._paths.items.values()):
            resource = self._resource(collection, parameter)
            use = self._use(resource, operation, action, "") if resource is not None else None
            answer = answer_of(operation)
            if resource is None or use is None or answer is None or use.action == "create many":
                continue
            shown = answer.at(use.shown)
            item = self._item(resource)
            alike = is_alike(shown if action == "create" else shown.items.at(use.entry), item)
            if alike and (made_here or tells_whose(below, resource, item)):
                return resource, replace(use, among=below)
        return None

    def _above(self, operation: Operation) -> tuple[Resource, Use] | None:
        """
        Take a list without an owner for the items of all: ``/pods`` where ``/namespaces/{namespace}/pods`` has items.
        """
        path = self._paths.plain(operation.path)
        if operation.method != "GET" or ITEM.fullmatch(path) or self._parameter(path):
            return None
        for collection, parameter in above(path, self._paths.items.values()):
            resource = self._resource(collection, parameter)
            use = self._use(resource, operation, "list", "") if resource is not None else None
            answer = answer_of(operation)
            if resource is None or use is None or answer is None:
                continue
            if is_alike(answer.at(use.shown).items.at(use.entry), self._item(resource)):
                return resource, replace(use, above=True)
        return None

    def _alone(self, operation: Operation) -> tuple[Resource, Use] | None:
        """
        Take an operation that answers with what is sent to it for one that keeps it, though nothing else reads it.
        """
        action: Action | None = {"POST": "create", "PUT": "replace", "PATCH": "update"}.get(operation.method)  # type: ignore[assignment]
        path = self._paths.plain(operation.path)
        answer, body = answer_of(operation), body_of(operation)
        if action is None or answer is None or self._parameter(path) or ITEM.fullmatch(path):
            return None
        noun = noun_of(path)
        item = answer.at(item_at(answer, id_names("id", noun), noun, sent_by(operation)))
        sent = {name for part in (body, *body.properties.values()) for name in part.properties}
        if not sent & item.properties.keys():
            return None
        return self._meant(operation, path, "id" if action == "create" else "", action, "")

    def task(self, operation: Operation, use: Use, resource: Resource) -> Task | None:
        """
        Find the task that an operation starts; None where it answers for itself.
        """
        candidates = ((one, self._item(one)) for one in self._addressed(every="202" in operation.responses))
        return task_of(operation, use, resource, candidates)

    def _addressed(self, *, every: bool) -> Iterator[Resource]:
        """
        Go through the resources whose items have a path of their own; only those called tasks unless *every* is meant.
        """
        for path, parameter, _ in self._paths.items.values():
            match = ITEM.fullmatch(path)
            if match is None or not (every or plain(singular_of(noun_of(match[1]))) in NOUNS):
                continue  # to look at all resources of a large contract takes long
            try:
                resource = self._resource(match[1], parameter)
            except LookupError:
                continue  # a reference that leads nowhere fails its own operations, and no others
            if resource is not None:
                yield resource

    def owner(self, path: str) -> Resource | None:
        """
        Return the resource whose item a path goes through last.
        """
        before, brace, _ = path.rpartition("}")
        match = ITEM.fullmatch(before + brace)
        if match is None or not self._parameter(match[1]):
            return None
        return self._resource(match[1], match[2] or match[3])

    def owned(self, path: str) -> Resource | None:
        """
        Return the resource whose item a path that is no item itself lies below.
        """
        path = self._paths.plain(path)
        return None if ITEM.fullmatch(path) else self.owner(path)

    def operations(self, resource: Resource) -> list[Operation]:
        """
        Return the operations on the resource's own two paths.
        """
        return self._paths.operations(resource.item, resource.collection)

    def _place(self, operation: Operation) -> tuple[str, str, Action | None, str]:
        """
        Return the collection's path, the item's template expression, the action, if there is one, and its verb.
        """
        path, method = self._paths.plain(operation.path), operation.method
        own = ITEM.fullmatch(path)
        # /articles/{id} is an item of /articles, whatever lies below it without a name: /articles/{user}/{slug}.
        listed = own is not None and shape_of(own[1]) in self._paths.shapes
        if (parameter := self._parameter(path)) and not listed:
            return path, parameter, COLLECTION.get(method), ""
        if match := ITEM.fullmatch(path):
            collection, parameter = match[1], match[2] or match[3]
            with_suffix = shape_of(collection) + (match[4] or "")
            if match[4] and with_suffix in self._paths.shapes:
                collection += match[4]
            return collection, parameter, METHODS.get(method), ""
        methods = self._at(path).keys()
        if "GET" in methods and methods & {"PUT", "PATCH"}:
            whole = whole_of(path, self._at)
            return (*whole[:2], METHODS.get(method), whole[2]) if whole else (path, "", METHODS.get(method), "")
        if match := BESIDE.fullmatch(path):
            verb, collection = re.sub("[/_-]", "", match[2].lower()), match[1] + (match[3] or "")
            parameter = self._parameter(collection) or ("id" if self._collects(collection, operation) else "")
            if parameter and (method == "POST" or verb not in MANY):
                return collection, parameter, several(verb, operation.method), verb
        if (match := BELOW.fullmatch(path)) and method in {"POST", "PUT", "PATCH"} and "GET" not in methods:
            item = ITEM.fullmatch(match[1])
            if item is not None:
                suffix = item[4] or ""
                collection = item[1] + (suffix if shape_of(item[1]) + suffix in self._paths.shapes else "")
                gone = match[2].lower() in DELETES and not body_of(operation).properties
                return collection, item[2] or item[3], "delete" if gone else "act", match[2]
        if match is not None and method == "DELETE" and methods & {"PUT", "POST"} and "GET" not in methods:
            item = ITEM.fullmatch(match[1])  # what PUT …/lock did is undone
            if item is not None and not match[2].lower().startswith("un"):
                return item[1], item[2] or item[3], "act", f"un{match[2]}"
        if self._collects(path):
            return path, "id", COLLECTION.get(method), ""
        return path, "", None, ""

    def _collects(self, path: str, beside: Operation | None = None) -> bool:
        """
        Say whether a path without items of their own lists what is posted to it, or *beside* it something does.
        """
        here, noun = self._at(path), noun_of(path)
        lists = here.get("GET", beside)
        if lists is None or "POST" not in here:
            return False
        names = id_names("id", noun)
        listed, made = answer_of(lists), answer_of(here["POST"])
        if listed is None or made is None or "array" in made.types:
            return False
        item = made.at(item_at(made, names, noun))
        found = list_at(listed, noun, names, item.properties)
        if found is None:
            return False
        shown = listed.at(found.steps).items.at(found.entry)
        return bool(shown.properties.keys() & item.properties.keys()) and bool(id_steps(shown.properties, names))

    def _resource(self, collection: str, parameter: str) -> Resource | None:
        key = (collection, parameter)
        if key not in self._resources:
            self._resources[key] = self._make(collection, parameter)
        return self._resources[key]

    def _make(self, collection: str, parameter: str) -> Resource | None:
        noun = noun_of(collection)
        names = id_names(parameter, noun)
        known = self._paths.items.get(shape_of(collection))
        item, suffix = f"{collection}/{{{parameter}}}" if parameter else collection, ""
        if known is not None and known[1] == parameter:
            item, suffix = known[0], known[2]
        seen = self._view(collection, item, parameter, names, noun)
        if seen is None:
            return None
        view, steps, shape = seen
        found = id_steps(shape.properties, names) if parameter else ()
        if len(found) == 1:
            sent = sent_name(self._at(collection).get("POST"), noun, view, parameter, shape, found[0])
            found = (sent,) if sent else found
        if parameter and not found:
            own = name_of(self._at(collection).get("POST"), parameter, names, shape, view, steps)
            found, names = ((own,), (*names, own)) if own else (found, names)
        store = collection or "/"
        if store in self._clashing:
            store = f"{self._prefix} {store}"
        identity = Identity(parameter, found, id_type(shape, found, view, parameter), names)
        owner = self.owner(collection)
        return Resource(
            store,
            collection,
            item,
            noun,
            identity,
            tuple(NAMES.findall(collection)),
            not parameter or known is not None,
            suffix,
            owner.collection if owner is not None else "",
            view.key,
            steps,
            bool(parameter) and "POST" not in {*self._at(collection), *self._at(f"{collection}/create")},
        )

    def _view(
        self, collection: str, item: str, parameter: str, names: tuple[str, ...], noun: str
    ) -> tuple[Operation, Steps, Shape] | None:
        """
        Choose the operation that shows an item best, and say where in its answer the item is.
        """
        at_item, at_collection = self._at(item), self._at(collection) if parameter else {}
        candidates = [at_item.get(method) for method in ("GET", "PUT", "PATCH", "POST")]
        candidates += [at_collection.get("POST"), at_item.get("DELETE")]
        known = sent_by(at_collection.get("POST"))
        best: tuple[Operation, Steps, Shape] | None = None
        for operation in candidates:
            shape = answer_of(operation) if operation is not None else None
            if operation is None or shape is None:
                continue
            steps = item_at(shape, names, noun, known)
            inner = shape.at(steps)
            if not inner.properties or (not steps and "array" in shape.types):
                continue
            if not parameter or id_steps(inner.properties, names):
                return operation, steps, inner
            best = best or (operation, steps, inner)
        listed = at_collection.get("GET")
        answer = answer_of(listed) if listed is not None and best is None and "PUT" in at_item else None
        found = list_at(answer, noun, names) if answer is not None else None
        if listed is not None and answer is not None and found is not None and "array" in answer.at(found.steps).types:
            steps = (*found.steps, FIRST, *found.entry)  # what only the list shows: PUT says that it is one of them
            return (listed, steps, answer.at(steps)) if id_steps(answer.at(steps).properties, names) else None
        return best

    def _use(self, resource: Resource, operation: Operation, action: Action, verb: str) -> Use | None:
        names, noun = resource.identity.names, resource.noun
        answer, item = answer_of(operation), self._item(resource)
        taken = taken_at(body_of(operation), item, resource)
        if action == "create" and (taken[-1:] == (FIRST,) or "array" in body_of(operation).types):
            action = "create many"
        beside = bool(resource.identity.parameter) and f"{{{resource.identity.parameter}}}" not in operation.path
        if action == "replace" and beside and ("array" in body_of(operation).types or taken[-1:] == (FIRST,)):
            action = "update many"
        if action == "delete many":
            return Use(operation.key, action, taken, verb=verb)
        if action == "count":
            counted = number_at(answer) if answer is not None else None
            return Use(operation.key, action, taken, counted, verb=verb) if counted is not None else None
        if action in {"list", "search", *SEVERAL}:
            found = list_at(answer, noun, names, item.properties) if answer is not None else None
            if found is None and action in SEVERAL and answer is not None:
                return None
            if found is None and action not in SEVERAL:
                return None
            where = found or Listed(())
            page = page_of(operation, answer, where.steps) if answer is not None and action not in SEVERAL else None
            if action in SEVERAL and taken[-1:] != (FIRST,):
                many = list_at(body_of(operation), noun, names, item.properties)
                if many is None:
                    return None
                taken = many.steps
            return Use(operation.key, action, taken, where.steps, where.entry, verb, page)
        shown = item_at(answer, names, noun, item.properties) if answer is not None else ()
        if action == "act":
            shares = answer.at(shown).properties.keys() & item.properties.keys() if answer is not None else set()
            alike = bool(shares) and len(shares) * 2 >= min(len(item.properties), 4)
            if "201" in operation.responses and answer is not None:
                # Something was made: it is another thing, unless it looks exactly like the item.
                alike = answer.at(shown).properties.keys() == item.properties.keys()
            empty = answer is None and is_end(verb)
            if not alike and not empty:
                return None
        return Use(operation.key, action, taken, shown, (), verb)

    def _item(self, resource: Resource) -> Shape:
        known = [*self._at(resource.item).values(), *self._at(resource.collection).values()]
        view = next((one for one in known if one.key == resource.view), None)
        shape = answer_of(view) if view is not None else None
        return shape.at(resource.steps) if shape is not None else Shape(True)
