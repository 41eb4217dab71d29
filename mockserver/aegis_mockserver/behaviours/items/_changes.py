"""
What changes an item: PUT, PATCH or POST on it, and the actions that its path names.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act, fit_of, shown, shows_alike, text_of
from aegis_mockserver.behaviours.items._choices import Renaming, is_renamed, keep_id
from aegis_mockserver.behaviours.items._files import sent_files, takes_bytes, told_of
from aegis_mockserver.behaviours.items._patches import (
    PatchError,
    change_of,
    changed,
    json_patch,
    said_null,
    unpatched,
)
from aegis_mockserver.behaviours.items._spelling import Spelling, sent_item
from aegis_mockserver.behaviours.items._views import Fit, View
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.items.marks._ends import ended
from aegis_mockserver.behaviours.items.marks._versions import Preconditions
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._replacing import keeps_the_rest
from aegis_mockserver.behaviours.resources._resource import Use
from aegis_mockserver.behaviours.resources._shapes import FIRST, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Store, World


def write(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    PUT, PATCH or POST on an item, or an action below it.
    """
    change = _Change(where, use, operation, view)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        try:
            return change.act(reading, world)
        except PatchError as error:
            return unpatched(operation, error)

    return act


class _Change:
    def __init__(self, where: Where, use: Use, operation: Operation, view: View) -> None:
        kind, resource = where.kind, where.resource
        self._where, self._kind, self._view, self._use = where, kind, view, use
        self._patch, self._parameter = use.action != "replace", resource.identity.parameter
        self._spelling = Spelling(body_of(operation).at(use.taken), view.item, kind.view.item)
        taken = self._spelling.taken
        self._make, self._hidden = kind.maker(taken), kind.hidden(taken)
        self._accepted = {name for name, shape in taken.properties.items() if shape.node.get("readOnly") is not True}
        self._defaults = {
            name: shape.node["default"]
            for name, shape in {**taken.properties, **kind.view.item.properties}.items()
            if name in self._accepted and shape.node.get("default") is not None
        }
        self._exactly = view.exactly if shows_alike(kind, view) else None
        self._creates = 201 if "201" in operation.responses and "200" in operation.responses else None
        self._by_body = bool(self._parameter) and f"{{{self._parameter}}}" not in operation.path
        self._renaming = Renaming(use, resource.identity.name, taken)
        self._end = ended(use.verb, kind.view.item) or ended(use.verb, view.item) if use.action == "act" else None
        self._text = text_of(operation, view)
        self._conditions = Preconditions(operation, resource.item, kind.versions)
        self._rest = keeps_the_rest(operation, taken, resource, kind.view.item)
        self._part = use.verb if use.action != "act" else ""
        self._takes_bytes = use.action == "replace" and takes_bytes(operation)

    def act(self, reading: Reading, world: World) -> Answer | Problem | None:
        """
        Raises:
            PatchError: what was sent cannot be applied to the item.
        """
        where, kind, parameter = self._where, self._kind, self._parameter
        store = where.store(reading, world, writes=True)
        files = sent_files(reading) if self._takes_bytes and isinstance(reading.body, bytes | str) else ()
        body = {} if files else sent_item(reading.body, self._use.taken)
        sent = self._spelling.of(body)
        given = kind.key_of(sent) if self._by_body else where.found(store, where.key(reading))
        if given is None:
            return None
        key = key_text(given)
        # What is applied is the item as it is to be, so it may be new.
        changes = self._patch and not ("apply-patch" in reading.media_type and self._creates is not None)
        kept = store.get(key)
        old = kept if kept is not None else self._assumed(store, reading, world, changes=changes)
        if old is None:
            return not_found()
        unmet = self._conditions.refuse(reading, store, key, body)
        if unmet is not None:
            return unmet
        known, by_patch = kept is not None, reading.media_type.endswith("patch+json")
        there = known or bool(old)
        new = _changed(reading, self._use, old, sent, patch=self._patch)
        if new is None:
            return None
        if self._patch:
            said_null(new, sent, kind.view.item, removes=by_patch)
        if not there and not changes:
            new = self._make(new, reading.path.get(parameter), world)
        new = self._told_of(new, old, body, there=there)
        new |= told_of(files, kind.view.item.properties, body)
        if by_patch and known and is_renamed(new, old, kind):
            raise PatchError("an item's id cannot be changed or removed", malformed=True)
        if self._end is not None:
            self._end(new, world)
        keep_id(new, old, kind, reading.path.get(parameter) if parameter else None)
        renamed = self._renaming.of(new, sent, key) if known else None
        if renamed is not None and renamed in store:
            return Problem("conflict", 409, "An item with this id exists.")
        if there:
            kind.stamps.keep(new, old)
        else:
            kind.stamps.put(new, where.address(reading, key), world)
        change = change_of(old, new)
        if change.fields:
            kind.versions.advance(new, old)
            kind.touched(new, world, sent)
        fit, answer = self._fit(new, old, sent, key, known=known)
        if fit is None:
            return self._view.unkept(reading.body) if isinstance(reading.body, dict) else None
        if by_patch and fit.lost:
            raise PatchError(f"{', '.join(fit.lost)} would break the item's schema", malformed=True)
        if answer is None:
            return None
        if renamed is not None:
            store.delete(key)
            store.put(renamed, fit.item)
            where.orphan(store, key, world)
        elif not known or change.fields:
            store.put(key, fit.item)
        if self._conditions.tells:
            answer.headers |= self._conditions.headers(store, renamed or key)
        answer.change = change
        if self._creates and not there:
            answer.status = self._creates
        return answer

    def _assumed(self, store: Store, reading: Reading, world: World, *, changes: bool) -> dict[str, Any] | None:
        """
        Return what an item that nobody made is before it is changed: nothing where it may be made here; None where
        it cannot be.
        """
        where, creates = self._where, self._creates
        makes = self._by_body or (creates is not None and not changes and not where.is_listed(reading, world))
        old = None if makes else where.virtual(store, reading, world)
        if old is None and (changes or not (creates or where.resource.by_put)) and self._parameter:
            return None
        return old or {}

    def _told_of(self, new: dict[str, Any], old: dict[str, Any], body: Any, *, there: bool) -> dict[str, Any]:
        """
        Return an item with what is kept of the old one beside what was sent, and without what an item never tells.
        """
        named = self._kind.view.item.properties
        if there and not self._patch:
            server_made = {name: old[name] for name in old if name not in self._accepted and name in named}
            new = {**(old if self._rest else self._defaults | server_made), **new}
        self._kind.speak_out(new)
        if self._part:
            new = {**old, self._part: new.get(self._part)}
        if self._use.action == "act":
            new = {name: value for name, value in new.items() if name in named or name in old}
        new = {name: value for name, value in new.items() if name not in self._hidden}
        return self._kind.of_one_branch(new, body)

    def _fit(
        self, new: dict[str, Any], old: dict[str, Any], sent: Any, key: str, *, known: bool
    ) -> tuple[Fit | None, Answer | None]:
        """
        Return what of a changed item can be kept, and the answer that tells it.
        """
        view = self._view
        exact = self._exactly(new) if self._exactly is not None else None
        fit = Fit(new) if exact is not None else fit_of(self._kind, new, old)
        if fit is None and isinstance(sent, dict):
            # Merged with what was there it is no item: each member as it was sent, else what was there.
            fit = fit_of(self._kind, {**old, **sent}, old) or (Fit(old, tuple(sent)) if known else None)
        if fit is None:
            return None, None
        if self._patch:  # what was taken away and must be there is as it was
            fit.lost = (*fit.lost, *(name for name in fit.item if name in old and name not in new))
        if exact is not None:
            return fit, view.answer(exact)
        answer = shown(view, fit.item, fit.headers, key) or self._text(key, fit.headers)
        return fit, answer or view.otherwise(fit.item, fit.headers)


def _changed(reading: Reading, use: Use, old: dict[str, Any], sent: Any, *, patch: bool) -> dict[str, Any] | None:
    body = sent if isinstance(reading.body, dict) or isinstance(sent, dict) else reading.body
    body = sent if use.taken[:1] == (FIRST,) else body
    if patch and "json-patch" in reading.media_type:
        if not isinstance(reading.body, list):
            raise PatchError("a JSON Patch is an array of operations", malformed=True)
        if isinstance(body, list):
            body = json_patch(old, body)
            return body if isinstance(body, dict) else None
    if not reading.has_body or (patch and body is None):
        return dict(old) if patch else {}
    if not isinstance(body, dict):
        return None
    return changed(old, body, reading.query) if patch else dict(body)
