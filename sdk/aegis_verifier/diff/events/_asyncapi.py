"""
AsyncAPI 2 and 3 in one form: channels, who sends and who receives on them, and their messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from aegis_contracts import ContractError, DanglingReferenceError, Place
from aegis_contracts.documents._documents import Documents
from aegis_verifier.diff._reading import check_asyncapi

_NOTHING: Final[Mapping[str, Any]] = {}
_MOST: Final = 1000
_ACTIONS: Final = {"publish": "receive", "subscribe": "send"}  # AsyncAPI 2 says it from the other side


@dataclass(frozen=True, slots=True)
class Message:
    """
    One message of a channel, its traits applied.
    """

    name: str
    node: Mapping[str, Any]
    place: Place
    content_type: str

    def part(self, name: str) -> tuple[Any, Place, str]:
        """
        Return a schema of the message, its place, and the format that it is written in.
        """
        node, place = self.node.get(name, True), self.place.at(name)
        if isinstance(node, dict) and "schemaFormat" in node:
            return node.get("schema", True), place.at("schema"), str(node["schemaFormat"])
        return node, place, str(self.node.get("schemaFormat", "")) if name == "payload" else ""

    @property
    def key(self) -> tuple[Any, Place]:
        """
        The schema of the record key, by the Kafka binding.
        """
        binding = self.node.get("bindings", _NOTHING).get("kafka", _NOTHING)
        return binding.get("key"), self.place.at("bindings", "kafka", "key")


@dataclass(slots=True)
class Channel:
    """
    One channel: its address, settings, messages, and what the application does on it.
    """

    name: str
    address: str
    node: Mapping[str, Any]
    place: Place
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    actions: dict[str, Place] = field(default_factory=dict[str, Place])


class Asynchronous:
    """
    An AsyncAPI document and the files that it refers to.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self.documents = open_with_ids(path, shown)
        check_asyncapi(self.documents)
        self.document: Mapping[str, Any] = _map(self.documents.data)
        self.root = Place(self.documents.root, "")
        self.channels: dict[str, Channel] = {}
        version = str(self.document.get("asyncapi", ""))
        for name, node in _map(self.document.get("channels")).items():
            self._channel(name, node, older=version.startswith("2"))
        if not version.startswith("2"):
            self._operations()

    def _channel(self, name: str, written: Any, *, older: bool) -> None:
        node, place = self._follow(written, self.root.at("channels", name))
        address = name if older else str(node.get("address") or name)
        channel = self.channels[name] = Channel(name, address, node, place)
        if not older:
            for key, message in _map(node.get("messages")).items():
                channel.messages[key] = self._message(key, message, place.at("messages", key))
            return
        for action, meaning in _ACTIONS.items():
            operation = node.get(action)
            if isinstance(operation, dict):
                at = place.at(action)
                channel.actions[meaning] = at
                self._older(channel, operation.get("message"), at.at("message"))

    def _older(self, channel: Channel, written: Any, place: Place) -> None:
        if not isinstance(written, dict):
            return
        several = written.get("oneOf")
        choices: list[tuple[Any, Place]] = [(written, place)]
        if isinstance(several, list):
            choices = [(one, place.at("oneOf", index)) for index, one in enumerate(several)]
        for index, (node, at) in enumerate(choices):
            reference = str(node.get("$ref", "")).rpartition("/")[2] if isinstance(node, dict) else ""
            message = self._message(reference or f"message {index + 1}", node, at)
            name = str(message.node.get("messageId") or message.node.get("name") or message.name)
            channel.messages[name] = Message(name, message.node, message.place, message.content_type)

    def _message(self, name: str, written: Any, place: Place) -> Message:
        node, at = self._follow(written, place)
        merged: dict[str, Any] = {}
        for index, trait in enumerate(node.get("traits", ())):
            merged.update(self._follow(trait, at.at("traits", index))[0])
        merged.update(node)
        default = str(self.document.get("defaultContentType") or "application/json")
        return Message(name, merged, at, str(merged.get("contentType") or default))

    def _operations(self) -> None:
        by_place = {channel.place: channel for channel in self.channels.values()}
        for name, written in _map(self.document.get("operations")).items():
            node, place = self._follow(written, self.root.at("operations", name))
            channel = by_place.get(self._follow(node.get("channel"), place.at("channel"))[1])
            if channel is not None and node.get("action") in {"send", "receive"}:
                channel.actions[str(node["action"])] = place

    def _follow(self, node: Any, place: Place) -> tuple[Mapping[str, Any], Place]:
        try:
            found, at = self.documents.follow(node, place)
        except DanglingReferenceError:
            return _NOTHING, place
        return _map(found), at


def open_with_ids(path: Path, shown: str) -> Documents:
    """
    Open a document so that the schemas beside it are found by their ``$id`` as well.
    """
    documents = Documents.open(path)
    documents.rename(shown)
    beside = sorted(path.parent.glob("*.json"))[:_MOST] if path.is_file() else []
    for other in beside:
        uri = other.resolve().as_uri()
        try:
            node = documents.node(Place(uri, ""))
        except (ContractError, DanglingReferenceError):
            continue  # what cannot be read is nobody's schema, unless it is referred to
        if isinstance(node, dict) and isinstance(node.get("$id"), str):
            documents.know_as(node["$id"].partition("#")[0], uri)
    return documents


def _map(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else _NOTHING
