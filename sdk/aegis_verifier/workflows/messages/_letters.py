"""
Mails and SMS: which of those that come is the one that a step waits for.

They come late, and in another order than they were asked for. So none is taken for its place in the inbox: what was
there before its cause left is none of its effects, and what the provider refuses belongs to another cause.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.arazzo import ExpressionError, Part, Step
from aegis_verifier._maker import Maker
from aegis_verifier._settings import Inbox, arrived
from aegis_verifier._values import Wait
from aegis_verifier.cases import tokens
from aegis_verifier.workflows.expressions._scope import Message, Scope, resolve
from aegis_verifier.workflows.expressions._selectors import SelectorError

# Statuses by which a provider says that a token or a code is none, is used up, or is another's.
REFUSED = frozenset({400, 401, 403, 404, 409, 410, 422})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+|\+?[0-9][0-9 -]{7,}[0-9]")
_MOST_ADDRESSES = 12
_MOST_TRIES = 6
_DEEPEST = 5
_SETTLED = 2.0


def wanted(step: Step) -> Part | None:
    """
    Return the step's ``x-inbox``.
    """
    if "x-inbox" not in step.node:
        return None
    node = step.get("x-inbox")
    return Part(step.description, node if isinstance(node, dict) else {}, step.place.at("x-inbox"))


def receiver(part: Part, scope: Scope) -> str:
    """
    Return the address or number that a message is awaited for; empty where it is not known yet.
    """
    try:
        value = resolve(part.get("to"), scope)
    except (ExpressionError, SelectorError):
        return ""
    return value if isinstance(value, str) else ""


def addresses(value: Any, depth: int = 0) -> Iterator[str]:
    """
    Find what may be an e-mail address or a phone number in a value.
    """
    if isinstance(value, str):
        if _ADDRESS.fullmatch(value):
            yield value
    elif isinstance(value, Mapping | list) and depth < _DEEPEST:
        for member in value.values() if isinstance(value, Mapping) else value:
            yield from addresses(member, depth + 1)


@dataclass(frozen=True)
class Cause:
    """
    Something that may have had a message sent, and what each receiver had in the inbox before.
    """

    step: Step
    operation: Operation | None
    before: Mapping[str, Counter[str]]


class Letters:
    """
    What a walk knows of the inbox.
    """

    def __init__(self, inbox: Inbox, patience: float, clock: Callable[[], float]) -> None:
        self._inbox = inbox
        self._patience = patience
        self._clock = clock
        self._first: dict[str, Counter[str]] = {}
        self._beside: dict[str, tuple[str, ...]] = {}
        self._settled: set[str] = set()
        self._causes: list[Cause] = []

    def settle(self, step: Step, operation: Operation, scope: Scope) -> Generator[Wait, Any, None]:
        """
        Before a step asks for a message, let the one come that the receiver may have been sent already.

        Who has just registered gets a mail, say. It is waited for once, and not for long: it may never come.
        """
        if operation.method in _SAFE:
            return
        steps = step.workflow.steps
        later = steps[steps.index(step) + 1 :]
        part = next((part for other in later if (part := wanted(other)) is not None), None)
        to = receiver(part, scope) if part is not None else ""
        if to not in self._first or to in self._settled:
            return
        self._settled.add(to)
        named = [name for name in self._beside[to] if name in self._first]
        seconds = min(_SETTLED, self._patience)
        yield Wait(lambda: any(arrived(self._inbox, name, self._first[name]) for name in named) or None, seconds)

    def leaving(self, step: Step, operation: Operation | None, value: Any) -> None:
        """
        Remember what is in the inbox, before a request or a message leaves that may cause more.
        """
        if operation is not None and operation.method in _SAFE:
            return
        named = tuple(addresses(value))[:_MOST_ADDRESSES]
        before = {name: Counter(self._inbox.texts(name)) for name in {**self._first, **dict.fromkeys(named)}}
        for name in named:
            if name not in self._first:
                self._first[name], self._beside[name] = before[name], named
        for name in list(self._first)[:-_MOST_ADDRESSES]:
            del self._first[name]
        self._causes.append(Cause(step, operation, before))

    def nothing_at_all(self, names: Iterator[str]) -> bool:
        """
        Say whether nobody of these has ever got a message here.
        """
        return not any(self._inbox.texts(name) for name in set(names))

    def search(self, step: Step, to: str, operation: Operation, maker: Maker, end: float) -> Search:
        """
        Begin to look for the message that a step waits for.

        Its cause is the step that it depends on; else the last one that asks for what the operation redeems; else the
        last one that changes anything, and that is a guess.
        """
        named = set(step.texts("dependsOn"))
        redeemer = tokens.find(maker, operation)
        asking = {one.key for one in redeemer.causes} if redeemer is not None else set[str]()
        latest = self._causes[::-1]
        sure = next((one for one in latest if one.step.workflow is step.workflow and one.step.id in named), None)
        sure = sure or next((one for one in latest if one.operation is not None and one.operation.key in asking), None)
        cause = sure or (latest[0] if latest else None)
        before = cause.before.get(to, Counter[str]()) if cause is not None else Counter[str]()
        first = self._first.get(to, Counter[str]())
        return Search(
            since=lambda: arrived(self._inbox, to, before),
            older=(list) if sure is not None else lambda: arrived(self._inbox, to, first),
            read=lambda text: _read(text, operation, maker),
            clock=self._clock,
            end=min(self._clock() + self._patience, end),
            cause=cause.step.id if cause is not None else "",
        )


@dataclass
class Search:
    """
    The search of one step for its message, one after the other until the provider takes what one brings.

    Args:
        since: the texts that came after the cause.
        older: those that came before it, where the cause is a guess.
        read: a text → what it may bring, the likeliest first.
        end: when the search is over.
        cause: the step that had the message sent.
    """

    since: Callable[[], list[str]]
    older: Callable[[], list[str]]
    read: Callable[[str], list[Message]]
    clock: Callable[[], float]
    end: float
    cause: str
    _tried: set[str] = field(default_factory=set[str])

    def next(self) -> Generator[Wait, Any, Message | None]:
        """
        Return the next one to try; None when none has come in time, or enough have been tried.
        """
        if len(self._tried) >= _MOST_TRIES:
            return None
        left = max(0.0, self.end - self.clock())
        found: Message | None = yield Wait(self._fresh, left if self._spare() is None else min(left, _SETTLED))
        found = found or self._spare()
        if found is None and (left := self.end - self.clock()) > 0:
            found = yield Wait(self._fresh, left)
        if found is not None:
            self._tried.add(_brought(found))
        return found

    def _fresh(self) -> Message | None:
        return self._untried(reading[:1] for reading in map(self.read, reversed(self.since())))

    def _spare(self) -> Message | None:
        """
        What is less likely: what came before the guessed cause, and other words of the messages.
        """
        since, older = self.since(), self.older()
        first = (reading[:1] for reading in map(self.read, reversed(older)))
        return self._untried(first) or self._untried(map(self.read, reversed([*older, *since])))

    def _untried(self, readings: Iterator[list[Message]]) -> Message | None:
        return next((one for reading in readings for one in reading if _brought(one) not in self._tried), None)


def _brought(message: Message) -> str:
    return str(message.payload.get("token", message.payload["text"]))


def _read(text: str, operation: Operation, maker: Maker) -> list[Message]:
    """
    Read a text as a message: ``#/text``, and ``#/token`` where the operation takes one.
    """
    name = tokens.find_name(maker, operation)
    if name is None:
        return [Message({}, {"text": text})]
    return [Message({}, {"text": text, "token": token}) for token in tokens.tokens_in(maker, operation, name, [text])]


__all__ = ["REFUSED", "Letters", "Search", "addresses", "receiver", "wanted"]
