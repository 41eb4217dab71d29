"""
Two versions of event schemas, by themselves or as messages of an AsyncAPI document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias, get_args

from aegis_contracts import Place
from aegis_contracts.compatibility import Comparer, Counterexample, Proved, Universe
from aegis_verifier.diff._change import ABSENT, Change, Changes, Side
from aegis_verifier.diff._reading import check_schema
from aegis_verifier.diff._rules import KEYWORDS, OTHER, RULES, schema_rule
from aegis_verifier.diff._sources import Document
from aegis_verifier.diff.events._asyncapi import Asynchronous, Channel, Message, open_with_ids

Mode: TypeAlias = Literal["BACKWARD", "FORWARD", "FULL"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
_SAID: Final = {
    "BACKWARD": "who reads by the new schema does not understand what was written by the old one",
    "FORWARD": "who reads by the old schema does not understand what is written by the new one",
}
_JSON_SCHEMAS: Final = ("application/schema+json", "application/schema+yaml", "application/vnd.aai.asyncapi")


def compare_schema(old: Document, new: Document, mode: Mode | None) -> Changes:
    """
    Compare two schemas that stand in files of their own; in both directions where no mode says otherwise.
    """
    changes = Changes()
    before, after = open_with_ids(old.path, old.shown), open_with_ids(new.path, new.shown)
    for documents in (before, after):
        check_schema(documents)
    events = _Events(changes, Universe(before), Universe(after))
    subject = old.name or new.name or new.shown.rpartition("/")[2]
    one, other = (before.data, Place(before.root, "")), (after.data, Place(after.root, ""))
    events.schemas(one, other, mode or "FULL", subject, "schema")
    return changes


def compare_asyncapi(old: Document, new: Document, mode: Mode | None) -> Changes:
    """
    Compare two AsyncAPI documents.

    Where no mode says otherwise, what the application sends must be understood by those who read by the old version
    (FORWARD), and what it receives may be written by the old version (BACKWARD).
    """
    changes = Changes()
    before, after = Asynchronous(old.path, old.shown), Asynchronous(new.path, new.shown)
    events = _Events(changes, Universe(before.documents), Universe(after.documents))
    by_address = {channel.address: channel for channel in after.channels.values()}
    taken: set[str] = set()
    for channel in before.channels.values():
        other = by_address.get(channel.address) or after.channels.get(channel.name)
        if other is None:
            events.note("channel-removed", channel.place, after.root.at("channels"), channel.address)
            continue
        taken.add(other.name)
        events.channel(channel, other, mode)
    for channel in after.channels.values():
        if channel.name not in taken:
            events.note("channel-added", before.root.at("channels"), channel.place, channel.address)
    return changes


def wanted(channel: Channel, mode: Mode | None) -> Mode:
    """
    Say who must understand whom on a channel.
    """
    if mode is not None:
        return mode
    if set(channel.actions) == {"send"}:
        return "FORWARD"
    return "BACKWARD" if set(channel.actions) == {"receive"} else "FULL"


class _Events:
    def __init__(self, changes: Changes, before: Universe, after: Universe) -> None:
        self._changes = changes
        self._before, self._after = before, after
        self._comparers = {"BACKWARD": Comparer(before, after), "FORWARD": Comparer(after, before)}

    def note(self, rule: str, old: Place, new: Place, subject: str, message: str = "") -> None:
        described = RULES[rule]
        sides = Side.parse(self._before.shown(old)), Side.parse(self._after.shown(new))
        said = message or described.says
        self._changes.add(Change(rule, described.severity, described.direction, said, *sides, subject))

    def channel(self, old: Channel, new: Channel, mode: Mode | None) -> None:
        subject = old.address
        if old.address != new.address:
            message = f"the address {old.address} is now {new.address}"
            self.note("channel-address-changed", old.place.at("address"), new.place.at("address"), subject, message)
        for action, place in old.actions.items():
            if action not in new.actions:
                message = f"the application does not {action} any more"
                self.note("channel-operation-removed", place, new.place, subject, message)
        for action, place in new.actions.items():
            if action not in old.actions:
                self.note("channel-operation-added", old.place, place, subject, f"the application can {action} now")
        self._settings(old, new)
        for one, other in self._paired(old, new):
            if other is None and one is not None:
                self.note("message-removed", one.place, new.place.at("messages"), f"{subject} {one.name}")
            elif one is None and other is not None:
                self.note("message-added", old.place.at("messages"), other.place, f"{subject} {other.name}")
            elif one is not None and other is not None:
                self._message(one, other, wanted(old, mode), f"{subject} {one.name}")

    def _paired(self, old: Channel, new: Channel) -> Iterator[tuple[Message | None, Message | None]]:
        was, now = dict(old.messages), dict(new.messages)
        for name in [name for name in was if name in now]:
            yield was.pop(name), now.pop(name)
        for name, message in list(was.items()):
            # A message's name is not on the wire: under another one it is the same message.
            renamed = next((n for n, other in now.items() if self._equal(message, other)), None)
            if renamed is not None:
                yield was.pop(name), now.pop(renamed)
        yield from ((message, None) for message in was.values())
        yield from ((None, message) for message in now.values())

    def _equal(self, one: Message, other: Message) -> bool:
        old, new = one.part("payload"), other.part("payload")
        if not (_comparable(old[2]) and _comparable(new[2])):
            return bool(old[0] == new[0])
        before, after = self._before.node(old[0], old[1]), self._after.node(new[0], new[1])
        return isinstance(self._comparers["BACKWARD"].compare(before, after).outcome, Proved) and isinstance(
            self._comparers["FORWARD"].compare(after, before).outcome, Proved
        )

    def _message(self, one: Message, other: Message, mode: Mode, subject: str) -> None:
        if one.content_type != other.content_type:
            message = f"{one.content_type} is now {other.content_type}"
            self.note("message-content-type-changed", one.place, other.place, subject, message)
        for part in ("payload", "headers"):
            old, new = one.part(part), other.part(part)
            if _comparable(old[2]) and _comparable(new[2]):
                self.schemas(old[:2], new[:2], mode, subject, part)
            elif old[0] != new[0]:
                self._unknown(old[1], new[1], subject, part, old[2])
        self._key(one, other, subject)

    def _unknown(self, old: Place, new: Place, subject: str, part: str, form: str) -> None:
        sides = Side.parse(self._before.shown(old)), Side.parse(self._after.shown(new))
        message = f"{part}: is written as {form}, which cannot be compared"
        self._changes.add(Change(schema_rule("event", ""), "undecided", "event", message, *sides, subject))

    def _key(self, one: Message, other: Message, subject: str) -> None:
        (was, old), (now, new) = one.key, other.key
        if one.node.get("x-key") != other.node.get("x-key"):
            message = f"{one.node.get('x-key')} is now {other.node.get('x-key')}"
            self.note("message-key-changed", one.place, other.place, subject, message)
        elif (was is None) != (now is None):
            self.note("message-key-changed", old, new, subject)
        elif was is not None:
            before, after = self._before.node(was, old), self._after.node(now, new)
            if not isinstance(self._comparers["FORWARD"].compare(after, before).outcome, Proved):
                self.note("message-key-changed", old, new, subject)

    def _settings(self, old: Channel, new: Channel) -> None:
        was = old.node.get("bindings", {}).get("kafka", {})
        now = new.node.get("bindings", {}).get("kafka", {})
        at = old.place.at("bindings", "kafka"), new.place.at("bindings", "kafka")
        if was.get("partitions") != now.get("partitions"):
            message = f"{was.get('partitions')} partitions are now {now.get('partitions')}"
            self.note("channel-partitions-changed", *at, old.address, message)
        before, after = (b.get("topicConfiguration", {}).get("retention.ms") for b in (was, now))
        if isinstance(before, int) and isinstance(after, int) and before != after:
            shorter = after != -1 and (before == -1 or after < before)
            rule = "channel-retention-shortened" if shorter else "channel-setting-changed"
            self.note(rule, *at, old.address, f"retention.ms {before} is now {after}")
        elif was != now and was.get("partitions") == now.get("partitions"):
            self.note("channel-setting-changed", *at, old.address)

    def schemas(self, old: tuple[Any, Place], new: tuple[Any, Place], mode: Mode, subject: str, where: str) -> None:
        """
        Compare two schemas in the directions that a mode asks for.
        """
        before, after = self._before.node(*old), self._after.node(*new)
        for direction in ("BACKWARD", "FORWARD"):
            if mode not in {direction, "FULL"}:
                continue
            backward = direction == "BACKWARD"
            sender, receiver = (before, after) if backward else (after, before)
            found = self._comparers[direction].compare(sender, receiver)
            if isinstance(found.outcome, Proved):
                continue
            refuted = [d for d in found.differences if isinstance(d.outcome, Counterexample)]
            for d in found.differences if refuted or not isinstance(found.outcome, Counterexample) else ():
                says = KEYWORDS.get(d.keyword, OTHER)[1]
                name = f" ({d.name})" if d.name and d.name != "*" else ""
                places = (d.sender, d.receiver) if backward else (d.receiver, d.sender)
                self._add(
                    d.keyword, d.outcome, f"{where}: {says}{name} [{d.keyword}]; {direction}: {_SAID[direction]}",
                    places, subject, d.place,
                )  # fmt: skip
            if not refuted and (isinstance(found.outcome, Counterexample) or not found.differences):
                places = before.place, after.place
                said = f"{where}: {OTHER[1]}; {direction}: {_SAID[direction]}"
                self._add("", found.outcome, said, places, subject, "")

    def _add(self, keyword: str, outcome: Any, message: str, places: tuple[str, str], subject: str, path: str) -> None:
        refuted = isinstance(outcome, Counterexample)
        self._changes.add(
            Change(
                schema_rule("event", keyword),
                "breaking" if refuted else "undecided",
                "event",
                message,
                Side.parse(places[0]),
                Side.parse(places[1]),
                subject,
                path,
                outcome.instance if refuted else ABSENT,
            )
        )


def _comparable(form: str) -> bool:
    return not form or form.startswith(_JSON_SCHEMAS)
