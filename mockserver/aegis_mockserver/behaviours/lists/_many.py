"""
Many new items in one request.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act
from aegis_mockserver.behaviours.items._choices import natural
from aegis_mockserver.behaviours.items._spelling import sent_item
from aegis_mockserver.behaviours.items._views import View, value_at
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.behaviours.lists._lists import shown_list
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._resource import Use
from aegis_mockserver.behaviours.resources._shapes import FIRST, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World


def many(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    POST of many new items at once.
    """
    kind = where.kind
    listed = use.taken[:-1] if use.taken[-1:] == (FIRST,) else use.taken
    taken = body_of(operation).at(listed).items
    make = kind.maker(taken)
    own = natural(where, taken)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        sent = sent_item(reading.body, listed)
        if isinstance(sent, dict):
            sent = [sent]
        if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
            return None
        store, kept, lost = where.store(reading, world, writes=True), list[Any](), list[str]()
        for number, body in enumerate(sent):
            given = value_at(body, own) if own else None
            item_id = given if isinstance(given, str | int) and given != "" else kind.new_id(store, world)
            item = make(body, item_id, world)
            where.belong(item, body, reading)
            where.addressed(item, taken, reading, key_text(item_id))
            fit = kind.view.fit(item)
            if fit is None:
                return None
            store.put(key_text(item_id), fit.item)
            where.joined(key_text(item_id), reading, world)
            kept.append(fit.item)
            lost += [f"{number}.{name}" for name in fit.lost]
        headers = {"X-Mock-Not-Kept": ", ".join(lost)} if lost else {}
        return all_shown(view, use, kept, headers)

    return act


def all_shown(view: View, use: Use, kept: list[Any], headers: dict[str, str]) -> Answer | None:
    """
    Answer with several items.
    """
    if not view.shows:
        return view.answer(None, headers) if view.says_nothing else None
    proof = shown_list(view, use, kept)
    return view.answer(proof, headers) if proof is not None else None
