"""
One kind of item: how it looks, what identifies it, how it is made, shown and found again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading, kind
from aegis_mockserver.behaviours._identities import Ids
from aegis_mockserver.behaviours._mend import lost, mended
from aegis_mockserver.behaviours._shapes import FIRST, Shape, key_text
from aegis_mockserver.behaviours.resources._names import id_steps, words
from aegis_mockserver.behaviours.resources._resource import Resource, Steps
from aegis_mockserver.core._messages import NO_BODY, Answer
from aegis_mockserver.core.contents._proofs import ContentChecker, Proof
from aegis_mockserver.core.operations._instances import Instances
from aegis_mockserver.world import World

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

    Args:
        steps: where in the answer the item is.
        names: what a property that identifies an item may be called.
    """

    def __init__(self, operation: Operation, steps: Steps = (), names: tuple[str, ...] = ()) -> None:
        self.operation = operation
        self._instances = Instances(operation, log.warning)
        self.status = self._instances.default_status
        response = operation.response(self.status)
        content = response.content if response is not None else {}
        self.media_type = next((name for name in content if kind(name) == "json"), None)
        self.checker = ContentChecker(content[self.media_type]) if self.media_type is not None else None
        self.schema = self.checker.media.schema if self.checker is not None else None
        self.shape = Shape.of_media(self.checker.media) if self.checker is not None else Shape(True)
        self.steps = steps
        self.item = self.shape.at(steps)
        self.id_steps = id_steps(self.item.properties, names) if names else ()
        # What the answer does not name is not told, where it names all that it has.
        self.names = frozenset(self.item.properties) if self.item.names_all else None
        self.says_nothing = not content
        self._base: Any = None
        self._alone = len(content) == 1  # else the request's Accept decides what the item is written as

    @property
    def shows(self) -> bool:
        """
        Say whether the operation answers with JSON.
        """
        return self.checker is not None

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
        value = value_at(self.base(), self.steps) if self.steps else self.base()
        return dict(value) if isinstance(value, dict) else {}

    def show(self, item: dict[str, Any]) -> Proof | None:
        """
        Put an item into the response; None when it does not fit, whatever is changed of it.
        """
        checker = self.checker
        assert checker is not None
        if self.names is not None and not item.keys() <= self.names:
            item = {name: value for name, value in item.items() if name in self.names}
        shown = checker.make(self._planted(item))
        if shown is None and self.schema is not None:
            value = self._mended(item)
            shown = checker.make(value) if value is not None else None
        return shown

    def fit(self, item: dict[str, Any]) -> Fit | None:
        """
        Keep of an item what the response can show; None where not even the rest can be made.
        """
        if self.checker is None or self.checker.make(self._planted(item)) is not None:
            return Fit(item)
        value = self._mended(item)
        if value is None:
            return None
        value = value_at(value, self.steps) if self.steps else value
        return Fit(value, tuple(lost(item, value))) if isinstance(value, dict) else None

    def _mended(self, item: dict[str, Any]) -> Any:
        schema = self.schema
        assert schema is not None
        return mended(self._planted(item), self.base(), self.shape, lambda value: schema.violations(value, "response"))

    @property
    def exactly(self) -> Callable[[dict[str, Any]], Proof | None] | None:
        """
        What proves an item where it is the whole response; nothing where it is a part of it.
        """
        return self.checker.make if self.checker is not None and not self.steps else None

    def show_stored(self, content: bytes, *, exactly: bool) -> Proof | None:
        """
        Put an item that is stored as JSON into the response; where it is the response, the very bytes are.

        Args:
            exactly: the response tells all that is stored.
        """
        assert self.checker is not None
        shown = self.checker.prove(content) if exactly and not self.steps else None
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
        return planted(self.base(), self.steps, item) if self.steps else item


def planted(base: Any, steps: Steps, item: Any) -> Any:
    """
    Put an item, or a list, into its envelope.
    """
    if not steps:
        return item
    if steps[0] == FIRST:
        return [planted(base[0] if isinstance(base, list) and base else None, steps[1:], item)]
    out: dict[str, Any] = dict(base) if isinstance(base, dict) else {}
    out[steps[0]] = planted(out.get(steps[0]), steps[1:], item)
    return out


def put_at(item: dict[str, Any], steps: Steps, value: Any) -> None:
    """
    Set a member, at any depth; nothing where there are no steps.
    """
    for step in steps[:-1]:
        inner = item.get(step)
        item[step] = item = dict(inner) if isinstance(inner, dict) else {}
    if steps:
        item[steps[-1]] = value


def value_at(item: Any, steps: Steps) -> Any:
    """
    Return a member, at any depth; None where there is none.
    """
    for step in steps:
        if step == FIRST and isinstance(item, list):
            item = item[0] if item else None
        else:
            item = item.get(step) if isinstance(item, dict) else None
    return item if steps else None


class Kind:
    """
    The items of one resource.

    Args:
        view: the operation that shows an item best.
        others: further operations that answer with an item: what only they name is kept as well.
    """

    def __init__(self, resource: Resource, view: View, others: tuple[View, ...] = ()) -> None:
        self.resource = resource
        self.view = view
        self.id_steps = resource.identity.steps
        every = [one.names for one in (view, *others) if one.shows and one.item.properties]
        self.names = None if None in every else frozenset().union(*(names for names in every if names is not None))
        self._ids = Ids(resource, view, others)
        self._timed = [name for name in view.item.properties if set(words(name)) & {"updated", "modified", "changed"}]

    def new_id(self, store: Any, world: World) -> Any:
        """
        Make an id that the schemas allow and nobody has.
        """
        return self._ids.new(store, world)

    def hidden(self, taken: Shape) -> frozenset[str]:
        """
        Name what is sent but never shown: ``writeOnly``, and what only the request knows where answers name all they have.
        """
        hidden = {name for name, shape in taken.properties.items() if shape.node.get("writeOnly") is True}
        if self.names is not None:
            hidden |= taken.properties.keys() - self.names
        return frozenset(hidden)

    def maker(self, taken: Shape) -> Callable[[Any, Any, World], dict[str, Any]]:
        """
        Return what makes an item of the body that was sent, what the server adds, and the defaults.

        Args:
            taken: the schema of the request body.
        """
        properties, required, accepted = self.view.item.properties, self.view.item.required, taken.properties
        hidden = self.hidden(taken)
        base = self.view.base_item()
        added: dict[str, Any] = {}
        moments: dict[str, Shape | None] = {}
        for name, value in base.items():
            shape = properties.get(name)
            default = shape.node.get("default") if shape is not None else None
            if name not in accepted and _is_end(name):
                if shape is not None and "boolean" in shape.types:
                    added[name] = False
                elif name in required and shape is not None and "null" in shape.types:
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
        id_path = self.id_steps
        if len(id_path) == 1:
            added = {id_path[0]: None, **added}
        old = value_at(base, id_path)
        address = _Addresses(old, added) if isinstance(old, str) and len(old) > 3 else None
        nested = self._nested_hidden(taken)

        def make(body: Any, item_id: Any, world: World) -> dict[str, Any]:
            item = dict(added) if address is None else address.of(added, key_text(item_id))
            for name, shape in moments.items():
                item[name] = moment(shape, item[name], world)
            if isinstance(body, dict):
                item.update(body)
            for name in hidden:
                item.pop(name, None)
            if nested:
                item = {name: told(value, properties.get(name), taken.properties.get(name)) for name, value in item.items()}
            if id_path:
                put_at(item, id_path, item_id)
            return item

        return make

    def _nested_hidden(self, taken: Shape) -> bool:
        """
        Say whether anything inside a member is sent but not shown.
        """
        return any(
            _hides(shape, self.view.item.properties[name], 0)
            for name, shape in taken.properties.items()
            if name in self.view.item.properties
        )

    def touched(self, item: dict[str, Any], world: World, said: Any) -> None:
        """
        Note the time of a change, where the item has a place for it and the client did not say it itself.
        """
        for name in self._timed:
            if name in item and not (isinstance(said, dict) and name in said):
                item[name] = moment(self.view.item.properties[name], item[name], world)

    def key_of(self, body: Any) -> Any:
        """
        Return the id that a request body carries, if any.
        """
        found = value_at(body, self.id_steps)
        return found if isinstance(found, str | int | float) and found != "" else None


class _Addresses:
    """
    What the server adds to an item, where addresses of the item itself have its id in them.
    """

    def __init__(self, old: str, added: dict[str, Any]) -> None:
        self._old = old
        self._names = [name for name, value in added.items() if name and self._has(value)]

    def of(self, added: dict[str, Any], item_id: str) -> dict[str, Any]:
        """
        Return a copy for the item of this id.
        """
        item = dict(added)
        for name in self._names:
            item[name] = self._renamed(item[name], item_id)
        return item

    def _has(self, value: Any) -> bool:
        return self._renamed(value, "") != value

    def _renamed(self, value: Any, item_id: str) -> Any:
        if isinstance(value, str):
            return value.replace(self._old, item_id) if "/" in value and self._old in value else value
        if isinstance(value, dict):
            return {name: self._renamed(each, item_id) for name, each in value.items()}
        if isinstance(value, list):
            return [self._renamed(each, item_id) for each in value]
        return value


def _hides(taken: Shape, shown: Shape, depth: int) -> bool:
    if depth > 3 or not taken.properties:
        return "array" in taken.types and depth <= 3 and _hides(taken.items, shown.items, depth + 1)
    only_written = any(_secret(name, part, shown) for name, part in taken.properties.items())
    return only_written or any(
        _hides(part, shown.properties[name], depth + 1)
        for name, part in taken.properties.items()
        if name in shown.properties
    )


def told(value: Any, shown: Shape | None, taken: Shape | None) -> Any:
    """
    Keep of a member what answers may tell, at any depth.
    """
    if shown is None or taken is None:
        return value
    if isinstance(value, list):
        return [told(each, shown.items, taken.items) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: told(each, shown.properties.get(name), taken.properties.get(name))
        for name, each in value.items()
        if not (name in taken.properties and _secret(name, taken.properties[name], shown))
    }


def _secret(name: str, taken: Shape, shown: Shape) -> bool:
    """
    Say whether a member inside of another is sent, and never shown.
    """
    if taken.node.get("writeOnly") is True:
        return True
    unnamed = bool(shown.properties) and name not in shown.properties
    return unnamed and bool({"password", "secret", "passphrase", "pin", "cvc", "cvv"} & set(words(name)))


def is_moment(name: str) -> bool:
    """
    Say whether a property tells when an item came to be or changed.
    """
    return bool(set(words(name)) & {"created", "updated", "modified", "changed", "registered", "timestamp"})


def _is_end(name: str) -> bool:
    """
    Say whether a property tells when, or that, an item came to its end: a new one has not.
    """
    return bool(set(words(name)) & {"deleted", "removed", "archived", "canceled", "cancelled", "revoked", "trashed"})


def moment(shape: Shape | None, value: Any, world: World) -> Any:
    """
    Let creation and change times be now.
    """
    node = shape.node if shape is not None else {}
    if node.get("format") == "date-time":
        return world.clock.text()
    if node.get("format") == "date":
        return world.clock.now().date().isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and shape is not None and "integer" in shape.types:
        return int(world.clock.timestamp()) * (1000 if value > 10**11 else 1)
    return value


def path_key(reading: Reading, parameter: str) -> str:
    """
    Return the key of the item that the path names.
    """
    return key_text(reading.path.get(parameter, ""))


