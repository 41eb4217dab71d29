"""
Writes that are answered with a task: what was asked is done, and the task says so wherever it is read.
"""

from __future__ import annotations

from typing import Any

import msgspec

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act, fit_of, shown
from aegis_mockserver.behaviours.items._views import View, planted
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.behaviours.resources._names import plain, singular_of
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.behaviours.resources._tasks import STATES, Task
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.world import World

_DONE = ("succeeded", "success", "successful", "completed", "complete", "done", "finished", "ready", "processed", "ok",
         "closed", "active")  # fmt: skip
_FAILS = frozenset({"error", "errors", "failure", "failurereason", "errormessage", "errorcode", "errordetails"})
_TARGETS = frozenset({"resourceid", "targetid", "createdresource", "createdresourceid", "entityid", "objectid",
                      "targetresourceid"})  # fmt: skip


def started(act: Act, where: Where, tasks: Where, task: Task, operation: Operation) -> Act:
    """
    Return what does as *act* does, and answers with a task that is done.

    Args:
        where: the items that are written.
        tasks: where tasks are read.
    """
    kind = tasks.kind
    view = View(operation, task.steps, task.resource.identity.names)
    make = kind.maker(Shape(False))
    done = _done(kind.view.item)
    dropped = [name for name in kind.view.item.properties if plain(name) in _FAILS]
    single = plain(singular_of(where.resource.noun))
    targets = [name for name in kind.view.item.properties if plain(name) in _TARGETS | {f"{single}id"}]

    def start(reading: Reading, world: World) -> Answer | Problem | None:
        said = act(reading, world)
        if isinstance(said, Problem):
            return said
        store = tasks.store(reading, world, writes=True)
        key = kind.new_id(store, world)
        item = {name: value for name, value in make(None, key, world).items() if name not in dropped} | done
        target = _target(where, reading, world)
        item |= dict.fromkeys(targets, target) if target else {}
        fit = fit_of(kind, item)
        if fit is None:
            return said
        store.put(key_text(key), fit.item)
        headers = {task.header: kind.home + tasks.address(reading, key_text(key))} if task.header else {}
        if not view.shows:
            return view.answer(None, headers)
        return _beside(said, view, fit.item, headers) or shown(view, fit.item, headers, key) or said

    return start


def _beside(said: Answer | None, view: View, item: dict[str, Any], headers: dict[str, str]) -> Answer | None:
    """
    Answer with a task beside what else the answer tells; None where it tells nothing else.
    """
    if said is None or not view.steps or view.checker is None:
        return None
    told = msgspec.json.decode(said.content.content) if isinstance(said.content, Proof) else said.body
    if not isinstance(told, dict):
        return None
    proof = view.checker.make(planted(told, view.steps, item))
    return view.answer(proof, said.headers | headers) if proof is not None else None


def _target(where: Where, reading: Reading, world: World) -> str:
    """
    Return the key of what was written: it is named by the path, or came last.
    """
    if where.resource.identity.parameter in reading.path:
        return where.key(reading)
    return next(reversed(where.store(reading, world)), "")


def _done(item: Shape) -> dict[str, Any]:
    """
    Say what a task has that is done.
    """
    found: dict[str, Any] = {}
    for name, shape in item.properties.items():
        if plain(name) not in STATES:
            continue
        values = {plain(value): value for value in shape.node.get("enum", ()) if isinstance(value, str)}
        if "boolean" in shape.types:
            found[name] = True
        elif values:
            meant = next((values[one] for one in _DONE if one in values), None)
            found |= {name: meant} if meant is not None else {}
        elif "string" in shape.types:
            found[name] = "succeeded"
        elif shape.types & {"integer", "number"}:
            found[name] = min(100, shape.node.get("maximum", 100))
    return found
