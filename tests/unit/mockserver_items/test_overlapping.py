"""
Items whose schema is fitted by several branches of ``oneOf``: what was posted is what is told.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mockserver_items.small import COUNT, TEXT, answers, array, call, of, serve, takes, told, value

NAMED = of("name", id=TEXT, name=TEXT)
PLAIN = of("name", id=TEXT, name=TEXT, cells=array(of("size", size=COUNT)))
RICH = of("name", id=TEXT, name=TEXT, cells=array(of("size look", size=COUNT, look=TEXT)))
EITHER = {"oneOf": [RICH, PLAIN]}


def kept(shown: Any, made: Any) -> Any:
    paths = {
        "/boards": {"post": {**takes(of(name=TEXT)), **answers(made, "201")}, "get": answers(array(shown))},
        "/boards/{id}": {"get": answers(shown)},
    }
    return serve(paths)


@pytest.mark.parametrize("shown", [EITHER, {"oneOf": [NAMED, NAMED]}])
def test_what_tells_branches_apart_is_made_and_what_was_sent_stays(shown: Any) -> None:
    """
    An object that fits both branches gets what only one of them allows, also where nothing can be made up for GET; it
    is read as it was answered.
    """
    site = kept(shown, EITHER)
    made = call(site, "POST", "/boards", {"name": "mine"})
    assert (made.status, value(made)["name"], told(made, "x-mock-violation")) == (201, "mine", "")
    assert value(call(site, "GET", f"/boards/{value(made)['id']}")) == value(made)
    assert value(call(site, "GET", "/boards")) == [value(made)]


def test_what_its_own_operation_cannot_show_is_told_as_it_is() -> None:
    """
    Where no answer of GET can be valid, what was posted is read all the same, and the contract's fault is named.
    """
    site = kept({"oneOf": [NAMED, NAMED]}, NAMED)
    made = value(call(site, "POST", "/boards", {"name": "mine"}))
    read = call(site, "GET", f"/boards/{made['id']}")
    assert (value(read), made["name"]) == (made, "mine")
    assert "matches several" in told(read, "x-mock-violation")


def test_what_nobody_can_show_is_named() -> None:
    """
    Where not even the answer to POST can show an item, its members are said not to be kept.
    """
    site = kept({"oneOf": [NAMED, NAMED]}, {"oneOf": [NAMED, NAMED]})
    assert told(call(site, "POST", "/boards", {"name": "mine"}), "x-mock-not-kept") == "name"
