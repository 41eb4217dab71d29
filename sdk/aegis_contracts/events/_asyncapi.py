"""
What an AsyncAPI 3 document must say about Kafka events, beyond what reading it already refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aegis_contracts._violation import Finding, Severity
from aegis_contracts.documents._documents import Place
from aegis_contracts.events._catalog import EventCatalog
from aegis_contracts.events._load import Message, Source, pointer_of
from aegis_contracts.events._verdict import look

_TOP = frozenset(
    [
        "asyncapi",
        "id",
        "info",
        "servers",
        "defaultContentType",
        "channels",
        "operations",
        "components",
        "tags",
        "externalDocs",
    ]
)


def asyncapi_findings(source: Source, catalog: EventCatalog) -> Iterator[Finding]:
    """
    Check the document of *source* against AsyncAPI 3.0 and the Kafka binding 0.5.
    """
    check = _Check(source)
    yield from check.document()
    seen: dict[str, str] = {}
    sent = set(check.sent())
    for name, channel in source.channels.items():
        node, place = source.follow(source.document["channels"][name], source.root.at("channels", name))
        yield from check.channel(node, place)
        if channel.address in seen:
            said = f"has the address of the channel {seen[channel.address]}"
            yield check.say(place.at("address"), "address", said, "one channel for each topic")
        seen[channel.address] = name
        if name not in sent:
            yield check.say(place, "operation", "nobody sends to it", "add an operation with action: send", "warning")
        for message in source.messages[name]:
            yield from check.message(message, catalog)
    yield from check.operations()


class _Check:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.root = source.root
        self.data = source.document

    def say(self, at: Place, rule: str, message: str, mend: str = "", severity: Severity = "error") -> Finding:
        return self.source.documents.finding(at, f"asyncapi-{rule}", message, mend, severity)

    def document(self) -> Iterator[Finding]:
        version = self.data.get("asyncapi")
        if not isinstance(version, str) or not version.startswith("3."):
            yield self.say(self.root.at("asyncapi"), "version", "must be AsyncAPI 3", "asyncapi: 3.0.0")
        info = self.data.get("info")
        for word in ("title", "version"):
            if not isinstance(info, Mapping) or not isinstance(info.get(word), str):
                yield self.say(self.root.at("info", word), "info", f"info.{word} is required", "add it, as text")
        for keyword in self.data:
            if keyword not in _TOP and not keyword.startswith("x-"):
                yield self.say(self.root.at(keyword), "keyword", f"{keyword} is no field of AsyncAPI 3.0", "remove it")
        servers = self.data.get("servers")
        for name, server in servers.items() if isinstance(servers, Mapping) else ():
            for word in ("host", "protocol"):
                if not isinstance(server, Mapping) or not isinstance(server.get(word), str):
                    yield self.say(self.root.at("servers", name), "server", f"{word} is required", "add it, as text")
        if not self.source.channels:
            yield self.say(self.root.at("channels"), "channel", "has no channels", "describe each topic as a channel")

    def channel(self, node: Mapping[str, Any], place: Place) -> Iterator[Finding]:
        address = node.get("address")
        if not isinstance(address, str) or not address:
            yield self.say(place.at("address"), "address", "address is required", "name the topic")
        if not node.get("messages"):
            yield self.say(place.at("messages"), "message", "has no messages", "name the events of the topic")
        binding = look(node, "/bindings/kafka")
        at = place.at("bindings", "kafka")
        if not isinstance(binding, Mapping):
            yield self.say(
                place.at("bindings"), "binding", "has no Kafka binding", "add bindings.kafka with partitions"
            )
            return
        if binding.get("topic", address) != address:
            yield self.say(at.at("topic"), "binding", "topic differs from the address", "write the same name in both")
        for word in ("partitions", "replicas"):
            if type(binding.get(word)) is not int or binding[word] < 1:
                yield self.say(at.at(word), "binding", f"{word} must be a whole number of at least 1", f"{word}: 3")
        retention = look(binding, "/topicConfiguration/retention.ms")
        if type(retention) is not int or retention < -1:
            mend = "say how long records are kept, in milliseconds"
            yield self.say(at.at("topicConfiguration"), "binding", "retention.ms must be a whole number", mend)

    def message(self, message: Message, catalog: EventCatalog) -> Iterator[Finding]:
        node, place = message.node, message.place
        if message.payload is None:
            yield self.say(place.at("payload"), "payload", "has no payload schema", "payload: {$ref: ./….v1.json}")
            return
        if not (node.get("contentType") or self.data.get("defaultContentType")):
            yield self.say(place, "content-type", "has no content type", "contentType: application/json")
        if not look(node, "/bindings/kafka/key"):
            yield self.say(place, "key", "does not describe the record key", "add bindings.kafka.key")
        event = next((e for e in catalog.values() if self.source.label(message.payload) == f"{e.source}#"), None)
        if event is None:
            return
        name = node.get("name", message.name)
        if name != event.name:
            said = f"is named {name}, but its schema's {catalog.discriminator} is {event.name}"
            yield self.say(place.at("name"), "name", said, f"name: {event.name}")
        for pointer, what in self._pointers(node):
            steps = pointer.replace("/", "/properties/")
            owner, _, last = steps.rpartition("/properties/")
            if not pointer or last not in look(event.schema, f"{owner}/required", ()):
                said = f"{what} points to nothing that the payload always has"
                yield self.say(place, "expression", said, "point it to a required property, as $message.payload#/…")

    def _pointers(self, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        yield pointer_of(node.get("x-key")), "x-key"
        if "correlationId" in node:
            correlation, _ = self.source.follow(node["correlationId"], self.root)
            yield pointer_of(correlation.get("location")), "correlationId"

    def sent(self) -> Iterator[str]:
        for node in self._operations().values():
            if isinstance(node, Mapping) and node.get("action") == "send":
                yield look(node, "/channel/$ref", "").rpartition("/")[2]

    def operations(self) -> Iterator[Finding]:
        for name, node in self._operations().items():
            place = self.root.at("operations", name)
            if not isinstance(node, Mapping) or node.get("action") not in {"send", "receive"}:
                yield self.say(place.at("action"), "operation", "action must be send or receive", "action: send")
                continue
            reference = look(node, "/channel/$ref")
            if not isinstance(reference, str) or not self.source.follow(node["channel"], place.at("channel"))[0]:
                yield self.say(place.at("channel"), "operation", "channel must be a reference to a channel")
                continue
            for index, message in enumerate(node.get("messages", ())):
                if not str(look(message, "/$ref", "")).startswith(f"{reference}/messages/"):
                    mend = f"{reference}/messages/…"
                    yield self.say(place.at("messages", index), "operation", "is no message of the channel", mend)
                else:
                    self.source.follow(message, place.at("messages", index))

    def _operations(self) -> Mapping[str, Any]:
        operations = self.data.get("operations")
        return operations if isinstance(operations, Mapping) else {}
