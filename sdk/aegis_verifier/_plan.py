"""
What a contract says about state: resources, how lists are paged, which operations redeem what was sent by message.

Found once per contract from paths, links, schemas and ``x-sdk``; plain values that cases read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from aegis_contracts import Contract, MediaType, Operation, Parameter, Response
from aegis_contracts.exchange import kind
from aegis_contracts.exchange._scalars import ALL_TYPES, items, members, types
from aegis_verifier import _names
from aegis_verifier._names import plain

_TEMPLATED = re.compile(r"\{([^{}]+)\}")
_ITEM = re.compile(r"(.*)/\{([^{}/]+)\}/?")
_ANSWERED: WeakKeyDictionary[Operation, dict[str, Any]] = WeakKeyDictionary()
_MARKED: WeakKeyDictionary[Operation, dict[tuple[str, str], frozenset[str]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Resource:
    """
    A collection and its items; a singleton, and a collection whose items have no path, have no parameter.
    """

    collection: str
    item: str
    parameter: str
    operations: Mapping[str, Operation] = field(repr=False)

    @property
    def noun(self) -> str:
        """
        The collection's last word, such as ``users``.
        """
        return next((part for part in reversed(self.collection.split("/")) if part and "{" not in part), "item")

    @property
    def id_names(self) -> list[str]:
        """
        Names that the id may have in answers.
        """
        return _names.ids(self.parameter, self.noun)

    def get(self, role: str) -> Operation | None:
        """
        Return the operation that is the resource's create, list, read, replace, update or delete.
        """
        return self.operations.get(role)


@dataclass(frozen=True)
class Paging:
    """
    How a list is paged.

    Args:
        style: cursor, offset, page, or empty where only the size can be asked for (or the answer links to the next).
        size: the parameter for the number of items.
        parameter: the one that says where a page begins.
        items: JSON pointer to the items, when the contract says it.
        next: JSON pointer to the next cursor, likewise.
    """

    style: str
    size: Parameter | None
    parameter: Parameter | None
    items: str = ""
    next: str = ""


class Plan:
    """
    What is known about the state behind one contract.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.operations: tuple[Operation, ...] = tuple(contract.operations.values())

    @cached_property
    def by_place(self) -> dict[tuple[str, str], Operation]:
        """
        Operations by method and path.
        """
        return {(operation.method, operation.path): operation for operation in self.operations}

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """
        The resources, in the contract's order; those with items before singletons.
        """
        paths = dict.fromkeys(operation.path for operation in self.operations)
        found: dict[str, Resource] = {}
        for path in paths:
            if match := _ITEM.fullmatch(path):
                found.setdefault(path, self._resource(match[1], path, match[2]))
        single = [self._singleton(path) or self._itemless(path) for path in paths if path not in found]
        collections = {resource.collection for resource in found.values()}
        return (*found.values(), *(one for one in single if one is not None and one.collection not in collections))

    def _resource(self, collection: str, item: str, parameter: str) -> Resource:
        roles = {
            "create": ("POST", collection),
            "list": ("GET", collection),
            "read": ("GET", item),
            "replace": ("PUT", item),
            "update": ("PATCH", item),
            "delete": ("DELETE", item),
        }
        operations = {role: self._at(*place) for role, place in roles.items()}
        if operations["update"] is None and (posted := self._at("POST", item)) is not None:
            operations["update"] = posted
        return Resource(collection, item, parameter, {k: v for k, v in operations.items() if v is not None})

    def _singleton(self, path: str) -> Resource | None:
        roles = {"read": "GET", "replace": "PUT", "update": "PATCH", "delete": "DELETE"}
        operations = {role: self._at(method, path) for role, method in roles.items()}
        kept = {role: operation for role, operation in operations.items() if operation is not None}
        return Resource(path, path, "", kept) if "read" in kept and kept.keys() & {"replace", "update"} else None

    def _itemless(self, path: str) -> Resource | None:
        create, listing = self._at("POST", path), self._at("GET", path)
        if create is None or listing is None or path.rstrip("/").endswith("}") or not _lists(listing):
            return None
        return Resource(path, path, "", {"create": create, "list": listing})

    def _at(self, method: str, path: str) -> Operation | None:
        return self.by_place.get((method, path)) or self.by_place.get((method, f"{path}/"))

    def creator(self, operation: Operation, parameter: str) -> Resource | None:
        """
        Find the resource whose item the path parameter names: by the path before it, else by the parameter's name.
        """
        before = operation.path.partition(f"{{{parameter}}}")[0]
        shape = _TEMPLATED.sub("{}", before) + "{}"
        makers = [r for r in self.resources if r.parameter and (r.get("create") or r.get("list"))]
        for resource in makers:
            if _TEMPLATED.sub("{}", resource.item) == shape:
                return resource
        return next((r for r in makers if r.parameter == parameter and r.get("create")), None)

    def referred(self, name: str) -> Resource | None:
        """
        Find the resource that a property of a body refers to, such as ``user_id``.
        """
        wanted = plain(name)
        return None if wanted in {"id", "name", "code", "key"} else self._referable.get(wanted)

    @cached_property
    def _referable(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in self.resources:
            if resource.get("create"):
                found.setdefault(plain(resource.parameter), resource)
                found.setdefault(f"{plain(_names.singular(resource.noun))}id", resource)
        return found

    def resource_of(self, operation: Operation) -> tuple[Resource, str] | None:
        """
        Say which resource an operation belongs to, and as what.
        """
        for resource in self.resources:
            for role, other in resource.operations.items():
                if other is operation:
                    return resource, role
        return None

    def paging(self, operation: Operation) -> Paging | None:
        """
        Say how a list is paged; None where it is not.
        """
        named = {plain(p.name): p for p in operation.parameters if p.location == "query"}

        def find(names: frozenset[str]) -> Parameter | None:
            return next((parameter for name, parameter in named.items() if name in names), None)

        told: Mapping[str, Any] = operation.extensions.get("x-sdk", {}).get("paginate") or {}
        size = find(_names.SIZES)
        place = (str(told.get("items", "")), str(told.get("next", "")))
        if told.get("cursor"):
            cursor = next((p for p in named.values() if p.name == told["cursor"]), None)
            return Paging("cursor", size, cursor, *place)
        for style, names in (("cursor", _names.CURSORS), ("offset", _names.OFFSETS), ("page", _names.PAGES)):
            if parameter := find(names):
                return Paging(style, size, parameter, *place)
        return Paging("", size, None, *place) if size is not None and _counted(size) else None

    @staticmethod
    def precondition(operation: Operation) -> Parameter | None:
        """
        Return the parameter that says which version of an item a change is meant for, where it must be said.
        """
        found = next((p for p in operation.parameters if p.location == "header" and plain(p.name) == "ifmatch"), None)
        return found if found is not None and (found.required or "428" in operation.responses) else None

    def reading(self, operation: Operation) -> Operation | None:
        """
        Find the operation that reads what an operation changes: at its own path, or at the item's above it.
        """
        path = operation.path
        while path:
            if (found := self._at("GET", path)) is not None and (path == operation.path or path.endswith("}")):
                return found
            path = path.rpartition("/")[0]
        return None

    @staticmethod
    def idempotency(operation: Operation) -> Parameter | None:
        """
        Return the parameter that makes repeating safe.
        """
        return next((p for p in operation.parameters if plain(p.name) in _names.IDEMPOTENCY), None)


def _lists(operation: Operation) -> bool:
    """
    Say whether an operation answers a list, bare or in an envelope.
    """
    for response in success(operation):
        media = json_media(response.content)
        if media is not None and media.schema is not None:
            root = media.schema.projected("response")
            inner = members(root, root).values()
            kinds = [types(schema, root) for schema in (root, *inner)]
            return any("array" in allowed and allowed != ALL_TYPES for allowed in kinds)
    return False


def _counted(parameter: Parameter) -> bool:
    schema = parameter.schema
    return schema is not None and "integer" in types(schema.projected("request"))


def success(operation: Operation) -> Iterator[Response]:
    """
    Go through the declared responses that mean success.
    """
    for status, response in operation.responses.items():
        if status[:1] == "2":
            yield response


def json_media(content: Mapping[str, MediaType]) -> MediaType | None:
    """
    Return the first JSON media type.
    """
    return next((media for name, media in content.items() if kind(name) == "json"), None)


def answered(operation: Operation) -> dict[str, Any]:
    """
    Collect the properties that a successful answer may have at its item: its own, or those one level inside.

    Values are projected schemas, for looking at only.
    """
    known = _ANSWERED.get(operation)
    if known is not None:
        return known
    found: dict[str, Any] = {}
    for response in success(operation):
        media = json_media(response.content)
        if media is None or media.schema is None:
            continue
        root = media.schema.projected("response")
        own = members(root, root)
        inner = items(root, root)
        own = own or members(inner, root)
        for name, schema in own.items():
            found.setdefault(name, schema)
            for nested, below in members(schema, root).items():
                found.setdefault(nested, below)
            for nested, below in members(items(schema, root), root).items():
                found.setdefault(nested, below)
    _ANSWERED[operation] = found
    return found


def marked(operation: Operation, mark: str, *, where: str) -> frozenset[str]:
    """
    Name the properties of the item that carry ``readOnly`` or ``writeOnly``, in requests or in answers.
    """
    known = _MARKED.setdefault(operation, {})
    if (mark, where) not in known:
        known[mark, where] = frozenset(_marks(operation, mark, where))
    return known[mark, where]


def _marks(operation: Operation, mark: str, where: str) -> Iterator[str]:
    contents: list[Mapping[str, MediaType]] = []
    if where == "request" and operation.request_body is not None:
        contents = [operation.request_body.content]
    elif where == "response":
        contents = [response.content for response in success(operation)]
    for content in contents:
        media = json_media(content)
        if media is not None and media.schema is not None:
            yield from _marked(operation.contract, media.schema.node, media.schema.place, mark, 0)


def _marked(contract: Contract, node: Any, place: Any, mark: str, depth: int) -> Iterator[str]:
    if depth > 6 or not isinstance(node, dict):
        return
    node, place = contract.documents.follow(node, place)
    if not isinstance(node, dict):
        return
    for name, schema in (node.get("properties") or {}).items():
        target, where = contract.documents.follow(schema, place) if isinstance(schema, dict) else (schema, place)
        own = isinstance(schema, dict) and schema.get(mark) is True
        if own or (isinstance(target, dict) and target.get(mark) is True):
            yield name
        elif depth < 2 and isinstance(target, dict) and target.get("properties"):
            yield from _marked(contract, target, where, mark, depth + 2)
    for index, part in enumerate(node.get("allOf") or ()):
        yield from _marked(contract, part, place.at("allOf", index), mark, depth + 1)
