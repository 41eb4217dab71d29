"""
Reading a folder of event contracts: an AsyncAPI 3 document, the schemas that its messages name, and their envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aegis_contracts._violation import ContractError, Finding
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.events._catalog import Channel, EventCatalog, EventType
from aegis_contracts.events._flatten import Flat, flatten
from aegis_contracts.events._verdict import EventVerdict, unlike_dialect
from aegis_contracts.verdict._verdict import InvalidSchemaError

_KEY = "$message.payload#"


class Message(NamedTuple):
    """
    One message of one channel, its traits applied.
    """

    name: str
    node: Mapping[str, Any]
    place: Place
    payload: Place | None


class Source:
    """
    The documents of a folder of event contracts, read but not yet judged.

    Args:
        folder: holds ``asyncapi.yaml`` (or ``.yml``, ``.json``) and the schemas.

    Raises:
        ContractError: there is no AsyncAPI document, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        names = ("asyncapi.yaml", "asyncapi.yml", "asyncapi.json")
        path = next((folder / name for name in names if (folder / name).is_file()), None)
        if path is None:
            said = "has no asyncapi.yaml"
            raise ContractError((Finding(str(folder), 0, 0, "", "no-asyncapi", said, "describe the channels in one"),))
        self.folder = folder
        self.documents = Documents.open(path)
        self.root = Place(self.documents.root, "")
        self.findings: list[Finding] = []
        self.document: Mapping[str, Any] = self._mapping(self.documents.data, self.root, "document")
        version = str(self.document.get("asyncapi", ""))
        if not version.startswith("3."):
            said = f"is AsyncAPI {version or 'of no version'}, and 3.x is read"
            mend = "convert it: npx @asyncapi/cli convert asyncapi.yaml --target-version=3.0.0"
            raise ContractError((self.documents.finding(self.root.at("asyncapi"), "asyncapi-version", said, mend),))
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, list[Message]] = {}
        channels = self._mapping(self.document.get("channels", {}), self.root.at("channels"), "channels")
        for name, node in channels.items():
            channel, place = self.follow(node, self.root.at("channels", name))
            self.channels[name] = channel_of(name, channel)
            self.messages[name] = self._messages(channel, place)

    def refuse(self, place: Place, rule: str, message: str, mend: str) -> None:
        """
        Note an error at *place*.
        """
        self.findings.append(self.documents.finding(place, rule, message, mend))

    def follow(self, node: Any, place: Place) -> tuple[Mapping[str, Any], Place]:
        """
        Follow references from *node*; a dangling one is noted, and nothing is what it points to.
        """
        try:
            node, place = self.documents.follow(node, place)
        except DanglingReferenceError as error:
            self.refuse(place, "dangling-ref", f"$ref {error}", "point it to something that exists")
            return {}, place
        return self._mapping(node, place, "object"), place

    def label(self, place: Place) -> str:
        """
        Name a place the same on every machine: ``schemas/user.registered.v1.json#/…``.
        """
        return stable(self.documents.shown(place), self.folder)

    def _mapping(self, node: Any, place: Place, what: str) -> Mapping[str, Any]:
        if isinstance(node, Mapping):
            return node
        self.refuse(place, "type", f"{what} must be an object", f"write the {what} as a mapping")
        return {}

    def _messages(self, channel: Mapping[str, Any], place: Place) -> list[Message]:
        found: list[Message] = []
        messages = self._mapping(channel.get("messages", {}), place.at("messages"), "messages")
        for name, node in messages.items():
            message, at = self.follow(node, place.at("messages", name))
            merged: dict[str, Any] = {}
            for index, trait in enumerate(message.get("traits", ())):
                merged.update(self.follow(trait, at.at("traits", index))[0])
            merged.update(message)
            found.append(Message(name, merged, at, self._payload(merged.get("payload"), at.at("payload"))))
        return found

    def _payload(self, payload: Any, place: Place) -> Place | None:
        if isinstance(payload, Mapping) and "schemaFormat" in payload:
            payload, place = payload.get("schema"), place.at("schema")
        if not isinstance(payload, Mapping):
            return None
        try:
            return self.documents.follow(payload, place)[1]
        except (DanglingReferenceError, ContractError) as error:
            findings = error.findings if isinstance(error, ContractError) else ()
            self.findings.extend(findings)
            if not findings:
                self.refuse(place, "dangling-ref", f"$ref {error}", "name a schema file that exists")
            return None


class _Read(NamedTuple):
    place: Place
    flat: Flat
    channel: Channel | None
    key: str
    content_type: str


def load_events(folder: str | Path) -> EventCatalog:
    """
    Read the event types of *folder*.

    A newer schema beside an older one (``user.registered.v2.json``) that no message names yet takes the older one's
    channel.

    Raises:
        ContractError: a document cannot be read, a reference dangles, or an event type cannot be told from the others.
    """
    source = Source(Path(folder))
    catalog = build(source)
    if source.findings:
        raise ContractError(source.documents.located(source.findings))
    return catalog


def build(source: Source) -> EventCatalog:
    """
    Make the catalogue of what *source* could read; what it could not is in its findings.
    """
    ids = known_ids(source)
    read: list[_Read] = []
    if source.findings:  # what is no schema cannot be flattened
        return EventCatalog([], source.channels, discriminator="", folder=source.folder)
    for name, messages in source.messages.items():
        for message in messages:
            if message.payload is not None and (flat := _flat(source, message.payload, ids)):
                key = pointer_of(message.node.get("x-key"))
                content = message.node.get("contentType", source.document.get("defaultContentType", "application/json"))
                read.append(_Read(message.payload, flat, source.channels[name], key, content))
    envelopes = envelopes_of(source, [entry.place for entry in read], ids)
    read.extend(_unnamed(source, {entry.place for entry in read}, envelopes, ids))
    discriminator, version_property = discriminators([entry.flat.schema for entry in read])
    if read and not discriminator:
        said = "the event types cannot be told apart: no required property has a const of its own in each"
        source.refuse(source.root.at("channels"), "discriminator", said, "give each event a const eventType")
    event_types = _event_types(source, read, discriminator, version_property)
    envelope = _envelope(source, envelopes, ids)
    return EventCatalog(
        event_types,
        source.channels,
        discriminator=discriminator,
        version_property=version_property,
        envelope=envelope,
        title=str(source.document.get("info", {}).get("title", "")),
        folder=source.folder,
    )


def _event_types(source: Source, read: list[_Read], discriminator: str, version_property: str) -> list[EventType]:
    found: dict[tuple[str, int], EventType] = {}
    for entry in sorted(read, key=lambda e: e.channel is None):
        properties = entry.flat.schema.get("properties", {})
        name = properties.get(discriminator, {}).get("const")
        if not isinstance(name, str):
            continue
        version = properties.get(version_property, {}).get("const", 1)
        older = [e for (n, v), e in found.items() if n == name and v < version]
        nearest = max(older, key=lambda e: e.version, default=None)
        channel = entry.channel or (nearest.channel if nearest else Channel("", ""))
        if (name, version) in found:
            said = f"{name}.v{version} is already declared in {found[name, version].source}"
            source.refuse(entry.place, "duplicate-event-type", said, "give it a version of its own")
            continue
        found[name, version] = EventType(
            name,
            version,
            channel,
            entry.key or (nearest.key if nearest else ""),
            entry.flat.schema,
            {k: stable(v, source.folder) for k, v in entry.flat.sources.items()},
            source.label(entry.place).removesuffix("#"),
            source.folder,
            entry.content_type,
        )
    return list(found.values())


def _unnamed(source: Source, named: set[Place], envelopes: list[Place], ids: Mapping[str, str]) -> list[_Read]:
    """
    Read the event schemas that no message names: those that build on the same envelope.
    """
    found: list[_Read] = []
    for path in sorted(source.folder.glob("*.json")):
        place = Place(path.resolve().as_uri(), "")
        if place in named or place in envelopes or path.name == "asyncapi.json":
            continue
        if set(envelopes_of(source, [place], ids)) & set(envelopes) and (flat := _flat(source, place, ids)):
            found.append(_Read(place, flat, None, "", "application/json"))
    return found


def envelopes_of(source: Source, places: list[Place], ids: Mapping[str, str]) -> list[Place]:
    """
    Find the schemas that all of *places* build on with ``allOf`` or ``$ref``.
    """
    common: list[Place] | None = None
    for place in places:
        try:
            node = source.documents.node(place)
        except (DanglingReferenceError, ContractError):
            continue
        if not isinstance(node, Mapping):
            continue
        parts: list[Any] = [node, *node.get("allOf", ())]
        targets = [
            local(source.documents.target(part["$ref"], place.uri), ids)
            for part in parts
            if isinstance(part, Mapping) and isinstance(part.get("$ref"), str)
        ]
        common = targets if common is None else [target for target in common if target in targets]
    return common or []


def _envelope(source: Source, envelopes: list[Place], ids: Mapping[str, str]) -> EventVerdict | None:
    if not envelopes or (flat := _flat(source, envelopes[0], ids)) is None:
        return None
    return EventVerdict(flat.schema, {k: stable(v, source.folder) for k, v in flat.sources.items()})


def _flat(source: Source, place: Place, ids: Mapping[str, str]) -> Flat | None:
    try:
        flat = flatten(source.documents, place, ids)
        EventVerdict(flat.schema, flat.sources)
    except DanglingReferenceError as error:
        source.refuse(place, "dangling-ref", f"$ref {error}", "point it to something that exists")
    except InvalidSchemaError as error:
        source.refuse(
            Place(place.uri, error.pointer),
            "schema",
            f"is no JSON Schema 2020-12: {error}",
            "mend the keyword that the pointer names",
        )
    except ContractError as error:
        source.findings.extend(error.findings)
    else:
        return flat
    return None


def known_ids(source: Source) -> dict[str, str]:
    """
    Map each schema's ``$id`` to its file, so that absolute references find it without the web.
    """
    found: dict[str, str] = {}
    for path in sorted(source.folder.glob("*.json")):
        uri = path.resolve().as_uri()
        try:
            node = source.documents.node(Place(uri, ""))
        except ContractError as error:
            source.findings.extend(error.findings)
            continue
        if path.name == "asyncapi.json":
            continue
        for pointer, said in unlike_dialect(node):
            source.refuse(Place(uri, pointer), "schema", said, "mend the schema")
        if isinstance(node, Mapping) and isinstance(node.get("$id"), str):
            found[node["$id"]] = uri
    return found


def local(place: Place, ids: Mapping[str, str]) -> Place:
    """
    Turn a place named by ``$id`` into the file that has it.
    """
    return Place(ids.get(place.uri, place.uri), place.pointer)


def discriminators(schemas: list[Mapping[str, Any]]) -> tuple[str, str]:
    """
    Find the properties that tell event types and their versions apart: required, with a const in every schema.
    """
    if not schemas:
        return "", ""
    properties = [schema.get("properties", {}) for schema in schemas]
    every = [
        name
        for name in properties[0]
        if all(
            "const" in p.get(name, {}) and name in s.get("required", ())
            for p, s in zip(properties, schemas, strict=True)
        )
    ]
    texts = [n for n in every if all(isinstance(s["properties"][n]["const"], str) for s in schemas)]
    numbers = [n for n in every if all(type(s["properties"][n]["const"]) is int for s in schemas)]
    texts.sort(key=lambda n: -len({s["properties"][n]["const"] for s in schemas}))
    return (texts[0] if texts else ""), (numbers[0] if numbers else "")


def channel_of(name: str, node: Mapping[str, Any]) -> Channel:
    """
    Read a channel and its Kafka binding.
    """
    binding = node.get("bindings", {}).get("kafka", {})
    configuration = binding.get("topicConfiguration", {})
    return Channel(
        name,
        str(binding.get("topic") or node.get("address") or name),
        str(node.get("title", "")),
        str(node.get("description", "")),
        binding.get("partitions", 1),
        binding.get("replicas", 1),
        configuration.get("retention.ms"),
        configuration,
        tuple(node.get("x-consumers", ())),
    )


def pointer_of(expression: Any) -> str:
    """
    The JSON pointer of a runtime expression into the payload: ``$message.payload#/aggregateId``.
    """
    return expression.removeprefix(_KEY) if isinstance(expression, str) and expression.startswith(_KEY) else ""


def stable(shown: str, folder: Path) -> str:
    """
    Name a place relative to the contracts' folder, whichever way the folder was named.
    """
    text, prefix = shown, f"{folder}/"
    name = folder.resolve().name
    return f"{name}/{text.removeprefix(prefix)}" if text.startswith(prefix) else text
