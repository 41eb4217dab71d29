"""
Ids for new items: of the type that the items have, taken by every path that they are in, and nobody else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import blake2b
from math import lcm
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aegis_contracts import Operation
from aegis_mockserver.behaviours.resources._names import singular_of, words
from aegis_mockserver.behaviours.resources._resource import Resource
from aegis_mockserver.behaviours.resources._shapes import Shape
from aegis_mockserver.world import Store, World

if TYPE_CHECKING:
    from aegis_mockserver.behaviours.items._views import View

_RULES = frozenset({"pattern", "format", "maxLength", "minLength", "enum", "const", "minimum", "maximum",
                    "exclusiveMinimum", "multipleOf"})  # fmt: skip
_TRIES = 50
_NUMBER = re.compile(r"-?[0-9]{1,18}")


class Ids:
    """
    Makes the ids of one resource.

    Args:
        view: the operation that shows an item best.
        others: further operations that show one: their schemas judge the id as well.
    """

    def __init__(self, resource: Resource, view: View, others: tuple[View, ...]) -> None:
        self._resource = resource
        self._view = view
        operations = (view.operation, *(other.operation for other in others))
        found = (_address(operation, resource.identity.parameter) for operation in operations)
        self._addresses = [address for address in found if address]
        shapes = [view.item.at(resource.identity.steps)] if resource.identity.steps else []
        shapes += [other.item.at(other.id_steps) for other in others if other.id_steps]
        self._shapes = [_closed(shape) for shape in shapes]
        self._counts = resource.identity.type == "integer"
        self._uuid = resource.identity.type == "uuid"
        # A number in the path may be a text in the item, and the other way round.
        self._as_text = bool(shapes) and "string" in shapes[0].types and not shapes[0].types & {"integer", "number"}
        lows = [node.get("minimum", 0) for node in (*self._shapes, *self._addresses)]
        low = max((low for low in lows if isinstance(low, int | float)), default=0)
        self._least = int(low) - 1 if low > 1 else 0
        steps = [node.get("multipleOf", 1) for node in (*self._shapes, *self._addresses)]
        self._step = lcm(*(step for step in steps if isinstance(step, int) and step > 0))
        prefix = "".join(word[0] for word in words(resource.noun))
        self._prefix = prefix if len(resource.noun) > 12 else singular_of(resource.noun)

    def new(self, store: Store, world: World) -> Any:
        """
        Make an id.
        """
        if self._counts:
            number = store.count_up(self._number)
            return str(number) if self._as_text else number
        return str(world.new_uuid()) if self._uuid else self._text(store, world)

    def _number(self, count: int) -> int:
        """
        Return the number of the item made as the *count*-th, from 1: not below the least, in steps as the schemas ask.
        """
        return (self._least // self._step + count) * self._step if self._step > 1 else count + self._least

    def _text(self, store: Store, world: World) -> str:
        from aegis_contracts.instances import Ungeneratable, generate

        example: Any = self._view.base_item()
        for step in self._resource.identity.steps:
            example = example.get(step) if isinstance(example, dict) else None
        for _ in range(_TRIES):
            number = store.next_number() + self._least
            likeness = _like(example, number) if isinstance(example, str) else ""
            for candidate in (likeness, f"{self._prefix}_{number:06d}", str(number), str(world.new_uuid())):
                if candidate and candidate not in store and candidate not in store.gone and self.takes(candidate):
                    return candidate
            seed = f"{world.seed}|{self._resource.noun}|{number}"
            # Where no id meets both, it is the path that must take it: else nobody could ask for the item.
            for rules in ([*self._shapes, *self._texts()], self._texts()):
                try:
                    made = generate({"allOf": [{"type": "string"}, *rules]}, seed)
                except (Ungeneratable, ValueError):
                    continue
                if isinstance(made, str) and made and "/" not in made and made not in store:
                    return made
        return str(world.new_uuid())

    def made_up(self, number: int, seed: str) -> Any:
        """
        Make the id of an item that nobody made, the same for the same seed and number.
        """
        from aegis_contracts.instances import Ungeneratable, generate

        if self._counts:
            made = self._number(number + 1)
            return str(made) if self._as_text else made
        digest = blake2b(f"{seed}|{number}".encode(), digest_size=16).digest()
        uuid = str(UUID(bytes=digest, version=4))
        for candidate in (f"{self._prefix}_{number + 1:06d}", str(number + 1), uuid):
            if self.takes(candidate):
                return candidate
        try:
            text = generate({"allOf": [{"type": "string"}, *self._shapes, *self._texts()]}, f"{seed}|{number}")
        except (Ungeneratable, ValueError):
            return uuid
        return text if isinstance(text, str) and text and "/" not in text else uuid

    def _texts(self) -> list[Mapping[str, Any]]:
        return [address for address in self._addresses if address.get("type") == "string"]

    def takes(self, candidate: str) -> bool:
        """
        Say whether the item and every path that it is in take an id.
        """
        return all(_written(judge, node, candidate) for node, judge in self._judges)

    def addresses(self, candidate: str) -> bool:
        """
        Say whether every path that an item is in takes an id that the client chose: else nobody could ask for the item.
        """
        return all(_written(judge, node, candidate) for node, judge in self._paths)

    @cached_property
    def _paths(self) -> list[tuple[Mapping[str, Any], Callable[[Any], bool]]]:
        return [(node, _judge(node)) for node in self._addresses]

    @cached_property
    def _judges(self) -> list[tuple[Mapping[str, Any], Callable[[Any], bool]]]:
        return [(node, _judge(node)) for node in (*self._shapes, *self._addresses)]


def _written(judge: Callable[[Any], bool], node: Mapping[str, Any], candidate: str) -> bool:
    """
    Judge an id that is written as text: as a number, where it is one.
    """
    given = node.get("type")
    types = {given} if isinstance(given, str) else set(given or ())
    if types and not types - {"integer", "number", "null"}:
        return _NUMBER.fullmatch(candidate) is not None and judge(int(candidate))
    return judge(candidate)


def _address(operation: Operation, parameter: str) -> dict[str, Any]:
    """
    Return the schema of the path parameter that names an item; an empty one where there is none.
    """
    found = next((each for each in operation.parameters if each.key == ("path", parameter)), None)
    return _closed(Shape.of(found.schema, "request")) if found is not None and found.schema is not None else {}


def _closed(shape: Shape) -> dict[str, Any]:
    """
    Return the rules of a schema that need no other schema.
    """
    node = shape.node
    if node.get("type") is None and (texts := [part for key in ("anyOf", "oneOf") for part in node.get(key, ())]):
        chosen = next((part for part in texts if isinstance(part, dict) and part.get("type") == "string"), {})
        node = {**chosen}
    left = {"examples", "example", "default", "description", "title", "readOnly", "writeOnly"}
    return {key: item for key, item in node.items() if key not in left and "$ref" not in str(item)}


def _judge(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    from aegis_contracts import InvalidSchemaError, Verdict

    if not _RULES & set(schema):
        return lambda value: True
    try:
        return Verdict(dict(schema)).is_valid
    except InvalidSchemaError:
        return lambda value: True


def _like(example: str, number: int) -> str:
    """
    Count the digits at the example's end up: ``usr_0001`` → ``usr_0002``; a UUID is none of that.
    """
    head = example.rstrip("0123456789")
    digits = len(example) - len(head)
    if not digits or digits > 12 or "/" in example or (len(example) == 36 and example.count("-") == 4):
        return ""
    return f"{head}{int(example[len(head) :]) + number:0{digits}d}"
