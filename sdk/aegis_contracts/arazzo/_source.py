"""
One source of a description, and what stands in it: operations of an OpenAPI document, channels of an AsyncAPI one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aegis_contracts import json_pointer
from aegis_contracts._contract import Contract
from aegis_contracts._model import Operation
from aegis_contracts.arazzo._description import Description, Part
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_shell import did_you_mean

_ACTIONS = {"publish": "receive", "subscribe": "send"}


class NowhereError(LookupError):
    """
    What a step names is not there.

    Args:
        mend: the nearest name, or what to do.
    """

    def __init__(self, message: str, mend: str = "", rule: str = "reference") -> None:
        super().__init__(message)
        self.mend = mend
        self.rule = rule


@dataclass(frozen=True)
class SourceChannel:
    """
    A channel of an AsyncAPI document.

    Args:
        protocols: of the document's servers; empty where it names none.
        messages: what may come over it.
    """

    source: Source
    name: str
    node: Mapping[str, Any]
    place: Place
    protocols: frozenset[str]
    messages: tuple[tuple[Mapping[str, Any], Place], ...]

    @property
    def topic(self) -> str:
        """
        The Kafka topic.
        """
        bindings = self.node.get("bindings")
        kafka = bindings.get("kafka") if isinstance(bindings, dict) else None
        topic = kafka.get("topic") if isinstance(kafka, dict) else None
        return str(topic or self.node.get("address") or self.name)


@dataclass
class Source:
    """
    One source description with its document.
    """

    name: str
    part: Part
    type: Literal["openapi", "asyncapi", "arazzo"]
    contract: Contract | None = None
    description: Description | None = None
    documents: Documents | None = None

    @property
    def operation_ids(self) -> list[str]:
        """
        The names of what can be called in it.
        """
        if self.contract is not None:
            return [operation.operation_id for operation in self.contract.operations.values() if operation.operation_id]
        if self.description is not None:
            return list(self.description.workflows)
        return list(_channel_operations(self))


def operation_in(source: Source, identifier: str) -> Operation | SourceChannel:
    """
    Find an operation of a source by its id.

    Raises:
        NowhereError: it has none of that name.
    """
    if source.contract is not None:
        for operation in source.contract.operations.values():
            if operation.operation_id == identifier:
                return operation
    elif source.documents is not None:
        channel = _channel_operations(source).get(identifier)
        if channel is not None:
            return _channel(source, channel[0], channel[1])
    known = source.operation_ids
    mend = did_you_mean(identifier, known) or (f"known are {', '.join(known[:10])}" if known else "")
    raise NowhereError(f"{source.name} has no operation {identifier!r}", mend)


def operation_at(contract: Contract, steps: tuple[str, ...]) -> Operation:
    """
    Find the operation at a pointer.

    Raises:
        NowhereError: there is none.
    """
    found = [o for o in contract.operations.values() if o.place.pointer == json_pointer.join(*steps)]
    path = steps[1] if len(steps) > 1 and steps[0] == "paths" else ""
    here = [o for o in contract.operations.values() if o.path == path]
    if not found and len(steps) == 3:
        found = [o for o in here if o.method.lower() == steps[2].lower()]
    # The specification's own example of 1.0 names a path alone; with one operation there it is plain.
    if not found and len(steps) == 2 and len(here) == 1:
        found = here
    if found:
        return found[0]
    paths = list(dict.fromkeys(o.path for o in contract.operations.values()))
    if here:
        raise NowhereError(f"{path} has no such operation", f"it has {', '.join(o.method.lower() for o in here)}")
    mend = did_you_mean(path, paths) or f"known are {', '.join(paths[:10])}"
    raise NowhereError(f"there is no operation at #{json_pointer.join(*steps)}", mend)


def channel_at(source: Source, steps: tuple[str, ...]) -> SourceChannel:
    """
    Find the channel, or the channel of the operation, at a pointer.

    Raises:
        NowhereError: there is none.
    """
    assert source.documents is not None
    channels = source.documents.data.get("channels")
    known: Mapping[str, Any] = channels if isinstance(channels, dict) else {}
    if len(steps) == 2 and steps[0] == "channels" and steps[1] in known:
        return _channel(source, Place(source.documents.root, json_pointer.join(*steps)), ())
    operations = _channel_operations(source)
    if len(steps) == 2 and steps[0] == "operations" and steps[1] in operations:
        return _channel(source, *operations[steps[1]])
    mend = did_you_mean(steps[-1] if steps else "", known) or f"known are {', '.join(list(known)[:10])}"
    raise NowhereError(f"{source.name} has no channel at #{json_pointer.join(*steps)}", mend)


def _channel_operations(source: Source) -> dict[str, tuple[Place, tuple[Any, ...]]]:
    """
    Find the operations of an AsyncAPI document: id → its channel's place, and its own messages.
    """
    documents = source.documents
    if documents is None:
        return {}
    data, root = documents.data, Place(documents.root, "")
    found: dict[str, tuple[Place, tuple[Any, ...]]] = {}
    operations = data.get("operations")
    for name, node in operations.items() if isinstance(operations, dict) else ():
        operation, place = documents.follow(node, root.at("operations", name))
        channel = operation.get("channel") if isinstance(operation, dict) else None
        if isinstance(channel, dict) and isinstance(channel.get("$ref"), str):
            found[name] = (documents.target(channel["$ref"], place), tuple(operation.get("messages") or ()))
    channels = data.get("channels")
    for name, node in channels.items() if isinstance(channels, dict) else ():
        for action in _ACTIONS:
            operation = node.get(action) if isinstance(node, dict) else None
            if isinstance(operation, dict) and isinstance(operation.get("operationId"), str):
                message = operation.get("message")
                one_of = message.get("oneOf") if isinstance(message, dict) else None
                messages = one_of or ([message] if message else [])
                found[operation["operationId"]] = (root.at("channels", name), tuple(messages))
    return found


def _channel(source: Source, place: Place, messages: tuple[Any, ...]) -> SourceChannel:
    documents = source.documents
    assert documents is not None
    try:
        node, _ = documents.follow(documents.node(place), place)
        own = node.get("messages")
        listed = messages or tuple(own.values() if isinstance(own, dict) else ())
        followed = tuple(documents.follow(message, place) for message in listed)
    except DanglingReferenceError as error:
        raise NowhereError(f"the channel of {source.name} cannot be read: {error}", "aegis lint says where") from None
    servers = documents.data.get("servers")
    protocols = frozenset(
        str(server.get("protocol", "")).lower()
        for server in (servers.values() if isinstance(servers, dict) else ())
        if isinstance(server, dict)
    )
    name = json_pointer.split(place.pointer)[-1]
    kept = tuple((message, at) for message, at in followed if isinstance(message, dict))
    return SourceChannel(source, name, node, place, protocols - {""}, kept)
