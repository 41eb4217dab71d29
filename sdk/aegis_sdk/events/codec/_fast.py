"""
The fast road of the codec: what the usual message needs and nothing else.

These are closures, since every attribute that is looked up shows in the time of an event. They decide only what they
are sure of; anything unusual is handed to the slow road, which decides it again and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from typing_extensions import TypeVar

from aegis_sdk.events.codec._json import Message, alike

if TYPE_CHECKING:
    from aegis_sdk._generated.events import Event, Model
    from aegis_sdk.events.codec._generated import IsValid, Quick

__all__ = ["Encode", "Parse", "parser", "writer"]

_E_co = TypeVar("_E_co", covariant=True, default="Event")

UNUSUAL = (msgspec.MsgspecError, AttributeError, KeyError, TypeError, ValueError, RecursionError)


class Parse(Protocol[_E_co]):
    """
    Reads a message as a typed event.
    """

    def __call__(self, message: Message, *, strict: bool = False) -> _E_co: ...


class Encode(Protocol):
    """
    Writes an event as the bytes that were held to its contract.
    """

    def __call__(self, event: Event | Model | Mapping[str, Any]) -> bytes: ...


def parser(
    known: Mapping[Any, Quick],
    discriminator: str,
    version: str,
    shallow: int,
    within: Callable[[Any], bool],
    slow: Callable[[Any, bool], _E_co],
) -> Parse[_E_co]:
    """
    Make ``parse``.

    Args:
        known: what may be decided here, by event type, and by event type and version where there are several.
        shallow: a message that is shorter can be neither too long nor nested too deep.
        within: decides that for longer ones.
        slow: the slow road.
    """
    decode = msgspec.json.Decoder().decode
    write = msgspec.json.Encoder().encode
    convert = msgspec.convert

    def parse(message: Message, *, strict: bool = False) -> _E_co:
        """
        Read an event, typed, in the newest version that upcasters lead to.

        A tolerant reader: what the contract lets older writers leave out is completed, and the result is judged.

        Args:
            message: JSON in UTF-8.
            strict: complete nothing.

        Raises:
            EventValidationError: it breaks its contract; ``violations`` has every rule and place, no values.
            UnknownEventTypeError: it is of a type that no contract declares.
            UpcastError: an upcaster failed.
        """
        try:
            text: Any = message
            instance: Any = decode(text)
            event_type = instance[discriminator]
            is_valid, model, inner, colons = known.get(event_type) or known[event_type, instance[version]]
            if (
                is_valid(instance)
                # Was a key given twice? Not if there are no more colons than those of its keys and of its times …
                and (
                    (
                        colons
                        and text.count(b":") == len(instance) + len(instance[inner]) + colons
                        and text.find(b"\\") < 0
                    )
                    # … and not if the message says just what was read of it.
                    or (written := write(instance)) == message
                    or alike(message, written)
                )
                and (len(message) < shallow or within(message))
            ):
                typed: _E_co = convert(instance, model)
                return typed
        except UNUSUAL:
            pass
        return slow(message, strict)

    return parse


def writer(known: Mapping[type[Any], tuple[IsValid, bool]], max_bytes: int, slow: Callable[[Any], bytes]) -> Encode:
    """
    Make ``encode``.

    Args:
        known: the verdict of each model that may be decided here, and whether null may stand in its bytes.
        max_bytes: how long a message may be.
        slow: the slow road.
    """
    decode = msgspec.json.Decoder().decode
    write = msgspec.json.Encoder().encode

    def encode(event: Event | Model | Mapping[str, Any]) -> bytes:
        """
        Write an event as the bytes to publish; these very bytes were held to the contract.

        Raises:
            EventValidationError: it breaks its contract.
            UnknownEventTypeError: it is a mapping of a type that no contract declares.
        """
        try:
            is_valid, nullable = known[type(event)]
            message = write(event)
            # NaN is written as null (and rfind is the fastest search for something that is not there).
            if is_valid(decode(message)) and len(message) <= max_bytes and (not nullable or message.rfind(b"null") < 0):
                return message
        except UNUSUAL:
            pass
        return slow(event)

    return encode
