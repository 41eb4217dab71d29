"""
From bytes to typed events and back, decided by the contract's schemas.

The usual message is read once, judged once and made typed once; everything else (older writers' shapes, newer versions,
violations) takes the slow road, where every violation is collected. What ``encode`` returns is what was judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, cast

import msgspec
from typing_extensions import TypeVar

from aegis_contracts._violation import Violation
from aegis_contracts.events import EventVerdict, nearest, unidentified
from aegis_sdk._generated.events import EventInfo, Model
from aegis_sdk.events.codec._agree import agreeing, disagreements
from aegis_sdk.events.codec._errors import EventValidationError, LaterVersionError, UnknownEventTypeError, UpcastError
from aegis_sdk.events.codec._fast import Encode, Parse, parser, writer
from aegis_sdk.events.codec._generated import Generated, IsValid, Quick, nullable
from aegis_sdk.events.codec._json import Limits, Message, faults_of_text, faults_of_value, plain, too_deep
from aegis_sdk.events.codec._upcast import Upcaster, Upcasters, completed

if TYPE_CHECKING:
    from aegis_sdk._generated.events import Event

__all__ = ["EventCodec", "Route", "encode", "new", "parse", "route", "upcaster", "validate"]

_E = TypeVar("_E", default="Event")
_M = TypeVar("_M", bound=Model)
_U = TypeVar("_U", bound=Upcaster)

_IDS = ("event_id", "id", "message_id")

_decode = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder().encode


class Route(NamedTuple):
    """
    Where an event goes, and under which key.
    """

    topic: str
    key: str


class _Entry:
    __slots__ = ("disagreements", "info", "is_surely_valid", "is_valid", "key", "verdict")

    def __init__(self, info: EventInfo, verdict: EventVerdict, is_surely_valid: IsValid) -> None:
        self.info = info
        self.verdict = verdict
        self.is_valid = verdict.is_valid
        self.disagreements = disagreements(verdict.schema, info.source)
        self.is_surely_valid = agreeing(is_surely_valid, verdict.schema)
        self.key: Callable[[Any], str] = attrgetter(info.key)


class EventCodec(Generic[_E]):
    """
    Reads and writes the events of the contracts. The module's functions are those of one codec with the usual limits.

    A codec of other contracts is one of their events: ``EventCodec[ShopEvent](package="shop.events")``, where
    ``ShopEvent`` is their type; publishers, outboxes and consumers made with it take those.

    Args:
        limits: how long and how deep a message may be.
        package: the generated models; those of this SDK unless given.
        event_id: the attribute of the models that tells one event from all others; found by its usual names, if not
            given.
    """

    def __init__(
        self,
        *,
        limits: Limits = Limits(),  # noqa: B008
        package: str = "aegis_sdk._generated.events",
        event_id: str | None = None,
    ) -> None:
        self.limits = limits
        self._data = generated = Generated(package)
        event_types = generated.event_types
        self._discriminator = discriminator = generated.discriminator
        self._version = version = generated.version
        self.upcasters = Upcasters(event_types)
        self._infos = {(info.name, info.version): info for info in event_types}
        self._models = {info.model: info for info in event_types}
        self._newest = {info.name: info for info in sorted(event_types, key=lambda info: info.version)}
        self._entries: dict[tuple[str, int], _Entry] = {}
        self.event_types = event_types
        self.event_id = event_id if event_id is not None else _usual_id(self._models)
        # Filled by the slow road, with what the fast one may decide alone.
        self._readable: dict[Any, Quick] = {}
        self._writable: dict[type[Any], tuple[IsValid, bool]] = {}
        shallow = min(2 * limits.max_depth, limits.max_bytes)
        self.parse: Parse[_E] = parser(self._readable, discriminator, version, shallow, self._within, self._parse)
        self.encode: Encode = writer(self._writable, limits.max_bytes, self._encode)

    def validate(self, message: Message | Mapping[str, Any] | Model, *, tolerant: bool = False) -> list[Violation]:
        """
        List every rule of its contract that a message breaks; empty when it is valid.

        Args:
            message: bytes or text of JSON, or its value, or a model.
            tolerant: judge it as ``parse`` reads it, older shapes completed.
        """
        instance, found = self._read(message)
        if found:
            return found
        if tolerant:
            instance = self._completed(instance)
        entry = self._identify(instance)
        return entry.verdict.violations(instance) if entry else self._unidentified(instance)

    def route(self, event: Event | Model) -> Route:
        """
        Say which topic an event goes to, and under which key.
        """
        entry = self._entry(self._known(event))
        return Route(entry.info.topic, entry.key(event))

    def upcaster(self, source: type[Model], target: type[Model]) -> Callable[[_U], _U]:
        """
        Register a function from one version's message to the next's: ``@upcaster(UserRegistered, UserRegisteredV2)``.

        It gets the message as plain data, with the names of the wire, and returns the newer message; event type and
        version are set for it. Every result is held to the newer schema.
        """

        def register(function: _U) -> _U:
            self.upcasters.add(source, target, function)
            info = self._models[source]
            self._readable.pop((info.name, info.version), None)
            return function

        return register

    def _within(self, message: bytes) -> bool:
        return len(message) <= self.limits.max_bytes and not too_deep(message, self.limits.max_depth)

    def _single(self, info: EventInfo) -> bool:
        return sum(other.name == info.name for other in self._infos.values()) == 1

    def _parse(self, message: Message, strict: bool) -> _E:
        instance, found = self._read(message)
        if found:
            raise EventValidationError(self._label(instance), found)
        if not strict:
            instance = self._completed(instance)
        entry = self._identify(instance)
        if entry is None:
            raise self._unknown(instance)
        if not entry.is_valid(instance):
            raise self._later(instance, entry) or EventValidationError(
                entry.info.id, entry.verdict.violations(instance)
            )
        while step := self.upcasters.step(entry.info.model):
            entry, instance = self._upcast(entry, instance, *step)
        return cast("_E", _typed(instance, entry))

    def _upcast(self, entry: _Entry, instance: Any, target: EventInfo, function: Upcaster) -> tuple[_Entry, Any]:
        name = getattr(function, "__qualname__", repr(function))
        try:
            raised: Any = function(instance)
        except Exception as error:
            reason = f"raised {type(error).__name__}"
            raise UpcastError(entry.info.id, target.id, name, reason) from error
        if not isinstance(raised, Mapping):
            raise UpcastError(entry.info.id, target.id, name, "returned no mapping")
        upcast: dict[str, Any] = {**raised, self._discriminator: target.name, self._version: target.version}
        after = self._entry(target)
        found = faults_of_value(upcast, self.limits) or after.verdict.violations(upcast)
        if found:
            raise EventValidationError(f"{target.id} from the upcaster {name}", found)
        return after, upcast

    def _encode(self, event: Any) -> bytes:
        if isinstance(event, msgspec.Struct):
            info = self._known(event)
            value: Any = self._plain(event, info)
        else:
            value, info = event, None
        found = faults_of_value(value, self.limits)
        if not found:
            message = _write(event if info else plain(event))
            instance = _decode(message)
            entry = self._entry(info) if info else self._identify(instance)
            if entry is None:
                raise self._unknown(instance)
            found = entry.verdict.violations(instance) or entry.disagreements(instance)
            if len(message) > self.limits.max_bytes:
                found = faults_of_text(message, self.limits)[1]
            if not found:
                self._writable[entry.info.model] = (entry.is_surely_valid, nullable(entry.verdict.schema))
                return message
        raise EventValidationError(info.id if info else self._label(value), found)

    def _plain(self, event: Any, info: EventInfo) -> Any:
        try:
            return msgspec.to_builtins(event)
        except (TypeError, ValueError, RecursionError):
            found = [Violation("", "json", "must have nothing in it that JSON cannot say", "RFC 8259 §3")]
            raise EventValidationError(info.id, found) from None

    def _read(self, message: Any) -> tuple[Any, list[Violation]]:
        if isinstance(message, msgspec.Struct):
            message = msgspec.to_builtins(message)
        if not isinstance(message, bytes | bytearray | memoryview | str):
            found = faults_of_value(message, self.limits)
            return (None if found else plain(message)), found
        if isinstance(message, str) and (found := faults_of_value(message, self.limits)):
            return None, found
        return faults_of_text(_bytes(cast("Message", message)), self.limits)

    def _completed(self, instance: Any) -> Any:
        name = _object(instance).get(self._discriminator)
        newest = self._newest.get(name) if isinstance(name, str) else None
        if newest is None:
            return instance
        instance = completed(instance, [rule for rule in newest.reads if rule.pointer == f"/{self._version}"])
        entry = self._identify(instance)
        return completed(instance, entry.info.reads) if entry else instance

    def _identify(self, instance: Any) -> _Entry | None:
        """
        Find what *instance* says it is: version 1 without a version, the newest when it names one that is not declared.
        """
        fields = _object(instance)
        name, version = fields.get(self._discriminator), fields.get(self._version, 1)
        if not isinstance(name, str) or name not in self._newest:
            return None
        if isinstance(version, int | float) and (info := self._infos.get((name, cast("int", version)))):
            return self._entry(info)
        return self._entry(self._newest[name])

    def _entry(self, info: EventInfo) -> _Entry:
        key = (info.name, info.version)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(info, self._data.verdict(info.id), self._data.quick(info.id))
            if self.upcasters.step(info.model) is None:
                self._readable[info.name if self._single(info) else key] = self._data.quick_for(info)
        return entry

    def _known(self, event: Any) -> EventInfo:
        kind: Any = type(event)  # pyright: ignore[reportUnknownVariableType]
        info = self._models.get(kind)
        if info is None:
            known = ", ".join(info.model.__name__ for info in self._models.values())
            raise TypeError(f"{kind.__name__} is no event model; these are: {known}")
        return info

    def _unidentified(self, instance: Any) -> list[Violation]:
        return unidentified(
            instance, self._discriminator, tuple(self._newest), self._data.verdict("envelope"), "schemas/"
        )

    def _unknown(self, instance: Any) -> EventValidationError:
        found = self._unidentified(instance)
        if all(violation.rule != "event-type" for violation in found):
            return EventValidationError("event", found)
        return UnknownEventTypeError("event", found, nearest(instance[self._discriminator], tuple(self._newest)))

    def _later(self, instance: Any, entry: _Entry) -> LaterVersionError | None:
        """
        Tell a later version of a known type from a broken event of a known version.
        """
        said, newest = _object(instance).get(self._version), entry.info.version
        if not isinstance(said, int) or isinstance(said, bool) or said <= newest:
            return None
        found = [Violation(f"/{self._version}", "version", f"is later than {newest}", entry.info.source)]
        return LaterVersionError(entry.info.name, found, said, newest)

    def _label(self, instance: Any) -> str:
        entry = self._identify(instance)
        return entry.info.id if entry else "event"


def _usual_id(models: Iterable[type[Model]]) -> str | None:
    """
    The usual name of an event's id that every model has.
    """
    fields = [set(model.__struct_fields__) for model in models]
    return next((name for name in _IDS if all(name in each for each in fields)), None)


def _typed(instance: Any, entry: _Entry) -> Model:
    try:
        return msgspec.convert(instance, entry.info.model)
    except msgspec.ValidationError:
        pass
    try:
        # 1.0 and 1e0 are integers to a schema (JSON Schema 2020-12 §6.1.1), and floats to a parser.
        return msgspec.convert(_integral(instance), entry.info.model)
    except msgspec.ValidationError as error:
        match = re.search(r"at `\$([^`]*)`", str(error))
        pointer = re.sub(r"\[([0-9.]+)\]", r".\1", match[1]).replace(".", "/") if match else ""
        found = [Violation(pointer, "model", "must be a value that the model can hold", entry.info.source)]
        raise EventValidationError(entry.info.id, found) from None


def _integral(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _integral(item) for key, item in cast("Mapping[str, Any]", value).items()}
    return [_integral(item) for item in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]


def _object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _bytes(message: Message) -> bytes:
    if isinstance(message, bytes):
        return message
    return message.encode("utf-8", "surrogatepass") if isinstance(message, str) else bytes(message)


usual_codec: EventCodec[Event] = EventCodec()
parse = usual_codec.parse
validate = usual_codec.validate
encode = usual_codec.encode
route = usual_codec.route
upcaster = usual_codec.upcaster


def new(model: type[_M], /, **fields: Any) -> _M:
    """
    Make a new event; what the contract can fill in (``event_id``, ``occurred_at``, ``version``, …) may be left out.

    ``new(UserRegistered, user_id=…, email=…)`` is ``UserRegistered.new(user_id=…, email=…)``, for code that is handed
    the model. It is held to its schema when it is encoded.
    """
    make: Callable[..., _M] = getattr(model, "new")  # noqa: B009 - every event model has one, their base cannot
    return make(**fields)
