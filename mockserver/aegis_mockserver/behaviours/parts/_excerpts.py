"""
Excerpts: ``/deployments/{name}/scale`` has no member that the item has not, so it tells of the item, and changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act, fit_of
from aegis_mockserver.behaviours.items._patches import PatchError, change_of, changed, json_patch, unpatched
from aegis_mockserver.behaviours.items._views import View, put_at, value_at
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.items.marks._stamps import Stamps
from aegis_mockserver.behaviours.items.marks._versions import Preconditions
from aegis_mockserver.behaviours.resources._names import ANYBODYS
from aegis_mockserver.behaviours.resources._resource import Steps, Use
from aegis_mockserver.behaviours.resources._shapes import Shape
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World

_DEPTH = 3
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def excerpt(whole: Where, use: Use, operation: Operation) -> Act | None:
    """
    Return what reads or changes an excerpt of an item; None where something else is meant.
    """
    view = View(operation, use.shown)
    shape, item, head = view.item, whole.kind.view.item, whole.resource.identity.steps[:1]
    names = shape.properties.keys()
    if use.action not in {"read", "replace", "update"} or not names or not names <= item.properties.keys():
        return None
    shared = list(_shared(shape, item, Stamps(shape, (), lambda _shape, value, _world: value).fixed.keys()))
    told = [steps for steps in shared if len(steps) > 1 and steps[:1] != head]
    # What has a name of its own, or nothing deeper in common, is a thing beside the item.
    if not told or ANYBODYS & names or len(whole.resource.identity.steps) < 2:
        return None
    conditions = Preconditions(operation, operation.path, whole.kind.versions)

    def tell(kept: dict[str, Any], headers: dict[str, str]) -> Answer | None:
        part = view.base_item()
        for steps in shared:
            value = value_at(kept, steps)
            if value is not None:
                put_at(part, steps, value)
            else:
                _leave_out(part, steps)
        proof = view.show(part)
        return view.answer(proof, headers) if proof is not None else None

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store, key = whole.store(reading, world, writes=use.action != "read"), whole.key(reading)
        old = store.get(key)
        if old is None:
            return None if store.pristine and key not in store.gone else not_found()
        if use.action == "read":
            return tell(old, {})
        unmet = conditions.refuse(reading, store, key, reading.body)
        if unmet is not None:
            return unmet
        try:
            sent = _sent(reading, old, use)
        except PatchError as error:
            return unpatched(operation, error)
        if sent is None:
            return None
        new = store.get(key)
        for steps in told:
            value = value_at(sent, steps)
            if value is not None:
                put_at(new, steps, value)
        change = change_of(old, new)
        if change.fields:
            whole.kind.versions.advance(new, old)
        fit = fit_of(whole.kind, new, old)
        if fit is None:
            return None
        store.put(key, fit.item)
        answer = tell(fit.item, fit.headers)
        if answer is not None:
            answer.change = change
        return answer

    return act


def _sent(reading: Reading, old: dict[str, Any], use: Use) -> dict[str, Any] | None:
    body = reading.body
    if use.action == "update" and isinstance(body, list) and "json-patch" in reading.media_type:
        patched = json_patch(old, body)
        return patched if isinstance(patched, dict) else None
    if not isinstance(body, dict):
        return None
    return changed(old, body, reading.query) if use.action == "update" else body


def _shared(part: Shape, whole: Shape, own: Any, before: Steps = ()) -> Iterator[Steps]:
    """
    Find the members that two schemas have at the same place, of the same types.
    """
    for name, shape in part.properties.items():
        there = whole.properties.get(name)
        if there is None or (not before and name in own):
            continue
        if shape.properties and there.properties and len(before) < _DEPTH:
            yield from _shared(shape, there, own, (*before, name))
        elif shape.types & there.types & _SCALARS:
            yield (*before, name)


def _leave_out(part: dict[str, Any], steps: Steps) -> None:
    inner: Any = value_at(part, steps[:-1]) if steps[1:] else part
    if isinstance(inner, dict):
        put_at(part, steps[:-1], {name: value for name, value in inner.items() if name != steps[-1]})
