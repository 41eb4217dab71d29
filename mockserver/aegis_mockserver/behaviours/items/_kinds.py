"""
One kind of item: what identifies it, how it is made, and what of it is never told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid5
from zlib import crc32

from aegis_mockserver.behaviours.items._identities import Ids
from aegis_mockserver.behaviours.items._views import View, put_at, value_at
from aegis_mockserver.behaviours.items.marks._stamps import Stamps
from aegis_mockserver.behaviours.items.marks._versions import Versions
from aegis_mockserver.behaviours.resources._names import plain, words
from aegis_mockserver.behaviours.resources._resource import Resource, Steps
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core.operations._addresses import base_of
from aegis_mockserver.world import World


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
        self.new_id = self._ids.new
        self.addresses = self._ids.addresses  # whether the paths of an item take an id
        self.versions = Versions(view.item, self.id_steps)
        self.stamps = Stamps(view.item, self.id_steps, moment)
        self.home = base_of(view.operation)
        self.own_addresses = _own_addresses(view.item) if resource.addressed and resource.identity.parameter else ()
        every_branch = (branch.properties.keys() for branch in view.item.branches)
        self._branched = frozenset[str]().union(*every_branch) - own_names(view.item)
        self._by_name = dict(_by_name(view))
        only = {steps[0] for steps in (self.id_steps, *self.own_addresses) if len(steps) == 1}
        # What no two items have alike, and what a new one does not have yet.
        self.its_own = only | {
            name for name in view.item.properties if plain(name) in _IDS or is_moment(name) or _is_end(name)
        }
        self._timed = [name for name in view.item.properties if set(words(name)) & {"updated", "modified", "changed"}]

    def takes(self, key: str) -> bool:
        """
        Say whether every path and schema that an id is in takes this one.
        """
        return self._ids.takes(key)

    def made_up_id(self, number: int, seed: str) -> Any:
        """
        Make the id of an item that nobody made.
        """
        return self._ids.made_up(number, seed)

    def hidden(self, taken: Shape) -> frozenset[str]:
        """
        Name what is sent but never shown: ``writeOnly``, and what only requests know where answers name all they have.
        """
        hidden = {name for name, shape in taken.properties.items() if shape.node.get("writeOnly") is True}
        if self.names is not None:
            hidden |= taken.properties.keys() - self.names
        else:
            unnamed = taken.properties.keys() - self.view.item.properties.keys()
            hidden |= {name for name in unnamed if not _SECRETS.isdisjoint(words(name))}
        return frozenset(hidden)

    def of_one_branch(self, item: dict[str, Any], said: Any) -> dict[str, Any]:
        """
        Leave out what only other branches of the item's schema know, unless the client said it.
        """
        branch = self.view.item.branch_of(item) if self._branched else None
        if branch is None:
            return item
        others = self._branched - branch.properties.keys()
        return {
            name: value
            for name, value in item.items()
            if name not in others or (isinstance(said, dict) and name in said)
        }

    def maker(self, taken: Shape) -> Callable[[Any, Any, World], dict[str, Any]]:
        """
        Return what makes an item of the body that was sent, what the server adds, and the defaults.

        Args:
            taken: the schema of the request body.
        """
        properties, required, accepted = self.view.item.properties, self.view.item.required, taken.properties
        hidden = self.hidden(taken)
        accepted = {name: shape for name, shape in accepted.items() if shape.node.get("readOnly") is not True}
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
        further = {name: value for name, value in added.items() if plain(name) in _IDS and (name,) != id_path}
        nested, branched = self._nested_hidden(taken), self._branched
        id_name = id_path[0] if len(id_path) == 1 else ""

        def make(body: Any, item_id: Any, world: World) -> dict[str, Any]:
            item = added.copy() if address is None else address.of(added, key_text(item_id))
            if moments:
                for name, shape in moments.items():
                    item[name] = moment(shape, item[name], world)
            for name, value in further.items():
                item[name] = further_id(value, item_id)
            if isinstance(body, dict):
                item.update(body)
                self.speak_out(item)
                if branched:
                    item = self.of_one_branch(item, body)
            for name in hidden:
                item.pop(name, None)
            if nested:
                item = {
                    name: told(value, properties.get(name), taken.properties.get(name)) for name, value in item.items()
                }
            if id_name:
                item[id_name] = item_id
            elif id_path:
                put_at(item, id_path, item_id)
            return item

        return make

    def speak_out(self, item: dict[str, Any]) -> None:
        """
        Write what was sent by its name alone as the contract's own example has it: ``bug`` is ``{"name": "bug"}``.
        """
        for name, key in self._by_name.items():
            sent = item.get(name)
            if isinstance(sent, list) and any(isinstance(each, str) for each in sent):
                item[name] = [{key: each} if isinstance(each, str) else each for each in sent]

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


_NAMING = ("name", "login", "slug", "key", "title", "id")


def _by_name(view: View) -> Iterator[tuple[str, str]]:
    """
    Find lists whose entries may be a text or an object, and are objects in the contract's own example.
    """
    examples = view.checker.media.examples.values() if view.checker is not None else ()
    # An example that breaks its schema elsewhere shows all the same how its lists are written.
    whole: Any = next((one.value for one in examples if one.has_value), None)
    base = value_at(whole, view.steps) if view.steps else whole
    for name, shape in view.item.properties.items() if isinstance(base, dict) else ():
        shown = base.get(name)
        if (
            isinstance(shown, list)
            and shown
            and isinstance(shown[0], dict)
            and shape.items.types >= {"string", "object"}
        ):
            key = next((each for each in _NAMING if isinstance(shown[0].get(each), str)), None)
            if key is not None:
                yield name, key


_OWN = frozenset({"url", "self", "href", "uri", "selflink", "selfurl", "resourceuri", "apiurl", "resourceurl",
                  "odataid", "selfuri"})  # fmt: skip
_IDS = frozenset({"id", "uuid", "guid", "gid", "sid"})
_LINKS = frozenset({"links", "link"})


def _own_addresses(item: Shape) -> tuple[Steps, ...]:
    """
    Say where an item tells its own address.
    """
    found: list[Steps] = []
    for name, shape in item.properties.items():
        key = plain(name)
        if key in _OWN and "string" in shape.types:
            found.append((name,))
        elif key in _LINKS:
            own = shape.properties.get("self")
            if own is not None:
                found.append((name, "self") if "string" in own.types else (name, "self", "href"))
    return tuple(found)


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
        return bool(self._renamed(value, "") != value)

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
    return bool(only_written) or any(
        _hides(part, shown.properties[name], depth + 1)
        for name, part in taken.properties.items()
        if name in shown.properties
    )


# What a name of the moment, or of the flag, of an item's end says.
_ENDS = frozenset({"deleted", "removed", "archived", "canceled", "cancelled", "revoked", "trashed", "closed", "solved",
                   "resolved", "completed", "finished", "ended", "terminated", "withdrawn", "deactivated", "disabled",
                   "suspended", "banned", "refunded"})  # fmt: skip
_SECRETS = frozenset({"password", "secret", "passphrase", "pin", "cvc", "cvv"})


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
    unnamed: bool = bool(shown.properties) and name not in shown.properties
    return unnamed and not _SECRETS.isdisjoint(words(name))


def further_id(value: Any, item_id: Any) -> Any:
    """
    Make an id that an item has beside its own: as the contract's own looks, and another for each item.
    """
    key = key_text(item_id)
    if isinstance(value, int) and not isinstance(value, bool):
        return 1 + crc32(key.encode("utf-8", "surrogatepass")) % (10**9)
    if not isinstance(value, str):
        return value
    try:
        return str(uuid5(UUID(value), key))
    except ValueError:
        before, slash, _ = value.rpartition("/")
        return f"{before}/{key}" if slash else f"{value.rpartition('_')[0] or value}_{crc32(key.encode()):08x}"


def own_names(item: Shape) -> frozenset[str]:
    """
    Name what an item has whatever branch of its schema it is of.
    """
    named = item.node.get("properties")
    return frozenset(named) if isinstance(named, dict) else frozenset()


def is_moment(name: str) -> bool:
    """
    Say whether a property tells when an item came to be or changed.
    """
    return bool(set(words(name)) & {"created", "updated", "modified", "changed", "registered", "timestamp"})


def _is_end(name: str) -> bool:
    """
    Say whether a property tells when, or that, an item came to its end: a new one has not.
    """
    return not _ENDS.isdisjoint(words(name))


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
