"""
What an OpenAPI document says, in its own words: operations, parameters, bodies, responses.

Thin, lazy views: nothing is read, resolved or compiled before somebody asks for it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from aegis_contracts._nodes import NOTHING, list_of, map_of, meant
from aegis_contracts.documents._documents import DanglingReferenceError, Place
from aegis_contracts.schemas._schema import Schema

if TYPE_CHECKING:
    # A contract has operations, and an operation knows its contract: the one circle of this room, and its subject.
    from aegis_contracts._contract import Contract

Location = Literal["path", "query", "header", "cookie", "querystring"]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_STYLES: dict[str, str] = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_NONE: Any = object()


class Element:
    """
    A part of a contract: its node with references followed, and its place.
    """

    def __init__(self, contract: Contract, node: Any, place: Place) -> None:
        resolved, self.place = contract.documents.follow(node, place)
        self.contract = contract
        written: Mapping[str, Any] = cast("Mapping[str, Any]", node) if isinstance(node, dict) else NOTHING
        self.node: Mapping[str, Any] = cast("Mapping[str, Any]", resolved) if isinstance(resolved, dict) else NOTHING
        self.description: str = str(self.node.get("description") or written.get("description") or "")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source}>"

    @property
    def source(self) -> str:
        """
        Say where the part stands, as ``file#/pointer``.
        """
        return self.contract.documents.shown(self.place)

    @cached_property
    def extensions(self) -> dict[str, Any]:
        """
        The part's ``x-`` members.
        """
        return {key: value for key, value in self.node.items() if key.startswith("x-")}

    def _schema(self) -> Schema | None:
        if "schema" not in self.node:
            return None
        return self.contract.schema_at(self.node["schema"], self.place.at("schema"))

    def _examples(self, media_type: str = "") -> dict[str, Example]:
        found: dict[str, Example] = {}
        if "example" in self.node:
            found["default"] = Example(self.contract, {"value": self.node["example"]}, self.place, "default", "example")
        for name, node in map_of(self.node, "examples").items():
            place = self.place.at("examples", name)
            found[name] = Example(self.contract, node, place, name, f"examples/{name}/value", media_type)
        return found

    def _content(self) -> dict[str, MediaType]:
        content = map_of(self.node, "content")
        return {
            media_type: MediaType(self.contract, node, self.place.at("content", media_type), media_type)
            for media_type, node in content.items()
            if node is None or isinstance(node, dict)
        }


class Example(Element):
    """
    An example of a parameter, request body or response, by name.
    """

    def __init__(
        self, contract: Contract, node: Any, place: Place, name: str, pointer: str, media_type: str = ""
    ) -> None:
        super().__init__(contract, node, place)
        self._is_json = media_type.partition(";")[0].strip().lower().endswith(("/json", "+json"))
        self.name = name
        self.summary: str = str(self.node.get("summary", ""))
        inside = pointer.split("/")[-1] if place.pointer.endswith(f"/{name}") else pointer
        self.value_place = Place(self.place.uri, f"{self.place.pointer}/{inside}")

    @property
    def has_value(self) -> bool:
        """
        Say whether there is a value: in the document, or in the file that ``externalValue`` names.
        """
        return self._value is not _NONE

    @property
    def value(self) -> Any:
        """
        The example instance; as it is serialised, where the document says only that.
        """
        return None if self._value is _NONE else self._value

    @cached_property
    def _value(self) -> Any:
        for field in ("value", "dataValue"):
            if field in self.node:
                return meant(self.contract.document, self.node[field])
        reference = self.node.get("externalValue")
        if isinstance(reference, str):
            try:
                return self.contract.documents.external(reference, self.place)
            except DanglingReferenceError:
                return _NONE
        serialized = self.node.get("serializedValue", _NONE)
        if isinstance(serialized, str) and self._is_json:
            with contextlib.suppress(ValueError):
                return json.loads(serialized)
        return serialized


class MediaType(Element):
    """
    One media type of a request body or response.
    """

    def __init__(self, contract: Contract, node: Any, place: Place, media_type: str) -> None:
        super().__init__(contract, node, place)
        self.media_type = media_type

    @cached_property
    def schema(self) -> Schema | None:
        """
        The schema of the content, if the contract gives one.
        """
        return self._schema()

    @cached_property
    def item_schema(self) -> Schema | None:
        """
        The schema of each item of a sequence (OpenAPI 3.2), if the contract gives one.
        """
        if "itemSchema" not in self.node:
            return None
        return self.contract.schema_at(self.node["itemSchema"], self.place.at("itemSchema"))

    @cached_property
    def examples(self) -> dict[str, Example]:
        """
        Examples by name; a single ``example`` is named ``default``.
        """
        return self._examples(self.media_type)

    @property
    def encoding(self) -> Mapping[str, Any]:
        """
        Encoding of form and multipart properties.
        """
        return map_of(self.node, "encoding")


class Parameter(Element):
    """
    A parameter of an operation; also a header of a response.
    """

    def __init__(self, contract: Contract, node: Any, place: Place, name: str | None = None) -> None:
        super().__init__(contract, node, place)
        self.name: str = name if name is not None else str(self.node.get("name", ""))
        self.location: Location = "header" if name is not None else cast("Location", self.node.get("in", "query"))
        self.required: bool = self.node.get("required", False) is True or self.location == "path"
        self.deprecated: bool = self.node.get("deprecated", False) is True
        self.style: str = str(self.node.get("style") or _STYLES.get(self.location, "form"))
        explode = self.node.get("explode")
        self.explode: bool = explode if isinstance(explode, bool) else self.style in {"form", "cookie"}
        self.allow_empty: bool = self.node.get("allowEmptyValue", False) is True and self.location == "query"
        self.allow_reserved: bool = self.node.get("allowReserved", False) is True

    @property
    def key(self) -> tuple[str, str]:
        """
        What makes a parameter unique: location and name (header names without case, RFC 9110 §5.1).
        """
        return (self.location, self.name.lower() if self.location == "header" else self.name)

    @cached_property
    def schema(self) -> Schema | None:
        """
        The schema, when the parameter is serialised by style.
        """
        return self._schema()

    @cached_property
    def content(self) -> MediaType | None:
        """
        The media type, when the parameter is serialised by one.
        """
        return next(iter(self._content().values()), None)

    @cached_property
    def examples(self) -> dict[str, Example]:
        """
        Examples by name.
        """
        return self._examples()


class RequestBody(Element):
    """
    The body that an operation takes.
    """

    @property
    def required(self) -> bool:
        """
        Say whether a request without a body is refused.
        """
        return self.node.get("required", False) is True

    @cached_property
    def content(self) -> dict[str, MediaType]:
        """
        Media types by name, in the contract's order.
        """
        return self._content()


class Response(Element):
    """
    One response of an operation.
    """

    def __init__(self, contract: Contract, node: Any, place: Place, status: str) -> None:
        super().__init__(contract, node, place)
        self.status = status

    @cached_property
    def content(self) -> dict[str, MediaType]:
        """
        Media types by name, in the contract's order; empty when the response has no body.
        """
        return self._content()

    @cached_property
    def headers(self) -> dict[str, Parameter]:
        """
        Headers by name as the contract writes them.
        """
        return {
            name: Parameter(self.contract, node, self.place.at("headers", name), name)
            for name, node in map_of(self.node, "headers").items()
            if name.lower() != "content-type"  # OpenAPI 3.1 §4.8.17: ignored here
        }

    @property
    def links(self) -> Mapping[str, Any]:
        """
        Links to other operations, as written.
        """
        return map_of(self.node, "links")


class Operation(Element):
    """
    One operation: a method on a path.
    """

    def __init__(self, contract: Contract, node: Any, place: Place, method: str, path: str, item: Element) -> None:
        super().__init__(contract, node, place)
        self.method = method
        self.path = path
        self.item = item
        operation_id = self.node.get("operationId")
        self.operation_id: str | None = operation_id if isinstance(operation_id, str) else None
        self.key: str = self.operation_id or f"{self.method} {path}"
        self.summary: str = str(self.node.get("summary") or item.node.get("summary") or "")
        self.deprecated: bool = self.node.get("deprecated", False) is True

    @property
    def pointer(self) -> str:
        """
        JSON pointer of the operation in its document.
        """
        return self.place.pointer

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """
        The operation's tags.
        """
        return tuple(list_of(self.node, "tags"))

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """
        The parameters, the path item's included; the operation's own win.
        """
        found: dict[tuple[str, str], Parameter] = {}
        for owner in (self.item, self):
            for index, node in enumerate(list_of(owner.node, "parameters")):
                parameter = Parameter(self.contract, node, owner.place.at("parameters", index))
                reserved = parameter.name.lower() in {"accept", "content-type", "authorization"}
                if parameter.location == "header" and reserved:
                    continue  # OpenAPI 3.1 §4.8.12.2.1: ignored, they belong to content and security
                found[parameter.key] = parameter
        return tuple(found.values())

    @cached_property
    def request_body(self) -> RequestBody | None:
        """
        The request body, if the operation takes one.
        """
        if "requestBody" not in self.node:
            return None
        return RequestBody(self.contract, self.node["requestBody"], self.place.at("requestBody"))

    @cached_property
    def responses(self) -> dict[str, Response]:
        """
        Responses by status code, range (``4XX``) or ``default``.
        """
        return {
            str(status).upper() if str(status) != "default" else "default": Response(
                self.contract, node, self.place.at("responses", status), str(status)
            )
            for status, node in map_of(self.node, "responses").items()
            if not str(status).startswith("x-")
        }

    def response(self, status: int) -> Response | None:
        """
        Return the response that describes *status*: the code itself, else its range, else ``default``.
        """
        responses = self.responses
        return responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")

    @cached_property
    def security(self) -> tuple[dict[str, tuple[str, ...]], ...]:
        """
        Alternatives, each scheme name → scopes; an empty tuple asks for nothing.
        """
        owner = self.node if "security" in self.node else self.contract.document
        return tuple(
            {name: tuple(scopes or ()) for name, scopes in choice.items()}
            for choice in list_of(owner, "security")
            if isinstance(choice, dict)
        )

    @cached_property
    def servers(self) -> tuple[Mapping[str, Any], ...]:
        """
        The servers that offer the operation: its own, else the path item's, else the document's.
        """
        for owner in (self.node, self.item.node, self.contract.document):
            if servers := tuple(server for server in list_of(owner, "servers") if isinstance(server, dict)):
                return servers
        return ({"url": "/"},)

    @cached_property
    def callbacks(self) -> dict[str, dict[str, tuple[Operation, ...]]]:
        """
        Callbacks: name → runtime expression → operations that the provider will call.
        """
        found: dict[str, dict[str, tuple[Operation, ...]]] = {}
        for name, node in map_of(self.node, "callbacks").items():
            callback = Element(self.contract, node, self.place.at("callbacks", name))
            found[name] = {
                expression: tuple(operations_of(self.contract, expression, item, callback.place.at(expression)))
                for expression, item in callback.node.items()
                if not expression.startswith("x-")
            }
        return found


def operations_of(contract: Contract, path: str, node: Any, place: Place) -> Iterator[Operation]:
    """
    Read the operations of one path item.
    """
    item = Element(contract, node, place)
    for method in METHODS:
        if isinstance(item.node.get(method), dict):
            yield Operation(contract, item.node[method], item.place.at(method), method.upper(), path, item)
    # As they are sent: a method is told apart by case (RFC 9110 §9.1).
    for method, extra in map_of(item.node, "additionalOperations").items():
        yield Operation(contract, extra, item.place.at("additionalOperations", method), method, path, item)
