"""
What clients need that read each member into its type, and addresses as they write them.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mockserver_items.small import JSON, TEXT, answers, array, call, of, query, serve, takes, told, value

LABEL = of(id={"type": "integer"}, name=TEXT)
ISSUE = of("id title", id=TEXT, title=TEXT, labels=array({"oneOf": [TEXT, LABEL]}))
SENT = of(title=TEXT, labels=array(TEXT))


def issues(shown: Any, **more: Any) -> Any:
    read = answers(ISSUE)
    if shown is not None:
        read["responses"]["200"]["content"][JSON]["example"] = {"id": "1", "title": "a", "labels": shown, **more}
    return serve(
        {
            "/issues": {
                "get": {"parameters": [query("labels")], **answers(array(ISSUE))},
                "post": {**takes(SENT), **answers(ISSUE, "201")},
            },
            "/issues/{id}": {"get": read, "patch": {**takes(SENT), **answers(ISSUE)}},
        }
    )


@pytest.mark.parametrize("more", [{}, {"title": 5}], ids=["a good example", "an example that breaks its schema"])
def test_entries_sent_by_name_are_shown_as_the_example_has_them(more: Any) -> None:
    """
    Where answers may have a text or an object, and the example has objects, a text that was sent is an object's name:
    in what is made, read, changed and found.
    """
    site = issues([{"id": 7, "name": "bug"}], **more)
    made = value(call(site, "POST", "/issues", {"title": "a", "labels": ["fault", "late"]}))
    assert made["labels"] == [{"name": "fault"}, {"name": "late"}]
    assert value(call(site, "GET", f"/issues/{made['id']}"))["labels"] == made["labels"]
    assert [one["id"] for one in value(call(site, "GET", "/issues?labels=late"))] == [made["id"]]
    assert value(call(site, "GET", "/issues?labels=nobody")) == []
    changed = value(call(site, "PATCH", f"/issues/{made['id']}", {"labels": ["new"]}))
    assert changed["labels"] == [{"name": "new"}]


@pytest.mark.parametrize("shown", [None, ["bug"]], ids=["no example", "an example of texts"])
def test_entries_stay_as_they_were_sent_where_no_example_says_otherwise(shown: Any) -> None:
    """
    What was posted is what is read.
    """
    site = issues(shown)
    assert value(call(site, "POST", "/issues", {"title": "a", "labels": ["fault"]}))["labels"] == ["fault"]


def test_a_slash_at_the_end_is_overlooked_and_said() -> None:
    """
    A path that ends with a slash which the contract's has not is the same, with a note; an id that is missing is 404.
    """
    site = serve(
        {
            "/folders": {"get": answers(array(of(id=TEXT)))},
            "/folders/{id}": {"get": answers(of(id=TEXT))},
            "/folders/{id}/items": {"get": answers(array(of(name=TEXT)))},
        }
    )
    found = call(site, "GET", "/folders/1/items/")
    assert found.status == 200
    assert "slash" in told(found, "x-mock-note")
    assert told(call(site, "GET", "/folders/1/items"), "x-mock-note") == ""
    assert call(site, "GET", "/folders/").status == 404
    assert call(site, "GET", "/folders/1/items//").status == 404


def test_a_reference_in_the_place_of_an_example_is_followed() -> None:
    """
    Many documents write ``{"value": {"$ref": …}}``: what it leads to is the example, and not the reference itself.
    """
    shown = answers(of("id", id=TEXT))
    shown["responses"]["200"]["content"][JSON]["examples"] = {
        "one": {"value": {"$ref": "#/paths/~1a/get/responses/200/content/application~1json/examples/other/value"}},
        "other": {"value": {"id": "told"}},
    }
    site = serve({"/a": {"get": shown}})
    assert value(call(site, "GET", "/a")) == {"id": "told"}
