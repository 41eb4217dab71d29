"""
Versions of items: another after each change, and what requests may ask of them (RFC 9110 §13).
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_mockserver import Site
from tests.unit.mockserver_items.small import TEXT, answers, call, header, of, serve, takes, told, value

FILE = of("id name", id=TEXT, name=TEXT, size={"type": "integer"})


def files(item: dict[str, Any], *, also: tuple[str, ...] = ("412",)) -> Site:
    conditional = {"parameters": [header("If-Match")]}
    read = {"parameters": [header("If-None-Match")], **answers(item, "200", "304")}
    return serve(
        {
            "/files": {"post": {**takes(of(name=TEXT)), **answers(item, "201")}},
            "/files/{id}": {
                "get": read,
                "patch": {**conditional, **takes(of(name=TEXT, etag=TEXT)), **answers(item, "200", *also)},
                "delete": {**conditional, **answers(None, "204", *also)},
            },
        }
    )


@pytest.mark.parametrize("more", [{}, {"etag": TEXT}], ids=["tag of the content", "member of the item"])
def test_who_missed_a_change_is_refused(more: Any) -> None:
    """
    ``If-Match`` with the tag that a read told is met until somebody else changes the item; then it is 412, and nothing
    is changed or removed.
    """
    site = files({**FILE, "properties": {**FILE["properties"], **more}})
    where = f"/files/{value(call(site, 'POST', '/files', {'name': 'a'}))['id']}"
    tag = told(call(site, "GET", where), "etag")
    assert tag
    changed = call(site, "PATCH", where, {"name": "b"}, if_match=tag)
    assert changed.status == 200
    assert told(changed, "etag") not in {"", tag}
    assert call(site, "PATCH", where, {"name": "c"}, if_match=tag).status == 412
    assert call(site, "DELETE", where, if_match=tag).status == 412
    assert value(call(site, "GET", where))["name"] == "b"
    assert call(site, "DELETE", where, if_match=told(changed, "etag")).status == 204


def test_a_version_inside_an_item_is_the_tag_of_it() -> None:
    """
    Clients send the ``etag`` that they read in the item as it is, without quotes; ``*`` is any version.
    """
    site = files({**FILE, "properties": {**FILE["properties"], "etag": TEXT}})
    made = value(call(site, "POST", "/files", {"name": "a"}))
    where = f"/files/{made['id']}"
    changed = value(call(site, "PATCH", where, {"name": "b"}, if_match=made["etag"]))
    assert changed["etag"] != made["etag"]
    assert value(call(site, "GET", where))["etag"] == changed["etag"]
    assert call(site, "PATCH", where, {"name": "c"}, if_match=made["etag"]).status == 412
    assert call(site, "PATCH", where, {"name": "c"}, if_match="*").status == 200


def test_a_change_of_nothing_is_no_other_version() -> None:
    """
    What is the same as before has the version that it had.
    """
    site = files({**FILE, "properties": {**FILE["properties"], "etag": TEXT}})
    made = value(call(site, "POST", "/files", {"name": "a"}))
    assert value(call(site, "PATCH", f"/files/{made['id']}", {"name": "a"}))["etag"] == made["etag"]


@pytest.mark.parametrize(("also", "status"), [(("409",), 409), (("412",), 412), ((), 409)])
def test_a_body_that_tells_an_older_version_is_a_conflict(also: tuple[str, ...], status: int) -> None:
    """
    A body with the version that it was read with is written once: the second time it is the contract's conflict.
    """
    site = files({**FILE, "properties": {**FILE["properties"], "etag": TEXT}}, also=also)
    made = value(call(site, "POST", "/files", {"name": "a"}))
    where = f"/files/{made['id']}"
    assert call(site, "PATCH", where, {"name": "b", "etag": made["etag"]}).status == 200
    assert call(site, "PATCH", where, {"name": "c", "etag": made["etag"]}).status == status
    assert value(call(site, "GET", where))["name"] == "b"


def test_who_has_the_newest_version_is_told_so() -> None:
    """
    ``If-None-Match`` with the tag that a read told is 304 without a body, until the item changes.
    """
    site = files(FILE)
    where = f"/files/{value(call(site, 'POST', '/files', {'name': 'a'}))['id']}"
    tag = told(call(site, "GET", where), "etag")
    same = call(site, "GET", where, if_none_match=tag)
    assert (same.status, same.body) == (304, b"")
    assert told(same, "etag") == tag
    call(site, "PATCH", where, {"name": "b"})
    assert call(site, "GET", where, if_none_match=tag).status == 200


def test_where_nobody_knows_of_tags_none_is_told() -> None:
    """
    An API without conditions has no ``ETag``.
    """
    paths = {"/a": {"post": {**takes(FILE), **answers(FILE, "201")}}, "/a/{id}": {"get": answers(FILE)}}
    site = serve(paths)
    made = value(call(site, "POST", "/a", {"id": "1", "name": "a"}))
    assert told(call(site, "GET", f"/a/{made['id']}"), "etag") == ""


def test_a_new_item_is_not_one_that_is_gone() -> None:
    """
    Where a read shows an item or what is left of a deleted one, a member that only the latter has is not made up.
    """
    gone = of("id deleted", id=TEXT, deleted={"type": "boolean", "enum": [True]})
    site = serve(
        {
            "/a": {
                "post": {**takes(of(name=TEXT, note=TEXT)), **answers(of("id", id=TEXT, name=TEXT, note=TEXT), "201")}
            },
            "/a/{id}": {
                "get": answers({"anyOf": [of("id", id=TEXT, name=TEXT, note=TEXT), gone]}),
                "post": {**takes(of(name=TEXT)), **answers(of("id", id=TEXT, name=TEXT, note=TEXT))},
            },
        }
    )
    made = value(call(site, "POST", "/a", {"name": "a", "note": "b"}))
    assert value(call(site, "POST", f"/a/{made['id']}", {"name": "c"})) == {"id": made["id"], "name": "c", "note": "b"}
    assert value(call(site, "GET", f"/a/{made['id']}")) == {"id": made["id"], "name": "c", "note": "b"}
