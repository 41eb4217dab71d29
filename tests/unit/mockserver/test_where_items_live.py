"""
Items that are asked for in one place and live in another, and writes that are done later.
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import header, value
from .parks import NAMED, NUMBER, PARK, TEXT, Make, array, content, document, make, members, names, operation, parks


@pytest.mark.parametrize(
    "tells", [{"park_id": TEXT}, {"park": members(id=TEXT)}, {"parent": members(park_id=TEXT)}, {}]
)
def test_what_is_made_below_its_owner_has_its_own_address(make_client: Make, tells: Any) -> None:
    """
    ``POST /parks/{id}/trees`` makes what ``/trees/{id}`` reads, changes and deletes; each owner lists its own.
    """
    tree = members(id=TEXT, name=TEXT, **tells)
    below = {"get": operation("200", array(tree)), "post": operation("201", tree, NAMED)}
    alone = {
        "get": operation("200", tree),
        "patch": operation("200", tree, NAMED),
        "delete": operation("204"),
    }
    call = make_client(parks(**{"/parks/{park}/trees": below, "/trees/{tree}": alone}))
    one, other = (make(call, "/parks", {"name": name})["id"] for name in ("one", "other"))
    made = make(call, f"/parks/{one}/trees", {"name": "oak"})
    address = f"/trees/{made['id']}"
    assert value(call("GET", address)) == made
    assert call("PATCH", address, {"name": "elm"}).status == 200
    assert names(call, f"/parks/{one}/trees") == ["elm"]
    assert names(call, f"/parks/{other}/trees") == []
    assert call("POST", "/parks/nowhere/trees", {"name": "ash"}).status == 404
    assert call("DELETE", address).status == 204
    assert names(call, f"/parks/{one}/trees") == []
    assert call("GET", address).status == 404


def test_what_is_made_elsewhere_is_listed_by_its_owner(make_client: Make) -> None:
    """
    ``POST /trees`` with an owner's id is listed by ``GET /parks/{id}/trees`` and by ``POST /parks/{id}/query``.
    """
    tree = members(id=TEXT, parent=members(park_id=TEXT), name=TEXT)
    paths = {
        "/parks/{park}/trees": {"get": operation("200", array(tree))},
        "/parks/{park}/query": {"post": operation("200", members(results=array(tree)), members(page_size=NUMBER))},
        "/trees": {"post": operation("201", tree, members(parent=members(park_id=TEXT), name=TEXT))},
        "/trees/{tree}": {"get": operation("200", tree)},
    }
    call = make_client(parks(**paths))
    one, other = (make(call, "/parks", {"name": name})["id"] for name in ("one", "other"))
    made = make(call, "/trees", {"parent": {"park_id": one}, "name": "oak"})
    assert value(call("GET", f"/parks/{one}/trees")) == [made]
    assert value(call("POST", f"/parks/{one}/query", {}))["results"] == [made]
    assert value(call("POST", f"/parks/{other}/query", {}))["results"] == []


STATES = {"type": "string", "enum": ["running", "succeeded", "failed"]}


@pytest.mark.parametrize("noun", ["operations", "jobs", "imports"])
def test_a_task_is_read_where_it_lives(make_client: Make, noun: str) -> None:
    """
    A write that is answered with a task is done: the item is there, and the task's own address says so.
    """
    task = members(id=TEXT, status=STATES, resourceId=TEXT, error=TEXT)
    contract = parks(**{f"/{noun}/{{task}}": {"get": operation("200", task)}})
    contract["paths"]["/parks"]["post"] = operation("202", task, NAMED)
    contract["paths"]["/parks/{park}"]["delete"] = operation("202", task)
    call = make_client(contract)
    started = value(call("POST", "/parks", {"name": "mine"}))
    (park,) = value(call("GET", "/parks"))
    assert value(call("GET", f"/{noun}/{started['id']}")) == started
    assert started == {"id": started["id"], "status": "succeeded", "resourceId": park["id"]}
    assert call("GET", f"/{noun}/nobody").status == 404
    ended = value(call("DELETE", f"/parks/{park['id']}"))
    assert value(call("GET", f"/{noun}/{ended['id']}"))["resourceId"] == park["id"]
    assert call("GET", f"/parks/{park['id']}").status == 404


def test_a_task_stands_beside_what_was_made(make_client: Make) -> None:
    """
    Where an answer tells the new item and the tasks that it takes, both are the very ones that are kept.
    """
    task = members(id=TEXT, status=STATES)
    contract = parks(**{"/operations/{task}": {"get": operation("200", task)}})
    park = contract["paths"]["/parks"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["items"]
    told = members(park=park, operations=array(task), note=TEXT)
    contract["paths"]["/parks"]["post"] = operation("201", {**told, "required": ["park", "operations"]}, NAMED)
    call = make_client(contract)
    reply = call("POST", "/parks", {"name": "mine"})
    answer = value(reply)
    assert answer["park"]["name"] == "mine"
    assert header(reply, "location") == f"/parks/{answer['park']['id']}"
    assert value(call("GET", "/parks")) == [answer["park"]]
    (started,) = answer["operations"]
    assert value(call("GET", f"/operations/{started['id']}")) == started


def test_a_task_s_address_leads_to_it(make_client: Make) -> None:
    """
    Where 202 has no body, the header that the contract declares has the address of a task that is done.
    """
    task = members(status=STATES)
    contract = parks(**{"/jobs/{job}": {"get": operation("200", task)}})
    header_of = {"Operation-Location": {"schema": {"type": "string", "format": "uri"}}}
    contract["paths"]["/parks"]["post"] = operation("202", None, NAMED, headers=header_of)
    call = make_client(contract)
    address = header(call("POST", "/parks", {"name": "mine"}, host="127.0.0.1:4010"), "operation-location") or ""
    assert address.startswith("http://127.0.0.1:4010/jobs/")
    assert value(call("GET", address.removeprefix("http://127.0.0.1:4010"))) == {"status": "succeeded"}


@pytest.mark.parametrize("more", [{}, {"201": {"description": "made", **content(members(key=TEXT, text=TEXT))}}])
def test_put_makes_an_item_where_nothing_is_posted(make_client: Make, more: Any) -> None:
    """
    A collection that nothing is posted to has what was put into it: 201 for a new item, where that is declared.
    """
    note = members(key=TEXT, text=TEXT, origin={"type": "string", "readOnly": True})
    put = operation("200", note, members(text=TEXT, origin={"type": "string", "readOnly": True}))
    put["responses"] |= more
    paths = {
        "/notes": {"get": operation("200", array(note))},
        "/notes/{key}": {"get": operation("200", note), "put": put},
    }
    call = make_client(document(paths))
    made = [call("PUT", f"/notes/{key}", {"text": key}) for key in ("a", "b")]
    assert [reply.status for reply in made] == [201 if more else 200] * 2
    origins = [value(reply)["origin"] for reply in made]
    assert call("PUT", "/notes/b", {"text": "c"}).status == 200
    assert [(one["key"], one["text"], one["origin"]) for one in value(call("GET", "/notes"))] == [
        ("a", "a", origins[0]),
        ("b", "c", origins[1]),
    ]
    assert call("GET", "/notes/nobody").status == 404


def test_members_are_those_that_were_put(make_client: Make) -> None:
    """
    Where only a list shows members, ``PUT …/members/{id}`` without a body adds one and DELETE takes it out.
    """
    member = {"get": operation("204"), "put": operation("204"), "delete": operation("204")}
    paths = {"/parks/{park}/members": {"get": operation("200", array(PARK))}, "/parks/{park}/members/{user}": member}
    call = make_client(parks(**paths))
    park = make(call, "/parks", {"name": "mine"})["id"]
    assert call("PUT", f"/parks/{park}/members/kim").status == 204
    assert [one["id"] for one in value(call("GET", f"/parks/{park}/members"))] == ["kim"]
    assert [call("GET", f"/parks/{park}/members/{each}").status for each in ("kim", "lee")] == [204, 404]
    assert call("DELETE", f"/parks/{park}/members/kim").status == 204
    assert call("GET", f"/parks/{park}/members/kim").status == 404


def test_what_put_did_delete_undoes(make_client: Make) -> None:
    """
    ``DELETE …/lock`` undoes ``PUT …/lock``.
    """
    park = members(id=TEXT, locked={"type": "boolean"})
    paths = {
        "/parks": {"post": operation("201", park, NAMED)},
        "/parks/{park}": {"get": operation("200", park)},
        "/parks/{park}/lock": {"put": operation("204"), "delete": operation("204")},
    }
    call = make_client(document(paths))
    address = f"/parks/{make(call, '/parks', {})['id']}"
    for method, locked in (("PUT", True), ("DELETE", False)):
        assert call(method, f"{address}/lock").status == 204
        assert value(call("GET", address))["locked"] is locked
    assert call("DELETE", "/parks/nobody/lock").status == 404


def test_what_belonged_to_an_item_goes_with_it(make_client: Make) -> None:
    """
    A new item under the id of one that is gone has none of its children; what there is one of stays deleted.
    """
    paths = {
        "/parks": {"post": operation("201", PARK, PARK)},
        "/parks/{park}": {"get": operation("200", PARK), "delete": operation("204")},
        "/parks/{park}/trees": {"get": operation("200", array(PARK)), "post": operation("201", PARK, NAMED)},
        "/parks/{park}/trees/{tree}": {"get": operation("200", PARK)},
        "/parks/{park}/plan": {
            "get": operation("200", NAMED),
            "put": operation("200", NAMED, NAMED),
            "delete": operation("204"),
        },
    }
    call = make_client(document(paths))
    make(call, "/parks", {"id": "p", "name": "first"})
    make(call, "/parks/p/trees", {"name": "oak"})
    assert call("PUT", "/parks/p/plan", {"name": "plan"}).status == 200
    assert call("DELETE", "/parks/p/plan").status == 204
    assert call("GET", "/parks/p/plan").status == 404
    assert call("DELETE", "/parks/p").status == 204
    make(call, "/parks", {"id": "p", "name": "second"})
    assert value(call("GET", "/parks/p/trees")) == []


def test_an_id_can_be_chosen_in_the_query(make_client: Make) -> None:
    """
    ``?parkId=`` names the new item; a mask of fields says what a change is about.
    """
    park = members(name=TEXT, labels={"type": "object", "additionalProperties": TEXT}, size=NUMBER)
    sent = members(labels=park["properties"]["labels"], size=NUMBER)
    paths = {
        "/parks": {"post": operation("200", park, sent, "parkId")},
        "/parks/{park}": {"get": operation("200", park), "patch": operation("200", park, sent, "updateMask")},
    }
    call = make_client(document(paths))
    make(call, "/parks?parkId=north", {"labels": {"a": "1"}, "size": 3})
    assert call("PATCH", "/parks/north?updateMask=labels", {"labels": {"b": "2"}, "size": 4}).status == 200
    assert value(call("GET", "/parks/north")) == {"name": "north", "labels": {"b": "2"}, "size": 3}


@pytest.mark.parametrize("schema", [NUMBER, TEXT, {"type": "string", "format": "uuid"}])
def test_further_ids_are_of_one_item_only(make_client: Make, schema: Any) -> None:
    """
    An item that is addressed by its slug has an id that no other item has.
    """
    park = members(id=schema, slug=TEXT)
    paths = {
        "/parks": {"post": operation("201", park, members(slug=TEXT))},
        "/parks/{slug}": {"get": operation("200", park)},
    }
    call = make_client(document(paths))
    made = [make(call, "/parks", {"slug": slug}) for slug in ("a", "b")]
    assert made[0]["id"] != made[1]["id"]
    assert [value(call("GET", f"/parks/{each['slug']}")) for each in made] == made


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (members(ids=array(NUMBER)), {"ids": [1]}),
        (
            members(edges=array(members(node=members(id=NUMBER, name=TEXT)))),
            {"edges": [{"node": {"id": 1, "name": "a"}}]},
        ),
    ],
)
def test_lists_of_other_shapes_tell_what_was_made(make_client: Make, listed: Any, expected: Any) -> None:
    """
    A list of ids, or of edges with their nodes, tells what was made.
    """
    item = members(id=NUMBER, name=TEXT)
    paths = {
        "/parks": {"get": operation("200", listed), "post": operation("201", item, NAMED)},
        "/parks/{park}": {"get": operation("200", item)},
    }
    call = make_client(document(paths, NUMBER))
    make(call, "/parks", {"name": "a"})
    assert value(call("GET", "/parks")) == expected


def test_pages_that_tell_of_themselves_as_spring_does_count_from_0(make_client: Make) -> None:
    """
    ``{page: {number, size, totalElements, totalPages}}`` counts from 0: a client sees each item once, and stops.
    """
    told = members(number=NUMBER, size=NUMBER, totalElements=NUMBER, totalPages=NUMBER)
    listing = operation("200", members(_embedded=members(parks=array(PARK)), page=told), None, "page", "size")
    for parameter in listing["parameters"]:
        parameter["schema"] = NUMBER
    contract = parks()
    contract["paths"]["/parks"]["get"] = listing
    call = make_client(contract)
    made = [make(call, "/parks", {"name": name})["id"] for name in "abcde"]
    seen: list[str] = []
    for number in range(3):
        page = value(call("GET", f"/parks?page={number}&size=2"))
        assert page["page"] == {"number": number, "size": 2, "totalElements": 5, "totalPages": 3}
        seen += [one["id"] for one in page["_embedded"]["parks"]]
    assert seen == made


def test_what_is_sent_in_xml_is_read_in_xml(make_client: Make) -> None:
    """
    A contract that knows XML only keeps what is sent, and forgets what is deleted.
    """
    park = {
        **members(id=TEXT, name=TEXT, tags=array({"type": "string", "xml": {"name": "tag"}})),
        "xml": {"name": "park"},
    }
    contract = document(
        {
            "/parks": {"post": operation("201")},
            "/parks/{park}": {"get": operation("200"), "delete": operation("204")},
        }
    )
    sent = {**members(name=TEXT, tags=park["properties"]["tags"]), "xml": {"name": "park"}}
    contract["paths"]["/parks"]["post"]["requestBody"] = content(sent, "application/xml")
    for path, method, status in (("/parks", "post", "201"), ("/parks/{park}", "get", "200")):
        contract["paths"][path][method]["responses"][status] |= content(park, "application/xml")
    call = make_client(contract)
    body = b"<park><name>oak</name><tag>x</tag><tag>y</tag></park>"
    made = call("POST", "/parks", body, content_type="application/xml")
    assert made.status == 201
    assert b"<name>oak</name><tag>x</tag><tag>y</tag>" in made.body
    address = header(made, "location") or ""
    assert call("GET", address).body == made.body
    assert call("DELETE", address).status == 204
    assert call("GET", address).status == 404
