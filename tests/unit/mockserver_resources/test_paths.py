"""
Paths that are written otherwise than what they are, with a query or ``/json`` behind them; and what items are called.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mockserver_items.small import COUNT, TEXT, answers, array, call, of, serve, takes, value

BOX = of("Id", Id=TEXT, image=TEXT)
TOLD = {**takes(of("image", image=TEXT)), **answers(of("Id", Id=TEXT), "201")}


def test_what_json_at_the_end_shows_is_the_item() -> None:
    """
    Of ``/boxes/create``, ``/boxes/{id}/json`` and ``/boxes/json`` the made item is read, listed, stopped and gone.
    """
    site = serve(
        {
            "/boxes/json": {"get": answers(array(BOX))},
            "/boxes/create": {"post": TOLD},
            "/boxes/{id}/json": {"get": answers(BOX)},
            "/boxes/{id}/stop": {"post": answers(status="204")},
            "/boxes/{id}": {"delete": answers(status="204")},
        }
    )
    made = value(call(site, "POST", "/boxes/create", {"image": "nginx"}))["Id"]
    assert value(call(site, "GET", f"/boxes/{made}/json")) == {"Id": made, "image": "nginx"}
    assert [one["Id"] for one in value(call(site, "GET", "/boxes/json"))] == [made]
    assert call(site, "POST", f"/boxes/{made}/stop").status == 204
    assert call(site, "DELETE", f"/boxes/{made}").status == 204
    assert call(site, "GET", f"/boxes/{made}/json").status == 404


def test_json_at_the_end_is_a_thing_of_its_own_where_the_item_is_read_without() -> None:
    """
    ``/boxes/{id}/json`` beside a ``GET /boxes/{id}`` is another thing that is asked for, and not the item.
    """
    report = of("text", text=TEXT)
    site = serve(
        {
            "/boxes": {"get": answers(array(BOX)), "post": TOLD},
            "/boxes/{id}": {"get": answers(BOX)},
            "/boxes/{id}/json": {"get": answers(report)},
        }
    )
    made = value(call(site, "POST", "/boxes", {"image": "nginx"}))["Id"]
    assert value(call(site, "GET", f"/boxes/{made}"))["image"] == "nginx"
    assert "text" in value(call(site, "GET", f"/boxes/{made}/json"))


def test_a_query_in_a_path_names_no_other_collection() -> None:
    """
    Documents that write ``/boxes?beta=true`` beside ``/boxes`` mean the same boxes.
    """
    both: dict[str, Any] = {}
    for query in ("?beta=true", ""):
        both[f"/boxes{query}"] = {"post": {**TOLD, "operationId": "make"}}
        both[f"/boxes/{{id}}{query}"] = {"get": {**answers(BOX), "operationId": "read"}}
    site = serve(both)
    made = value(call(site, "POST", "/boxes?beta=true", {"image": "nginx"}))["Id"]
    assert value(call(site, "GET", f"/boxes/{made}?beta=true")) == {"Id": made, "image": "nginx"}


@pytest.mark.parametrize(("sent", "called"), [({"username": "acme"}, "username"), ({"name": "acme"}, "name")])
def test_a_text_in_the_path_is_the_name_that_the_client_chose(sent: dict[str, str], called: str) -> None:
    """
    ``/orgs/{org}`` is a text and the item's ``id`` a number: what names it is what the client sent.
    """
    org, told = of("id", id=COUNT, **{called: TEXT}), takes(of(called, **{called: TEXT}))
    site = serve(
        {
            "/orgs": {
                "get": answers(array(org)),
                "post": {**told, **answers(org, "201")},
            },
            "/orgs/{org}": {"get": answers(org)},
        }
    )
    made = value(call(site, "POST", "/orgs", sent))
    assert value(call(site, "GET", "/orgs/acme")) == made


def test_an_index_is_the_items_number() -> None:
    """
    ``/tasks/{index}`` counts by the item's ``number``, and not by its id.
    """
    task = of("id number", id=COUNT, number=COUNT, title=TEXT)
    site = serve(
        {
            "/tasks": {"post": {**takes(of(title=TEXT)), **answers(task, "201")}},
            "/tasks/{index}": {"get": answers(task)},
        }
    )
    made = [value(call(site, "POST", "/tasks", {"title": title})) for title in ("a", "b")]
    assert [value(call(site, "GET", f"/tasks/{one['number']}")) for one in made] == made
