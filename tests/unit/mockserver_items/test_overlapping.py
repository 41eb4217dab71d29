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


def kept(shown: Any, made: Any, edited: Any = None) -> Any:
    change = {**takes(of(name=TEXT)), **answers(edited)}
    paths = {
        "/boards": {"post": {**takes(of(name=TEXT)), **answers(made, "201")}, "get": answers(array(shown))},
        "/boards/{id}": {"get": answers(shown), "put": change, "patch": change},
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


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("answer", [{"oneOf": [NAMED, NAMED]}, {"type": "boolean"}])
def test_a_change_is_kept_whatever_its_own_answer_can_show(method: str, answer: Any) -> None:
    """
    Where the answer to a change is no item, or cannot be valid, the change is read all the same.
    """
    site = kept(NAMED, NAMED, answer)
    made = value(call(site, "POST", "/boards", {"name": "mine"}))
    said = call(site, method, f"/boards/{made['id']}", {"name": "theirs"})
    assert value(call(site, "GET", f"/boards/{made['id']}")) == {**made, "name": "theirs"}
    if "oneOf" in answer:
        assert value(said) == {**made, "name": "theirs"}
        assert "matches several" in told(said, "x-mock-violation")


def test_what_only_its_own_answer_cannot_show_is_answered_as_it_is_kept() -> None:
    """
    A new item that is read, but that no answer to POST can tell validly, is told; nothing is made up in its place.
    """
    site = kept(NAMED, {"oneOf": [NAMED, NAMED]})
    made = call(site, "POST", "/boards", {"name": "mine"})
    assert value(made) == value(call(site, "GET", "/boards"))[0]
    assert "matches several" in told(made, "x-mock-violation")


def test_a_change_that_nobody_can_show_is_named() -> None:
    """
    Where neither GET nor the answer to PUT can show an item, its members are said not to be kept.
    """
    nobody = {"oneOf": [NAMED, NAMED]}
    said = call(kept(nobody, nobody, nobody), "PUT", "/boards/any", {"name": "theirs"})
    assert told(said, "x-mock-not-kept") == "name"
