"""
Whether a contract gives consumers what they need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aegis_contracts import Contract, MediaType, Operation
from aegis_contracts.compatibility import Node, Universe, allowed, required
from aegis_contracts.exchange import kind
from aegis_contracts.json_pointer import split
from aegis_verifier.diff import Asynchronous, template
from aegis_verifier.needs._needs import EventNeed, Needs, OperationNeed


@dataclass(frozen=True, slots=True)
class Unmet:
    """
    One need that a contract does not meet.

    Args:
        consumer: who would break.
        subject: the operation or event type.
        field: the pointer of what is missing; empty when all of it is.
        message: what is wrong with it.
    """

    consumer: str
    subject: str
    field: str
    message: str


def unmet(needs: Iterable[Needs], contracts: Iterable[Contract], events: Iterable[Asynchronous]) -> list[Unmet]:
    """
    List what consumers need and the contracts do not give, the fields of each operation and event by themselves.
    """
    offered, channels = list(contracts), list(events)
    found: list[Unmet] = []
    for need in needs:
        for operation in need.operations:
            subject = f"{operation.method} {operation.path}"
            said = _operation(operation, offered)
            found.extend(Unmet(need.consumer, subject, field, message) for field, message in said)
        for event in need.events:
            subject = f"{event.name}.v{event.version}" if event.version else event.name
            found.extend(Unmet(need.consumer, subject, field, said) for field, said in _event(event, channels))
    return found


def _operation(need: OperationNeed, contracts: list[Contract]) -> Iterator[tuple[str, str]]:
    for contract in contracts:
        if need.api not in {"", contract.title}:
            continue
        for operation in contract.all_operations():
            if operation.method == need.method and template(operation.path) == template(need.path):
                yield from _sent(need, operation)
                yield from _read(need, operation)
                return
    yield "", "is no longer offered"


def _sent(need: OperationNeed, operation: Operation) -> Iterator[tuple[str, str]]:
    universe = _universe(operation.contract, "request")
    known = {f"/{p.location}/{_name(p.location, p.name)}": p for p in operation.parameters if p.location != "path"}
    sent = {_pointer(field): field for field in need.sends}
    for pointer, field in sent.items():
        if pointer.startswith(("/query/", "/header/", "/cookie/")) and pointer not in known:
            yield field, "is no longer taken"
    for pointer, parameter in known.items():
        if parameter.required and pointer not in sent:
            yield pointer, "must be sent now"
    body = operation.request_body
    fields = {field: types for field, types in need.sends.items() if field.startswith("/body")}
    if body is None:
        yield from ((field, "is no longer taken: there is no body") for field in fields)
        return
    node = _schema(universe, body.content.values())
    if node is None:
        return
    for field, types in fields.items():
        yield from _place(universe, node, field, types, sends=True)
    if fields or body.required:
        for name in sorted(required(universe, node)):
            if f"/body/{name}" not in fields:
                yield f"/body/{name}", "must be sent now"


def _read(need: OperationNeed, operation: Operation) -> Iterator[tuple[str, str]]:
    universe = _universe(operation.contract, "response")
    for status, fields in need.reads.items():
        response = operation.responses.get(status) or (operation.response(int(status)) if status.isdigit() else None)
        if response is None:
            yield "", f"is no longer answered with {status}"
            continue
        headers = {name.lower() for name in response.headers}
        node = _schema(universe, response.content.values())
        for field, types in fields.items():
            if field.startswith("/header/"):
                if field.removeprefix("/header/").lower() not in headers:
                    yield field, f"is no longer a header of {status}"
            elif node is None:
                if not response.content:
                    yield field, f"is no longer there: {status} has no body"
            else:
                yield from _place(universe, node, field, types, sends=False)


def _event(need: EventNeed, documents: list[Asynchronous]) -> Iterator[tuple[str, str]]:
    for document in documents:
        universe = Universe(document.documents)
        for channel in document.channels.values():
            for message in channel.messages.values():
                if need.name not in {message.name, message.node.get("name")}:
                    continue
                if need.topic and need.topic != channel.address:
                    continue
                payload, place, _ = message.part("payload")
                node = universe.node(payload, place)
                if need.version and not _is_version(universe, node, need.version):
                    continue
                for field, types in need.reads.items():
                    yield from _place(universe, node, f"/body{field}", types, sends=False, shown=field)
                return
    yield "", "is no longer published"


def _is_version(universe: Universe, node: Node, version: int) -> bool:
    """
    Say whether messages may carry this version; those that carry none are of any.
    """
    from aegis_contracts.compatibility import Proved, compare

    document = universe.document((node,))
    if allowed(universe, node, ["version"]) is None:
        return True
    wanted = {"properties": {"version": {"const": version}}}
    return isinstance(compare(document, wanted).outcome, Proved)


def _place(
    universe: Universe, node: Node, field: str, types: tuple[str, ...], *, sends: bool, shown: str = ""
) -> Iterator[tuple[str, str]]:
    path = list(split(field.removeprefix("/body")))
    found = allowed(universe, node, path)
    if found is None:
        yield shown or field, "is no longer taken" if sends else "is no longer given"
    elif types and "any" not in found:
        wide = set(types) | ({"integer"} if "number" in types else set())
        odd = [t for t in types if t not in found and not (t == "integer" and "number" in found)] if sends else []
        new = [] if sends else [t for t in sorted(found) if t not in wide]
        if odd:
            yield shown or field, f"may no longer be {' or '.join(odd)}"
        if new and len(new) < 5:
            yield shown or field, f"may be {' or '.join(new)} now, and was {' or '.join(types)}"


def _schema(universe: Universe, content: Iterable[MediaType]) -> Node | None:
    for media in content:
        if kind(media.media_type) in {"json", "form", "multipart"} and "schema" in media.node:
            return universe.node(media.node["schema"], media.place.at("schema"))
    return None


def _universe(contract: Contract, way: Any) -> Universe:
    return Universe(contract.documents, contract.openapi_version, way, projector=contract.projector)


def _name(location: str, name: str) -> str:
    return name.lower() if location == "header" else name


def _pointer(field: str) -> str:
    return field.lower() if field.startswith("/header/") else field
