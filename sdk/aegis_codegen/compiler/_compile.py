"""
A contract's whole plan.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, cast

from aegis_codegen._names import pascal, resource_class, resource_name, snake
from aegis_codegen.compiler._operations import Operations, retry_statuses
from aegis_codegen.compiler._order import ordered
from aegis_codegen.compiler._problems import problems
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._schemas import Schemas
from aegis_codegen.plan import Api, Enumeration, Operation, Resource
from aegis_contracts import Contract, DanglingReferenceError


def compile_contract(contract: Contract, parent: str = "") -> Api:
    """
    Plan the SDK of *contract*, to go into the package *parent*.

    Raises:
        ContractError: it says something that the SDK could not carry; every such place is told.
    """
    refusals = Refusals(contract)
    try:
        return _planned(contract, parent, refusals, ())
    except _Clash as clash:
        return _planned(contract, parent, Refusals(contract), clash.names)


class _Clash(Exception):  # noqa: N818 -- tells what to avoid the second time
    """
    Models have the names of the client or of its errors; all of those are known only when everything was read.
    """

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.names = names


def _planned(contract: Contract, parent: str, refusals: Refusals, taken: Collection[str]) -> Api:
    x = cast("dict[str, Any]", contract.extensions.get("x-sdk") or {})
    package = snake(str(x.get("package") or contract.title))
    client = str(x.get("client") or f"{pascal(package)}Client")
    family = str(x.get("error") or f"{pascal(package)}Error")
    schemas = Schemas(contract, refusals, taken)
    if contract.webhooks and "webhooks" not in x.get("ignore", ()):
        refusals.refuse(
            contract.root.at("webhooks"), "webhooks", "has webhooks, which a client does not receive",
            "add x-sdk: {ignore: [webhooks]} to say that something else receives them",
        )  # fmt: skip
    compiler = Operations(contract, schemas, refusals)
    operations: list[Operation] = []
    for source in contract.all_operations():
        try:
            operations.append(compiler.operation(source))
        except DanglingReferenceError as error:
            refusals.refuse(
                source.place, "reference", f"refers to {error.reference}, which {error.reason}", "mend the reference"
            )
    _refuse_twins(contract, operations, refusals)
    if not any(True for _ in contract.all_operations()):
        refusals.refuse(contract.root, "no-operations", "has no operation that could be called", "describe its paths")
    retry = retry_statuses(x, contract.root.at("x-sdk"), refusals)
    try:
        found = problems(contract, refusals, family)
    except DanglingReferenceError:
        refusals.raise_if_any()  # the operation that refers to nothing has been refused with its place
        raise
    refusals.raise_if_any()
    wanted = {client, f"Async{client}", family, *(problem.class_name for problem in found)}
    if not taken and any(name in wanted for name, _ in schemas.definitions):
        raise _Clash(wanted)
    # An enumeration that is only sent has its class of names among the models all the same.
    for (name, direction), definition in list(schemas.definitions.items()):
        if direction == "write" and isinstance(definition, Enumeration):
            _classed(name, definition, schemas)
    circuit = cast("dict[str, Any]", x.get("circuit_breaker") or {})
    return Api(
        source=contract.source,
        package=package,
        client=client,
        env=str(x.get("env") or package.upper()),
        title=contract.title,
        version=contract.version,
        description=str(contract.info.get("description") or contract.info.get("summary") or "").strip(),
        server=_server(contract),
        timeout=float(x.get("timeout", 30)),
        connect_timeout=float(x.get("connect_timeout", 5)),
        failures=int(circuit.get("failures", 5)),
        recovery=float(circuit.get("recovery", 60)),
        error=family,
        resources=_resources(contract, operations),
        problems=found,
        models=ordered(schemas.definitions, "read"),
        inputs=ordered(schemas.definitions, "write"),
        parent=parent,
        retry=retry,
    )


def _classed(name: str, written: Enumeration, schemas: Schemas) -> None:
    """
    Give an enumeration that is sent the class of the one that is read, or one of its own.
    """
    place = schemas.places[name, "write"]
    reads = next((other for (other, way), there in schemas.places.items() if way == "read" and there == place), None)
    if reads is None:
        reads = schemas.name(name.removesuffix("Input"), "read")
        schemas.places[reads, "read"] = place
        schemas.define(Enumeration(reads, "read", written.members, written.description, written.deprecated))
    schemas.define(replace(written, reads=reads))


def _resources(contract: Contract, operations: list[Operation]) -> tuple[Resource, ...]:
    described = {
        resource_name(str(tag.get("name"))): str(tag.get("description") or "").strip()
        for tag in contract.document.get("tags", ())
    }
    names = dict.fromkeys(operation.resource for operation in operations)
    return tuple(
        Resource(
            name,
            resource_class(name),
            described.get(name, ""),
            tuple(operation for operation in operations if operation.resource == name),
        )
        for name in names
    )


def _refuse_twins(contract: Contract, operations: list[Operation], refusals: Refusals) -> None:
    seen: dict[tuple[str, str], str] = {}
    identifiers: set[str] = set()
    for operation, source in zip(operations, contract.all_operations(), strict=False):
        key = (operation.resource, operation.python)
        if key in seen:
            refusals.refuse(
                source.place, "same-method", f"would be {'.'.join(key)} like {seen[key]}",
                "give it another x-sdk: {resource, method}",
            )  # fmt: skip
        if operation.operation_id in identifiers:
            refusals.refuse(
                source.place, "same-operation-id", f"has the operationId {operation.operation_id} a second time",
                "give each operation its own",
            )  # fmt: skip
        identifiers.add(operation.operation_id)
        seen[key] = operation.operation_id


def _server(contract: Contract) -> str:
    servers: list[dict[str, Any]] = contract.document.get("servers") or [{}]
    url = str(servers[0].get("url", ""))
    for name, variable in servers[0].get("variables", {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")))
    return url if "://" in url else ""
