"""
A contract: one OpenAPI 3.x document with everything that it refers to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aegis_contracts._model import Element, Operation, operations_of
from aegis_contracts._violation import ContractError, Finding
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.documents._titled import Titled
from aegis_contracts.json_pointer import join
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._projection import Projector
from aegis_contracts.schemas._schema import Schema

if TYPE_CHECKING:
    from aegis_contracts.schemas._entangled import Entangled

SUPPORTED = ("3.0", "3.1", "3.2")


def load(
    source: str | Path | Mapping[str, Any],
    *,
    name: str = "document",
    convert_swagger: bool = False,
    hosts: Iterable[str] = (),
) -> Contract:
    """
    Open an OpenAPI 3.0, 3.1 or 3.2 document: a JSON or YAML file, a web address, or data.

    Only what makes a contract readable at all is checked here; ``aegis_contracts.lint`` says everything else.

    Args:
        name: what a document that is data is called in messages.
        convert_swagger: read Swagger 2.0 as OpenAPI 3.0.
        hosts: that a document from the web may read from, beside its own.

    Raises:
        ContractError: it cannot be read, or is no OpenAPI 3.x document.
    """
    documents = Documents.open(source, name, hosts)
    data = documents.data
    root = Place(documents.root, "")
    if not isinstance(data, dict):
        message = "is no OpenAPI document: it is not an object"
        refusal = documents.finding(root, "not-openapi", message, "begin with openapi: 3.1.1")
        raise ContractError(documents.located([refusal]))
    if convert_swagger and str(data.get("swagger", "")).startswith("2."):
        from aegis_contracts.documents._swagger import converted

        documents.data = data = converted(cast("dict[str, Any]", data))
    if refused := _unsupported(cast("dict[str, Any]", data), documents, root):
        raise ContractError(documents.located([refused]))
    return Contract(documents)


def _unsupported(data: dict[str, Any], documents: Documents, root: Place) -> Finding | None:
    version = data.get("openapi")
    if isinstance(version, str) and version.startswith(SUPPORTED):
        if not isinstance(data.get("paths", {}), dict):
            return documents.finding(root.at("paths"), "structure", "must be an object", "write paths by name")
        return None
    if "swagger" in data:
        message = f"is Swagger {data['swagger']}, which is not supported"
        return documents.finding(root.at("swagger"), "swagger-2", message, "convert it to OpenAPI 3 first")
    if "asyncapi" in data:
        message = "is an AsyncAPI document, not an OpenAPI document"
        return documents.finding(root.at("asyncapi"), "not-openapi", message, "name it where events are expected")
    if version is None:
        message = "has no field openapi, so it is no OpenAPI document"
        return documents.finding(root, "missing-openapi", message, "begin with openapi: 3.1.1")
    message = f"says openapi: {version!r}; supported are {', '.join(SUPPORTED)}"
    return documents.finding(root.at("openapi"), "openapi-version", message, 'write openapi: "3.1.1"')


class Contract(Titled):
    """
    An OpenAPI document, read lazily.
    """

    _untitled = "untitled API"

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self.openapi_version: str = str(self.document["openapi"])
        self.projector = Projector(documents, self.openapi_version)
        self.projector.entangled = self._all_schemas
        self._entangled: dict[Direction, Entangled] = {}
        self._schemas: dict[Place, Schema] = {}

    def __repr__(self) -> str:
        return f"<Contract {self.title} {self.version} ({self.source})>"

    @property
    def version(self) -> str:
        """
        The API's version.
        """
        return str(self.info.get("version", ""))

    @cached_property
    def extensions(self) -> dict[str, Any]:
        """
        The document's ``x-`` members.
        """
        return {key: value for key, value in self.document.items() if key.startswith("x-")}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """
        Operations by operationId, or by ``METHOD /path`` where there is none (or where it is taken).
        """
        found: dict[str, Operation] = {}
        for operation in self.all_operations():
            key = operation.key if operation.key not in found else f"{operation.method} {operation.path}"
            found[key] = operation
        return found

    def all_operations(self) -> Iterator[Operation]:
        """
        Read every operation under ``paths``, in the document's order.
        """
        for path, item in self.document.get("paths", {}).items():
            if path.startswith("/") and isinstance(item, dict):
                yield from operations_of(self, path, item, self.root.at("paths", path))

    @cached_property
    def webhooks(self) -> dict[str, tuple[Operation, ...]]:
        """
        Webhooks by name: operations that the provider calls.
        """
        return {
            name: tuple(operations_of(self, name, item, self.root.at("webhooks", name)))
            for name, item in self.document.get("webhooks", {}).items()
        }

    @cached_property
    def security_schemes(self) -> dict[str, Element]:
        """
        Security schemes by name.
        """
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        place = self.root.at("components", "securitySchemes")
        return {name: Element(self, node, place.at(name)) for name, node in schemes.items()}

    @cached_property
    def component_schemas(self) -> dict[str, Schema]:
        """
        The schemas under ``components``, by name.
        """
        schemas = self.document.get("components", {}).get("schemas", {})
        place = self.root.at("components", "schemas")
        return {name: self.schema_at(node, place.at(name)) for name, node in schemas.items()}

    def schema(self, pointer: str) -> Schema:
        """
        Return the schema at a JSON pointer such as ``#/components/schemas/User``.

        Raises:
            DanglingReferenceError: nothing is there.
        """
        place = Place(self.documents.root, pointer.removeprefix("#"))
        return self.schema_at(self.documents.node(place, pointer), place)

    def schema_at(self, node: Any, place: Place) -> Schema:
        """
        Return the schema *node*, which stands at *place*; the same place gives the same object.

        A schema that only refers is the schema that it refers to, so that each is compiled once.
        """
        while isinstance(node, dict) and len(node) == 1 and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            target = self.documents.target(reference, place)
            if target == place:
                break
            try:
                node, place = self.documents.node(target, reference), target
            except DanglingReferenceError:
                if not self.documents.tolerant:
                    raise
                node = True
        found = self._schemas.get(place)
        if found is None:
            found = self._schemas[place] = Schema(self.documents, self.projector, node, place)
        return found

    def resolve(self, node: Any) -> Any:
        """
        Follow ``$ref`` from a node of the root document.
        """
        return self.documents.follow(node, self.root)[0]

    def _all_schemas(self, direction: Direction) -> Entangled:
        found = self._entangled.get(direction)
        if found is None:
            from aegis_contracts.schemas._entangled import Entangled

            found = self._entangled[direction] = Entangled(self._bodies(direction), self.projector, direction)
        return found

    def _bodies(self, direction: Direction) -> Iterator[Schema]:
        """
        Find the schemas of the components and of what travels in one direction.
        """
        yield from self.component_schemas.values()
        for operation in self.all_operations():
            body = operation.request_body
            owners = [body.content] if direction != "response" and body is not None else []
            if direction != "request":
                owners += [response.content for response in operation.responses.values()]
            for content in owners:
                for media in content.values():
                    if media.schema is not None:
                        yield media.schema

    @staticmethod
    def pointer(*steps: str | int) -> str:
        """
        Write steps as a JSON pointer.
        """
        return join(*steps)
