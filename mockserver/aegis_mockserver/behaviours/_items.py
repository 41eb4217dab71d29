"""
One kind of item: how it looks, what identifies it, how it is made, shown and found again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from aegis_contracts import Contract, Operation
from aegis_contracts.exchange import Reading, kind
from aegis_contracts.json_pointer import unescape
from aegis_mockserver.behaviours._shapes import Shape, id_candidates, id_in, item_at, key_text, words
from aegis_mockserver.core._messages import NO_BODY, Answer
from aegis_mockserver.core.contents._proofs import ContentChecker, Proof
from aegis_mockserver.core.operations._instances import Instances
from aegis_mockserver.world import Store, World

log = logging.getLogger("aegis_mockserver")


@dataclass(frozen=True, slots=True)
class Fit:
    """
    What can be kept of an item, and the names of what was sent and cannot.
    """

    item: dict[str, Any]
    lost: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """
        Say what was lost, where something was.
        """
        return {"X-Mock-Not-Kept": ", ".join(self.lost)} if self.lost else {}


class View:
    """
    How one operation shows an item: its success response, and where in it the item is.
    """

    def __init__(self, operation: Operation, candidates: list[str]) -> None:
        self.operation = operation
        self._instances = Instances(operation, log.warning)
        self.status = self._instances.default_status
        response = operation.response(self.status)
        content = response.content if response is not None else {}
        self.media_type = next((name for name in content if kind(name) == "json"), None)
        self.checker = ContentChecker(content[self.media_type]) if self.media_type is not None else None
        self.schema = self.checker.media.schema if self.checker is not None else None
        self.shape = Shape.of(self.schema)
        self.steps = item_at(self.shape, candidates)
        self.item = self.shape.at(self.steps)
        self._base: Any = None
        self._alone = len(content) == 1  # else the request's Accept decides what the item is written as

    @property
    def usable(self) -> bool:
        """
        Say whether the operation shows items at all: a JSON object, or nothing.
        """
        return self.media_type is None or (self.status != 204 and "array" not in self.shape.types)

    def base(self) -> Any:
        """
        Return the contract's own answer, to be filled with what is known.
        """
        if self._base is None and self.media_type is not None:
            self._base = self._instances.instance(self.status, self.media_type)
        return self._base

    def base_item(self) -> dict[str, Any]:
        """
        Return the item of the contract's own answer.
        """
        value = self.base()
        for step in self.steps:
            value = value.get(step) if isinstance(value, dict) else None
        return dict(value) if isinstance(value, dict) else {}

    def show(self, item: dict[str, Any]) -> Proof | None:
        """
        Put an item into the response; None when it does not fit, even without what the response has no place for.
        """
        checker = self.checker
        assert checker is not None
        shown = checker.make(self._planted(item))
        if shown is None and self.schema is not None:
            shown = checker.make(self._planted(fitted(item, self.item, self.base_item())))
        return shown

    def fit(self, item: dict[str, Any]) -> Fit | None:
        """
        Keep of an item what the response can show; None where not even the rest can be made.
        """
        if self.checker is None or self.show(item) is not None:
            return Fit(item)
        base = self.base_item()
        kept = fitted(item, self.item, base)
        for _ in range(len(kept)):
            for name in self._misfits(kept):
                if name in base and kept.get(name) != base[name]:
                    kept[name] = base[name]
                else:
                    kept.pop(name, None)
            if self.show(kept) is not None:
                return Fit(kept, tuple(name for name, value in item.items() if name not in kept or kept[name] != value))
        return None

    def _misfits(self, item: dict[str, Any]) -> set[str]:
        prefix = "".join(f"/{step}" for step in self.steps)
        violations = self.schema.violations(self._planted(item), "response") if self.schema is not None else []
        below = (v.pointer.removeprefix(prefix) for v in violations if v.pointer.startswith(f"{prefix}/"))
        names = {unescape(pointer.split("/")[1]) for pointer in below}
        return names & item.keys()

    @cached_property
    def exactly(self) -> Callable[[dict[str, Any]], Proof | None] | None:
        """
        What proves an item where it is the whole response; nothing where it is a part of it.
        """
        return self.checker.make if self.checker is not None and not self.steps else None

    def show_stored(self, content: bytes) -> Proof | None:
        """
        Put an item that is stored as JSON into the response; where it is the response, the very bytes are.
        """
        assert self.checker is not None
        shown = self.checker.prove(content) if not self.steps else None
        return shown if shown is not None else self.show(msgspec.json.decode(content))

    def answer(self, shown: Proof | None, headers: dict[str, str] | None = None) -> Answer:
        """
        Answer with what is shown; with nothing where the response has no JSON.
        """
        headers = headers or {}
        if shown is None or self.checker is None:
            return Answer(self.status, NO_BODY, headers, origin="state")
        if not self._alone:
            return Answer(self.status, msgspec.json.decode(shown.content), headers, origin="state")
        return Answer(self.status, NO_BODY, headers, self.checker.sent_type, shown, origin="state")

    def _planted(self, item: dict[str, Any]) -> Any:
        return _planted(self.base(), self.steps, item) if self.steps else item


def _planted(base: Any, steps: tuple[str, ...], item: dict[str, Any]) -> Any:
    if not steps:
        return item
    out: dict[str, Any] = dict(base) if isinstance(base, dict) else {}
    out[steps[0]] = _planted(out.get(steps[0]), steps[1:], item)
    return out


def fitted(item: dict[str, Any], shape: Shape, base: dict[str, Any]) -> dict[str, Any]:
    """
    Keep of the item what the schema names, and fill what it requires.
    """
    properties, required = shape.properties, shape.required
    kept = {name: value for name, value in item.items() if name in properties}
    return {**{name: value for name, value in base.items() if name in required}, **kept}


def _address(operation: Operation, parameter: str) -> dict[str, Any]:
    """
    Return the schema of the path parameter that names an item; an empty one where there is none.
    """
    found = next((each for each in operation.parameters if each.key == ("path", parameter)), None)
    schema = found.schema.projected("request") if found is not None and found.schema is not None else {}
    return schema if isinstance(schema, dict) else {}


class Kind:
    """
    The items of one collection.

    Args:
        parameter: the template expression that names an item.
        view: the operation that shows an item best: GET of the item, else what creates it.
    """

    def __init__(self, contract: Contract, collection: str, parameter: str, view: View) -> None:
        self.contract = contract
        self.view = view
        last = [part for part in collection.split("/") if part and "{" not in part]
        self.noun = last[-1] if last else "item"
        self.candidates = id_candidates(parameter, self.noun)
        self.id_name = id_in(view.item.properties, self.candidates)
        self.id_shape = view.item.properties.get(self.id_name, Shape(True)) if self.id_name else Shape(True)
        node, types = self.id_shape.node, self.id_shape.types
        # What addresses an item must be taken by the path that it is in.
        self._address = _address(view.operation, parameter)
        low = max(node.get("minimum", 0), self._address.get("minimum", 0))
        self._counts = "integer" in types or "number" in types
        self._least = int(low) - 1 if isinstance(low, int | float) and low > 1 else 0
        self._uuid = "uuid" in {node.get("format"), self._address.get("format")} or not self.id_name
        self._timed = [name for name in view.item.properties if set(words(name)) & {"updated", "modified", "changed"}]

    def new_id(self, store: Store, world: World) -> Any:
        """
        Make an id that the schema allows and nobody has.
        """
        if self._counts:
            number = store.next_number() + self._least
            while str(number) in store:
                number = store.next_number() + self._least
            return number
        return str(world.new_uuid()) if self._uuid else self._text_id(store, world)

    def _text_id(self, store: Store, world: World) -> str:
        from aegis_contracts.instances import generate

        prefix = "".join(word[0] for word in words(self.noun)) if len(self.noun) > 12 else self.noun.rstrip("s")
        node = {
            key: value for key, value in self.id_shape.node.items() if key not in {"examples", "example", "default"}
        }
        schema = {"type": "string", **node}
        example = self.view.base_item().get(self.id_name or "")
        for _ in range(50):
            number = store.next_number() + self._least
            likeness = _like(example, number) if isinstance(example, str) else f"{prefix}_{number:06d}"
            for candidate in (likeness, f"{prefix}_{number:06d}", str(number), str(world.new_uuid())):
                if candidate and candidate not in store and _fits(schema, candidate) and self._addresses(candidate):
                    return candidate
            both = {"allOf": [schema, self._address]} if self._address.get("type") == "string" else schema
            made = generate(both, f"{world.seed}|{self.noun}|{number}")
            if isinstance(made, str) and made not in store:
                return made
        return str(world.new_uuid())

    def _addresses(self, candidate: str) -> bool:
        if self._address.get("type") in {"integer", "number"}:
            return candidate.isascii() and candidate.isdecimal() and _fits(self._address, int(candidate))
        return _fits(self._address, candidate)

    def maker(self, taken: Shape) -> Callable[[Any, Any, World], dict[str, Any]]:
        """
        Return what makes an item of the body that was sent, what the server adds, and the defaults.

        Args:
            taken: the schema of the request body.
        """
        properties, required, accepted = self.view.item.properties, self.view.item.required, taken.properties
        hidden = hidden_in(taken, self.view.item)
        id_name = self.id_name
        added: dict[str, Any] = {}
        moments: dict[str, Shape | None] = {}
        for name, value in self.view.base_item().items():
            shape = properties.get(name)
            default = shape.node.get("default") if shape is not None else None
            if name not in accepted and _is_end(name):
                if name in required and shape is not None and "null" in shape.types:
                    added[name] = None  # nothing has ended yet
                elif name in required:
                    added[name] = value
            elif name not in accepted:
                added[name] = value
                if is_moment(name):
                    moments[name] = shape
            elif default is not None:
                added[name] = default
            elif name in required:
                added[name] = value
        if id_name:
            added = {id_name: None, **added}

        def make(body: Any, item_id: Any, world: World) -> dict[str, Any]:
            item = dict(added)
            for name, shape in moments.items():
                item[name] = moment(shape, item[name], world)
            if isinstance(body, dict):
                item.update(body)
            for name in hidden:
                item.pop(name, None)
            if id_name:
                item[id_name] = item_id
            return item

        return make

    def touched(self, item: dict[str, Any], world: World) -> None:
        """
        Note the time of a change, where the item has a place for it.
        """
        for name in self._timed:
            if name in item:
                item[name] = moment(self.view.item.properties[name], item[name], world)

    def key_of(self, body: Any) -> Any:
        """
        Return the id that a request body carries, if any.
        """
        return body.get(self.id_name) if isinstance(body, dict) and self.id_name else None


_RULES = frozenset({"pattern", "format", "maxLength", "minLength", "enum", "const", "minimum", "maximum"})


def _fits(schema: Mapping[str, Any], value: str | int) -> bool:
    from aegis_contracts import Verdict

    if not _RULES & set(schema):
        return True
    return Verdict({key: item for key, item in schema.items() if "$ref" not in str(item)}).is_valid(value)


def _like(example: str, number: int) -> str:
    """
    Count the digits at the example's end up: ``usr_0001`` → ``usr_0002``; a UUID is none of that.
    """
    head = example.rstrip("0123456789")
    digits = len(example) - len(head)
    if not digits or digits > 12 or (len(example) == 36 and example.count("-") == 4):
        return ""
    return f"{head}{int(example[len(head) :]) + number:0{digits}d}"


def is_moment(name: str) -> bool:
    """
    Say whether a property tells when an item came to be or changed.
    """
    return bool(set(words(name)) & {"created", "updated", "modified", "changed", "registered", "timestamp"})


def _is_end(name: str) -> bool:
    """
    Say whether a property tells when, or that, an item came to its end: a new one has not.
    """
    return bool(set(words(name)) & {"deleted", "removed", "archived", "canceled", "cancelled", "revoked"})


def moment(shape: Shape | None, value: Any, world: World) -> Any:
    """
    Let creation and change times be now.
    """
    node = shape.node if shape is not None else {}
    if node.get("format") == "date-time":
        return world.clock.text()
    if node.get("format") == "date":
        return world.clock.now().date().isoformat()
    return value


def hidden_in(taken: Shape, shown: Shape) -> frozenset[str]:
    """
    Name what is sent but never shown: ``writeOnly``, and what only the request knows where the answer names all it has.
    """
    hidden = {name for name, shape in taken.properties.items() if shape.node.get("writeOnly") is True}
    if shown.properties and "additionalProperties" not in shown.node:
        hidden |= taken.properties.keys() - shown.properties.keys()
    return frozenset(hidden)


def path_key(reading: Reading, parameter: str) -> str:
    """
    Return the key of the item that the path names.
    """
    return key_text(reading.path.get(parameter, ""))
