"""
The documents that a description is about: opened once, by name; and the operations, channels and workflows in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

from aegis_contracts import json_pointer
from aegis_contracts._contract import Contract, load
from aegis_contracts._model import Operation
from aegis_contracts._violation import ContractError
from aegis_contracts.arazzo._description import Description, Part, Step, Workflow, load_arazzo
from aegis_contracts.arazzo._expressions import ExpressionError, parse, pieces
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_shell import did_you_mean

_WEB = ("http://", "https://")
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
class Channel:
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


class Sources:
    """
    The sources of one description, and of those that it refers to.

    Args:
        named: name of a source description → the file that stands for it.
        contracts: that are open already; one stands for the source that is the same document, or has its file's name.
            Those that are opened join them.
    """

    def __init__(
        self,
        description: Description,
        named: Mapping[str, str] | None = None,
        contracts: list[Contract] | None = None,
        others: dict[str, Sources] | None = None,
    ) -> None:
        self.description = description
        self._named = dict(named or {})
        self._contracts = contracts if contracts is not None else []
        # Every description is opened once, however many refer to it: they may refer to each other.
        self._others: dict[str, Sources] = {} if others is None else others
        self._others[description.identity] = self
        self._opened: dict[str, Source | NowhereError] = {}
        self._parts = {str(part.get("name", "")): part for part in description.source_descriptions()}

    def names(self) -> list[str]:
        """
        The names of the source descriptions.
        """
        return list(self._parts)

    def source(self, name: str) -> Source:
        """
        Open a source.

        Raises:
            NowhereError: there is none of that name, or its document cannot be read.
        """
        part = self._parts.get(name)
        if part is None:
            mend = did_you_mean(name, self._parts) or f"known are {', '.join(self._parts)}"
            raise NowhereError(f"there is no source description {name!r}", mend)
        if name not in self._opened:
            try:
                self._opened[name] = self._open(name, part)
            except ContractError as error:
                first = error.findings[0]
                said = f"the document of {name!r} cannot be read: {first.source} {first.message}"
                self._opened[name] = NowhereError(said, first.mend, "source")
            except NowhereError as error:
                self._opened[name] = error
        found = self._opened[name]
        if isinstance(found, NowhereError):
            raise found
        return found

    def _open(self, name: str, part: Part) -> Source:
        url = str(part.get("url", ""))
        given = self._named.get(name)
        if given is not None:
            path = given
        else:
            uri = urljoin(self.description.identity, url)
            here = urljoin(self.description.documents.root, url)
            contract = self._known(uri, here)
            if contract is not None:
                return Source(name, part, "openapi", contract=contract)
            if uri in self._others:
                return Source(name, part, "arazzo", description=self._others[uri].description)
            if here.startswith("file:"):
                path = unquote(urlsplit(here).path)
            elif here.startswith(_WEB) and self.description.documents.root.startswith(_WEB):
                path = here
            elif urlsplit(uri).scheme:
                mend = f"name a file that stands for it: --source {name}=FILE"
                raise NowhereError(f"{url} is on the web, and is not fetched", mend, "source")
            else:
                path = str(Path(self.description.source).parent / url)
        return self._read(name, part, path)

    def _known(self, *uris: str) -> Contract | None:
        for contract in self._contracts:
            own = contract.document.get("$self")
            if contract.documents.root in uris or (isinstance(own, str) and own in uris):
                return contract
        remote = [uri for uri in uris if uri.startswith(_WEB)]
        named = [uri.rsplit("/", 1)[-1] for uri in remote]
        return next((c for c in self._contracts if c.documents.root.rsplit("/", 1)[-1] in named), None)

    def _read(self, name: str, part: Part, path: str) -> Source:
        shown = path
        folder = Path(self.description.source).parent.absolute()
        if not path.startswith(_WEB) and Path(path).is_relative_to(folder):
            shown = str(Path(self.description.source).parent / Path(path).relative_to(folder))
        documents = Documents.open(shown if Path(shown).exists() else path)
        data: dict[str, Any] = documents.data if isinstance(documents.data, dict) else {}
        said = part.get("type")
        kind = next((k for k in ("arazzo", "asyncapi") if k in data), "openapi")
        if said is not None and said != kind:
            mend = f"write type: {kind}, or name another document"
            raise NowhereError(f"{shown} is no {said} document", mend, "source")
        if kind == "arazzo":
            other = load_arazzo(shown)
            if other.identity not in self._others:
                Sources(other, self._named, self._contracts, self._others)
            return Source(name, part, "arazzo", description=self._others[other.identity].description)
        if kind == "asyncapi":
            return Source(name, part, "asyncapi", documents=documents)
        contract = load(shown, convert_swagger=True)
        known = self._known(contract.documents.root)
        if known is None:
            self._contracts.append(contract)
        return Source(name, part, "openapi", contract=known or contract)

    def of(self, description: Description) -> Sources:
        """
        Return the sources of a description that this one refers to.
        """
        return self._others[description.identity]

    def contracts(self) -> Iterator[Contract]:
        """
        The OpenAPI documents among the sources, and among those of the descriptions that they refer to.
        """
        seen: set[str] = set()
        while fresh := [identity for identity in self._others if identity not in seen]:
            for identity in fresh:
                seen.add(identity)
                one = self._others[identity]
                for name in one.names():
                    try:
                        source = one.source(name)
                    except NowhereError:
                        continue
                    if source.contract is not None:
                        yield source.contract

    # What steps name

    def operation(self, text: str) -> Operation | Channel:
        """
        Find what an ``operationId`` names: in the one source that has it, or in the source that it says.

        Raises:
            NowhereError: nothing, or more than one.
        """
        if text.startswith("$sourceDescriptions."):
            expression = self._expression(text)
            source = self.source(expression[0])
            return self._in(source, expression[1])
        found: list[Operation | Channel] = []
        known: list[str] = []
        troubles: list[NowhereError] = []
        for name in self._parts:
            try:
                source = self.source(name)
            except NowhereError as error:
                troubles.append(error)
                continue
            if source.type == "arazzo":
                continue
            known += source.operation_ids
            if text in source.operation_ids:
                found.append(self._in(source, text))
        if len(found) == 1:
            return found[0]
        if found:
            raise NowhereError(
                f"several sources have an operation {text!r}", f"write $sourceDescriptions.<name>.{text}"
            )
        if troubles and not known:
            raise troubles[0]
        mend = did_you_mean(text, known) or (f"known are {', '.join(known[:10])}" if known else "")
        raise NowhereError(f"no source has an operation {text!r}", mend)

    @staticmethod
    def _in(source: Source, identifier: str) -> Operation | Channel:
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

    def path(self, text: str) -> Operation | Channel:
        """
        Find what an ``operationPath`` or a ``channelPath`` names.

        Raises:
            NowhereError: nothing, or nothing of its kind.
        """
        source, pointer = self._pointed(text)
        try:
            steps = json_pointer.split(pointer)
        except json_pointer.InvalidPointerError as error:
            raise NowhereError(
                f"{pointer!r} is no JSON pointer: it {error.reason}", "such as #/paths/~1pets/get"
            ) from None
        if source.documents is not None:
            return self._channel_at(source, steps)
        if source.contract is None:
            raise NowhereError(f"{source.name} is an Arazzo document", "name its workflow with workflowId")
        return _operation_at(source.contract, steps)

    def _pointed(self, text: str) -> tuple[Source, str]:
        address, mark, pointer = text.partition("#")
        pointer = unquote(pointer) if "%" in pointer else pointer
        mend = "write '{$sourceDescriptions.<name>.url}#/<pointer>'"
        if not mark:
            raise NowhereError("has no #/pointer to an operation", mend)
        try:
            parts = pieces(address)
        except ExpressionError as error:
            raise NowhereError(str(error), mend) from None
        if len(parts) == 1 and not isinstance(parts[0], str) and parts[0].source == "sourceDescriptions":
            return self.source(parts[0].parts[0]), pointer
        if address.startswith("$sourceDescriptions."):
            return self.source(address.split(".")[1]), pointer
        for name, part in self._parts.items():
            if part.get("url") == address:
                return self.source(name), pointer
        raise NowhereError(f"{address!r} is no source description", mend)

    @staticmethod
    def _expression(text: str) -> tuple[str, ...]:
        try:
            return parse(text).parts
        except ExpressionError as error:
            raise NowhereError(f"{text} {error}", "write $sourceDescriptions.<name>.<operationId>") from None

    def _channel_at(self, source: Source, steps: tuple[str, ...]) -> Channel:
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

    def target(self, step: Step) -> Operation | Channel | Workflow:
        """
        Find what a step calls.

        Raises:
            NowhereError: nothing.
        """
        text = str(step.get(step.target, ""))
        match step.target:
            case "operationId":
                return self.operation(text)
            case "operationPath" | "channelPath":
                return self.path(text)
            case "workflowId":
                return self.workflow(text)
            case _:
                raise NowhereError("names nothing that it calls", "add operationId", "step-target")

    def workflow(self, text: str) -> Workflow:
        """
        Find what a ``workflowId`` names: in this description, or in the source that it says.

        Raises:
            NowhereError: nothing.
        """
        if text.startswith("$sourceDescriptions."):
            name, identifier = self._expression(text)
            source = self.source(name)
            if source.description is None:
                raise NowhereError(f"{name} is no Arazzo document", "a workflow stands in one of type: arazzo")
            description = source.description
        else:
            description, identifier = self.description, text.removeprefix("$workflows.")
        found = description.workflows.get(identifier)
        if found is None:
            known = description.workflows
            mend = did_you_mean(identifier, known) or f"known are {', '.join(list(known)[:10])}"
            raise NowhereError(f"there is no workflow {identifier!r}", mend)
        return found


def _operation_at(contract: Contract, steps: tuple[str, ...]) -> Operation:
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


def _channel(source: Source, place: Place, messages: tuple[Any, ...]) -> Channel:
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
    return Channel(source, name, node, place, protocols - {""}, kept)
