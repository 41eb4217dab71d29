"""
How an item is made, and how it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._choices import chosen, natural, told_beside
from aegis_mockserver.behaviours.items._files import Contents, takes_bytes, told_of
from aegis_mockserver.behaviours.items._kinds import Kind
from aegis_mockserver.behaviours.items._spelling import Spelling, sent_item
from aegis_mockserver.behaviours.items._views import Fit, View, value_at
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.items.marks._versions import Preconditions
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._resource import Use
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Store, World

Act = Callable[[Reading, World], Answer | Problem | None]


def shown(
    view: View, item: dict[str, Any], headers: dict[str, str] | None = None, item_id: Any = None
) -> Answer | None:
    """
    Answer with an item; None where it cannot be shown.
    """
    if view.checker is None:
        return view.answer(None, headers) if view.says_nothing else None
    proof = view.show(_named(view, item, item_id))
    return view.answer(proof, headers) if proof is not None else None


def _named(view: View, item: dict[str, Any], item_id: Any) -> dict[str, Any]:
    """
    Let an answer call the item's id as its own schema does.
    """
    if item_id is None or len(view.id_steps) != 1 or value_at(item, view.id_steps) is not None:
        return item
    return {**item, view.id_steps[0]: item_id}


def owned(owner: Where | None, act: Act | None) -> Act | None:
    """
    Let nobody act on what belongs to an item that does not exist.
    """
    if owner is None:
        return act

    def guarded(reading: Reading, world: World) -> Answer | Problem | None:
        if owner.lacks(reading, world):
            return not_found()
        return act(reading, world) if act is not None else None

    return guarded


def shows_alike(kind: Kind, view: View) -> bool:
    """
    Say whether showing an item in *view* proves that the item's own operation can show it.
    """
    best = kind.view
    if best.schema is None or view.schema is None:
        return best.schema is None
    # Many contracts write the same schema out for each operation.
    same = best.schema is view.schema or best.schema.projected("response") == view.schema.projected("response")
    return same and best.steps == view.steps and kind.names == view.names


def create(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    POST on a collection.
    """
    return _Creation(where, use, operation, view).act


class _Creation:
    def __init__(self, where: Where, use: Use, operation: Operation, view: View) -> None:
        kind, resource = where.kind, where.resource
        self._where, self._kind, self._view, self._steps = where, kind, view, use.taken
        self._spelling = Spelling(body_of(operation).at(use.taken), view.item, kind.view.item)
        self._taken = self._spelling.taken
        self._make = kind.maker(self._taken)
        self._exactly = view.exactly if shows_alike(kind, view) else None
        # Where PUT replaces an item, POST is not meant to.
        replaced = "put" in operation.contract.document.get("paths", {}).get(resource.item, {})
        self._conflict = replaced or "409" in operation.responses or "4XX" in operation.responses
        self._own = natural(where, self._taken)
        self._asked = chosen(where, operation) if not self._own else ""
        self._beside = told_beside(operation, kind.view.item, self._taken)
        response = operation.response(view.status)
        has_location = response is not None and "location" in map(str.lower, response.headers)
        silent = not view.shows or not view.id_steps
        self._located = has_location or (resource.addressed and (view.status == 201 or silent))
        self._text = text_of(operation, view, names=True)
        self._as_sent = not use.taken and not self._spelling.differs
        takes = takes_bytes(operation) and resource.identity.parameter
        self._contents = Contents(resource.item) if takes else None

    def act(self, reading: Reading, world: World) -> Answer | Problem | None:
        where, contents = self._where, self._contents
        body = reading.body if self._as_sent else self._spelling.of(sent_item(reading.body, self._steps))
        if contents is not None and isinstance(body, bytes | str):
            body = None
        if body is not None and not isinstance(body, dict):
            return None
        store = world.store(where.only) if where.only else where.store(reading, world, writes=True)
        item_id = self._id(body, reading, store, world)
        if item_id is None:
            return Problem("conflict", 409, "An item with this id exists.")
        key = key_text(item_id)
        address = where.address(reading, key)
        item = self._item(body, item_id, address, reading, world)
        headers = {"Location": address} if self._located else {}
        if contents is not None:
            contents.keep(reading, world, {where.resource.identity.parameter: key})
        exact = self._exactly(item) if self._exactly is not None else None
        if exact is not None:
            store.put(key, item, exact.content)
            where.joined(key, reading, world)
            return self._view.answer(exact, headers)
        # What its own operation cannot show is told there as it is: nothing is invented.
        fit = fit_of(self._kind, item) or self._view.fit(item)
        if fit is None:
            return self._view.unkept(body or {})
        store.put(key, fit.item)
        where.joined(key, reading, world)
        return self._told(fit, item_id, headers | fit.headers)

    def _id(self, body: dict[str, Any] | None, reading: Reading, store: Store, world: World) -> Any:
        """
        Return the id that the client chose, else a new one; None where there is an item of that id.
        """
        own, asked = self._own, self._asked
        chosen_id = value_at(body, own) if own else reading.query.get(asked) if asked else None
        if (
            not isinstance(chosen_id, str | int | float)
            or chosen_id == ""
            or not self._kind.addresses(key_text(chosen_id))
        ):
            return self._kind.stamps.named(body, store) or self._kind.new_id(store, world)
        return None if self._conflict and key_text(chosen_id) in store else chosen_id

    def _item(
        self, body: dict[str, Any] | None, item_id: Any, address: str, reading: Reading, world: World
    ) -> dict[str, Any]:
        kind, where = self._kind, self._where
        if self._beside:
            said = {name: reading.query.get(one) for one, name in self._beside.items()}
            body = {**{name: value for name, value in said.items() if value is not None}, **(body or {})}
        item = self._make(body, item_id, world)
        kind.stamps.put(item, address, world)
        kind.versions.advance(item)
        if reading.files and body is not None:
            item |= told_of(reading.files, kind.view.item.properties, body)
        if where.belongs:
            where.belong(item, body, reading)
        if kind.own_addresses:
            where.addressed(item, self._taken, reading, key_text(item_id))
        return item

    def _told(self, fit: Fit, item_id: Any, headers: dict[str, str]) -> Answer | None:
        view, text = self._view, self._text
        if not view.item.properties and (named := text(item_id, headers)) is not None:
            return named
        return shown(view, fit.item, headers, item_id) or text(item_id, headers) or view.otherwise(fit.item, headers)


def fit_of(kind: Kind, item: dict[str, Any], likeness: dict[str, Any] | None = None) -> Fit | None:
    """
    Keep what any of the views shows: what the best view shows as it can show it, the rest as it was sent.
    """
    if kind.names == kind.view.names:
        return kind.view.fit(item, likeness)
    names = kind.view.names or frozenset()
    fit = kind.view.fit({name: value for name, value in item.items() if name in names}, likeness)
    if fit is None:
        return None
    rest = {name: value for name, value in item.items() if name not in names}
    return Fit({**fit.item, **rest}, fit.lost)


def text_of(operation: Operation, view: View, *, names: bool = False) -> Callable[[Any, dict[str, str]], Answer | None]:
    """
    Return what answers an item where the contract wants no JSON object: the contract's own example, else its own text.

    Args:
        names: the answer is the item's id, if it can be.
    """
    from aegis_mockserver.core.operations._instances import Instances

    response = operation.response(view.status)
    media_type = next(iter(response.content), None) if response is not None else None

    content = response.content[media_type] if response is not None and media_type is not None else None
    scalar = Shape.of(content.schema, "response") if content is not None else Shape(True)
    names = names and not (content is not None and content.examples) and bool(scalar.types)
    names = names and not (
        scalar.types & {"object", "array"} or scalar.node.keys() & {"example", "examples", "default"}
    )

    def answer(key: Any, headers: dict[str, str]) -> Answer | None:
        if media_type is None or (view.shows and not names):
            return None
        if names and content is not None and content.schema is not None:
            for value in (key, key_text(key)):
                if content.schema.verdict("response").is_valid(value):
                    return Answer(view.status, value, headers, origin="state")
        if view.shows:
            return None
        value = Instances(operation, lambda _: None).instance(view.status, media_type)
        return Answer(view.status, value, headers, origin="state")

    return answer


def read(where: Where, operation: Operation, view: View) -> Act:
    """
    GET on an item.
    """
    parameter, only = where.resource.identity.parameter, where.only
    conditions = Preconditions(operation, where.resource.item, where.kind.versions)
    # The response tells all that is stored: the very bytes, where it is nothing else.
    prove = view.checker.prove if view.checker is not None and not view.steps else None
    prove = prove if where.kind.names == view.names else None

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = world.store(only) if only else where.store(reading, world)
        key = where.found(store, where.key(reading))
        content = store.get_bytes(key)
        if content is not None:
            if view.checker is None:
                return view.answer(None) if view.says_nothing else None
            headers = conditions.headers(store, key) if conditions.tells else None
            if conditions.tells and (met := conditions.refuse(reading, store, key)) is not None:
                return met
            proof = (prove(content) if prove is not None else None) or view.show(store.get(key))
            return view.answer(proof, headers) if proof is not None else view.truth(store.get(key))
        if key in store.gone or (parameter and not store.pristine):
            return not_found()
        # The contract's own example answers for all that its own list has not.
        if view.checker is None or not store.pristine or (view.exemplary and not where.is_listed(reading, world)):
            return None
        proof = view.show(where.made_up(key, reading, world))
        return view.answer(proof) if proof is not None else None

    return act
