"""
Messages over Kafka, as an AsyncAPI document describes them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aegis_contracts import DanglingReferenceError, InvalidSchemaError, Schema, Violation
from aegis_contracts.arazzo import ExpressionError, SourceChannel, Step, parse
from aegis_contracts.schemas._projection import Projector
from aegis_verifier._values import NOTHING
from aegis_verifier.events import Record
from aegis_verifier.workflows._requests import UnmadeError
from aegis_verifier.workflows.expressions._scope import Message, Scope, as_text, pointed, resolve
from aegis_verifier.workflows.expressions._selectors import SelectorError, Unsupported

_WORDS = ("payload", "body")


@dataclass(frozen=True)
class Publish:
    """
    A record that is to be written to a topic; answers what went wrong, or nothing.
    """

    topic: str
    headers: Mapping[str, str]
    value: bytes


class Arrivals(Protocol):
    """
    What has been published since the run began.
    """

    def all(self) -> list[Record]:
        """
        Return the records so far.
        """
        ...


def kafka_only(channel: SourceChannel) -> None:
    """
    Refuse channels over other protocols.

    Raises:
        Unsupported: it has servers, and none of them is a Kafka.
    """
    if channel.protocols and not any(name.startswith("kafka") for name in channel.protocols):
        said = f"channels over {', '.join(sorted(channel.protocols))} are not run; Kafka is"
        raise Unsupported("protocol", said)


def address(channel: SourceChannel, step: Step, scope: Scope) -> str:
    """
    Return the channel's topic, with the step's path parameters in place of its own.
    """
    topic = channel.topic
    for part in step.parameters():
        if part.get("in") == "path":
            topic = topic.replace(f"{{{part.get('name')}}}", as_text(resolve(part.get("value"), scope)))
    return topic


def outgoing(channel: SourceChannel, step: Step, scope: Scope) -> tuple[Publish, Message]:
    """
    Make the record of a step that sends.

    Raises:
        UnmadeError: it cannot be made.
    """
    headers: dict[str, str] = {}
    try:
        for part in step.parameters():
            if part.get("in") == "header":
                value = resolve(part.get("value"), scope)
                if value is not NOTHING:
                    headers[str(part.get("name", ""))] = as_text(value)
        body = step.get("requestBody")
        payload = resolve(body.get("payload"), scope) if isinstance(body, dict) else None
    except (ExpressionError, SelectorError) as error:
        raise UnmadeError("/message", f"cannot be evaluated: {error}", step.location) from None
    if payload is NOTHING:
        raise UnmadeError("/message/payload", "must have a value", step.location)
    if isinstance(payload, str):
        written = payload.encode()
        with contextlib.suppress(ValueError):
            payload = json.loads(payload)
    else:
        written = json.dumps(payload, ensure_ascii=False).encode()
    return Publish(address(channel, step, scope), headers, written), Message(headers, payload)


def incoming(record: Record) -> Message:
    """
    Read a record as a message.
    """
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    try:
        return Message(headers, json.loads(record.value))
    except ValueError:
        return Message(headers, record.value.decode("utf-8", "replace"))


def correlated(channel: SourceChannel, message: Message, wanted: Any) -> bool:
    """
    Say whether a message has the correlation id, where the channel's messages say that they carry it.

    Raises:
        Unsupported: none of them says so.
    """
    locations: list[str] = []
    documents = channel.source.documents
    for node, place in channel.messages:
        assert documents is not None
        traits = node.get("traits")
        parts = [(node, place), *(documents.follow(one, place) for one in (traits if isinstance(traits, list) else ()))]
        for part, at in parts:
            given = part.get("correlationId") if isinstance(part, dict) else None
            found = documents.follow(given, at)[0] if given is not None else None
            if isinstance(found, dict) and isinstance(found.get("location"), str):
                locations.append(found["location"])
    if not locations:
        said = f"no message of channel {channel.name} says where its correlationId is"
        raise Unsupported("correlation-id", said)
    return any(as_text(_at(location, message)) == as_text(wanted) for location in locations)


def _at(location: str, message: Message) -> Any:
    try:
        expression = parse(location)
    except ExpressionError:
        return NOTHING
    if expression.parts[0] == "header":
        known = {name.lower(): value for name, value in message.headers.items()}
        if len(expression.parts) == 2:
            return known.get(expression.parts[1].lower(), NOTHING)
        return known.get(expression.pointer.removeprefix("/").lower(), NOTHING)
    return pointed(message.payload, expression.inside, expression.pointer)


def violations(channel: SourceChannel, message: Message) -> list[Violation]:
    """
    List what a message breaks of the channel's contract: it must be one of the messages that may come.
    """
    documents = channel.source.documents
    assert documents is not None
    first: list[Violation] | None = None
    for node, place in channel.messages:
        payload = node.get("payload")
        schema, at = payload, place.at("payload")
        if isinstance(payload, dict) and "schemaFormat" in payload and "schema" in payload:
            schema, at = payload["schema"], at.at("schema")
        if not isinstance(schema, dict | bool):
            return []
        try:
            judged = Schema(documents, Projector(documents, "3.1.0"), schema, at)
            found = judged.violations(message.payload, prefix="/message/payload")
        except (InvalidSchemaError, DanglingReferenceError):
            return []
        if not found:
            return []
        first = first if first is not None and len(first) <= len(found) else found
    return first or []
