"""
What happens to a store: create, list, read, replace, update, delete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours._items import Fit, Kind, View, hidden_in, path_key
from aegis_mockserver.behaviours._lists import Listing
from aegis_mockserver.behaviours._patches import PatchError, change_of, json_patch, merge
from aegis_mockserver.behaviours._shapes import Shape, id_in, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Store, World

Act = Callable[[Reading, World], Answer | Problem | None]


@dataclass(slots=True)
class Resource:
    """
    A collection path with its item path, as one operation meets it.

    Args:
        name: of the store, with the template expressions of the parents still in it.
        parents: the template expressions of the parents.
        parameter: the template expression of the item; empty for a resource that there is one of.
        owner: the resource whose item the collection belongs to, if there is one.
        addressed: an item has a path of its own.
    """

    name: str
    parents: tuple[str, ...]
    parameter: str
    item_path: str
    kind: Kind
    owner: Resource | None = None
    addressed: bool = True

    def lacks(self, reading: Reading, world: World) -> bool:
        """
        Say whether the item that the path names does not exist: nothing was written under that name, or it is gone.
        """
        if self.owner is not None and self.owner.lacks(reading, world):
            return True
        store, key = self.store(reading, world), self.key(reading)
        return key in store.gone if store.pristine else key not in store

    def begun(self, reading: Reading, world: World) -> bool:
        """
        Say whether anything was ever written to where the path's item is.
        """
        return not self.store(reading, world).pristine

    def store(self, reading: Reading, world: World) -> Store:
        """
        Return the store, one for each combination of parents.
        """
        name = self.name
        if not self.parents:
            return world.store(name)
        for parent in self.parents:
            name = name.replace(f"{{{parent}}}", key_text(reading.path.get(parent, "")))
        return world.store(name)

    def key(self, reading: Reading) -> str:
        return path_key(reading, self.parameter) if self.parameter else "@"


def _not_found() -> Problem:
    return Problem("not_found", 404, "The item does not exist in this world.", "There is no such item")


def _shown(view: View, item: dict[str, Any], headers: dict[str, str] | None = None) -> Answer | None:
    if view.checker is None:
        return view.answer(None, headers)
    shown = view.show(item)
    return view.answer(shown, headers) if shown is not None else None


def owned(owner: Resource | None, resource: Resource | None, act: Act | None) -> Act | None:
    """
    Let nobody act on what belongs to an item that does not exist, and invent nothing below one that does.
    """
    if owner is None:
        return act

    def guarded(reading: Reading, world: World) -> Answer | Problem | None:
        if owner.lacks(reading, world):
            return _not_found()
        if resource is not None and owner.begun(reading, world):
            resource.store(reading, world).pristine = False
        return act(reading, world) if act is not None else None

    return guarded


def _store_shown(kind: Kind, view: View) -> bool:
    """
    Say whether showing an item in *view* proves that the item's own operation can show it.
    """
    return kind.view.schema is None or (kind.view.schema is view.schema and kind.view.steps == view.steps)


def create(resource: Resource, operation: Operation) -> Act:
    """
    POST on a collection.
    """
    kind = resource.kind
    view = View(operation, kind.candidates)
    sent = Sent.by(operation, kind)
    taken = sent.shape
    make = kind.maker(taken)
    exactly = view.exactly if _store_shown(kind, view) else None
    conflict = "409" in operation.responses or "4XX" in operation.responses
    takes_id = kind.id_name is not None and id_in(taken.properties, [kind.id_name]) is not None
    response = operation.response(view.status)
    has_location = response is not None and "location" in map(str.lower, response.headers)
    located = has_location or (view.status == 201 and resource.addressed)
    before, _, after = resource.item_path.partition(f"{{{resource.parameter}}}")

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        body = sent.item(reading.body) if sent.steps else reading.body
        if reading.has_body and not isinstance(body, dict):
            return None
        store = resource.store(reading, world)
        given = kind.key_of(body) if takes_id else None
        if given is not None and key_text(given) in store and conflict:
            return Problem("conflict", 409, "An item with this id exists.")
        item_id = given if given is not None else kind.new_id(store, world)
        key = key_text(item_id)
        item = make(body, item_id, world)
        for parent in resource.parents:
            name = id_in(kind.view.item.properties, [parent])
            if name and name != kind.id_name and not (isinstance(body, dict) and name in body):
                item[name] = reading.path.get(parent)
        headers: dict[str, str] = {}
        if located:
            location = f"{before}{key}{after}"
            for parent in resource.parents:
                location = location.replace(f"{{{parent}}}", key_text(reading.path.get(parent, "")))
            headers["Location"] = location
        exact = exactly(item) if exactly is not None else None
        if exact is not None:
            store.put(key, item, exact.content)
            return view.answer(exact, headers)
        fit = kind.view.fit(item)
        answer = _shown(view, fit.item, {**headers, **fit.headers}) if fit is not None else None
        if fit is None or answer is None:
            return None
        store.put(key, fit.item)
        return answer

    return act


@dataclass(frozen=True, slots=True)
class Sent:
    """
    What an operation is sent of an item.

    Args:
        steps: where in the body the item is: () for the whole of it, else inside of its envelope.
        shape: the item's schema there.
    """

    steps: tuple[str, ...]
    shape: Shape

    @classmethod
    def by(cls, operation: Operation, kind: Kind) -> Sent:
        """
        Look at the operation's request body.
        """
        content = operation.request_body.content if operation.request_body is not None else {}
        media = next(iter(content.values()), None)
        shape = Shape.of(media.schema if media is not None else None, "none")
        known = kind.view.item.properties.keys()
        if shape.properties.keys() & known:
            return cls((), shape)
        for name, inner in shape.properties.items():
            if "object" in inner.types and inner.properties.keys() & known:
                return cls((name,), inner)
        return cls((), shape)

    def item(self, body: Any) -> Any:
        """
        Take the envelope off a body.
        """
        for step in self.steps:
            body = body.get(step) if isinstance(body, dict) else None
        return body


def listing(resource: Resource, operation: Operation) -> Act | None:
    """
    GET on a collection.
    """
    listed = Listing.of(operation, resource.kind.noun, resource.kind.id_name)
    if listed is None:
        return None
    return lambda reading, world: listed.answer(resource.store(reading, world), reading)


def _virtual(resource: Resource, store: Store, key: str) -> dict[str, Any] | None:
    """
    Return the contract's own item under this key, as long as nothing was ever put into the store.
    """
    kind = resource.kind
    if not store.pristine or key in store.gone:
        return None
    item = kind.view.base_item()
    if kind.id_name and resource.parameter and kind.id_name in item:
        own = item[kind.id_name]
        item[kind.id_name] = int(key) if isinstance(own, int) and key.lstrip("-").isdecimal() else key
    return item


def read(resource: Resource, operation: Operation) -> Act:
    """
    GET on an item.
    """
    view = View(operation, resource.kind.candidates)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = resource.store(reading, world)
        key = resource.key(reading)
        content = store.get_bytes(key)
        if content is not None:
            shown = view.show_stored(content) if view.checker is not None else None
            return view.answer(shown) if shown is not None or view.checker is None else None
        if (store.pristine and key not in store.gone) or (not resource.parameter and key not in store.gone):
            return None
        return _not_found()

    return act


def write(resource: Resource, operation: Operation, *, patch: bool) -> Act:
    """
    PUT or PATCH on an item.
    """
    kind = resource.kind
    view = View(operation, kind.candidates)
    sent = Sent.by(operation, kind)
    taken = sent.shape
    make, hidden, proved = kind.maker(taken), hidden_in(taken, kind.view.item), _store_shown(kind, view)
    creates = 201 if "201" in operation.responses and "200" in operation.responses else None

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = resource.store(reading, world)
        key = resource.key(reading)
        old = store.get(key)
        known = old is not None
        if old is None:
            old = _virtual(resource, store, key)
            if old is None and (patch or creates is None) and resource.parameter:
                return _not_found()
        old = old or {}
        try:
            new = _changed(reading, sent, old, patch=patch)
        except PatchError as error:
            return _unpatched(operation, error)
        if new is None:
            return None
        if not patch:
            server_made = {n: v for n, v in old.items() if n not in taken.properties and n in kind.view.item.properties}
            new = {**server_made, **new} if known or old else make(new, reading.path.get(resource.parameter), world)
        new = {name: value for name, value in new.items() if name not in hidden}
        if kind.id_name and resource.parameter and kind.id_name in (*kind.view.item.properties, *old):
            new[kind.id_name] = old.get(kind.id_name, reading.path.get(resource.parameter))
        change = change_of(old, new)
        if change.fields:
            kind.touched(new, world)
        answer = _shown(view, new) if proved else None
        fit = Fit(new) if answer is not None else kind.view.fit(new)
        if fit is None:
            return None
        new = fit.item
        answer = answer or _shown(view, new, fit.headers)
        if answer is None:
            return None
        if not known or change.fields:
            store.put(key, new)
        answer.change = change
        if creates and not known and not store.pristine and not old:
            answer.status = creates
        return answer

    return act


def _unpatched(operation: Operation, error: PatchError) -> Problem:
    """
    Refuse a patch: 422 for what is no patch, 409 for what the item does not allow, as far as the contract has them.
    """
    wanted = (422, 409) if error.malformed else (409, 422)
    status = next((each for each in wanted if str(each) in operation.responses), wanted[0])
    return Problem("conflict", status=status, detail=str(error))


def _changed(reading: Reading, sent: Sent, old: dict[str, Any], *, patch: bool) -> dict[str, Any] | None:
    body = reading.body
    if isinstance(body, dict):
        body = sent.item(body)
    if patch and isinstance(body, list) and "json-patch" in reading.media_type:
        new = json_patch(old, body)
    elif patch:
        new = merge(old, body) if isinstance(body, dict) else None
    else:
        new = dict(body) if isinstance(body, dict) else None
    return new if isinstance(new, dict) else None


def replace_by_body(resource: Resource, operation: Operation) -> Act:
    """
    PUT on a collection, with the id in the body.
    """
    kind = resource.kind
    view = View(operation, kind.candidates)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = resource.store(reading, world)
        item_id = kind.key_of(reading.body)
        if item_id is None:
            return None
        key = key_text(item_id)
        if key not in store and not (store.pristine and key not in store.gone):
            return _not_found()
        item = {**(store.get(key) or {}), **reading.body}
        answer = _shown(view, item)
        if answer is not None:
            answer.change = change_of(store.get(key) or {}, item)
            store.put(key, item)
        return answer

    return act


def delete(resource: Resource, operation: Operation) -> Act:
    """
    DELETE on an item.
    """
    view = View(operation, resource.kind.candidates)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = resource.store(reading, world)
        key = resource.key(reading)
        item = store.get(key)
        if item is not None:
            store.delete(key)
        elif store.pristine and key not in store.gone:
            item = _virtual(resource, store, key)
            store.forget(key)
        else:
            return _not_found()
        if view.media_type is None or view.item.properties.keys() & (item or {}).keys() == set():
            return None
        return _shown(view, item or {})

    return act
