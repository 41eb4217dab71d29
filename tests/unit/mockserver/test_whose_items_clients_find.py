"""
What official clients find on their own documents, in small: items of all owners, by each id, and what was said.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .small_apis import TEXT, Api, answers, asked, at, of, takes, things

POD = of("metadata", metadata=of("name", name=TEXT, namespace=TEXT, labels={"type": "object"}), image=TEXT)
PODS = of("items", items={"type": "array", "items": POD})


def pods() -> Api:
    selected = {"name": "labelSelector", "in": "query", "schema": TEXT}
    field = {"name": "fieldSelector", "in": "query", "schema": TEXT}
    listed = {"parameters": [selected, field], **answers(PODS)}
    return Api(
        **{
            "/pods": {"get": listed},
            "/namespaces": {"post": {**takes(POD), **answers(POD, "201")}, "get": answers(PODS)},
            "/namespaces/{name}": at("name", get=answers(POD)),
            "/namespaces/{namespace}/pods": at("namespace", get=listed, post={**takes(POD), **answers(POD, "201")}),
            "/namespaces/{namespace}/pods/{name}": at(
                "namespace", "name", get=answers(POD), delete=answers(status="204")
            ),
        }
    )


def pod(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}}


def names_of(listed: Any) -> list[str]:
    return [one["metadata"]["name"] for one in listed["items"]]


def test_a_list_without_an_owner_has_the_items_of_all() -> None:
    """
    ``/pods`` has the pods of each namespace, those of one name too, and none that is gone; nothing is made up.
    """
    api = pods()
    for space in ("blue", "red"):
        api.json("POST", "/namespaces", pod(space))
        api.json("POST", f"/namespaces/{space}/pods", pod("web"))
    api.json("POST", "/namespaces/red/pods", pod("cache"))
    assert names_of(api.json("GET", "/pods")) == ["web", "web", "cache"]
    api.call("DELETE", "/namespaces/red/pods/web")
    assert names_of(api.json("GET", "/pods")) == ["web", "cache"]
    assert names_of(api.json("GET", "/namespaces/blue/pods")) == ["web"]


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("labelSelector=app%3Dweb", ["one"]),
        ("labelSelector=app%21%3Dweb", ["two", "three"]),
        ("labelSelector=app%20in%20(web,cache),tier", ["one"]),
        ("labelSelector=%21app", ["three"]),
        ("labelSelector=app%20notin%20(web)", ["two", "three"]),
        ("fieldSelector=metadata.name%3Dtwo", ["two"]),
        ("labelSelector=app%3Dnobody", []),
        ("labelSelector=", ["one", "two", "three"]),
    ],
)
def test_labels_and_fields_select_items(selector: str, wanted: list[str]) -> None:
    """
    Kubernetes' selectors by equality, by sets and by whether there is a label let through what they say.
    """
    api = pods()
    api.json("POST", "/namespaces", pod("blue"))
    for one in (pod("one", app="web", tier="front"), pod("two", app="cache"), pod("three")):
        api.json("POST", "/namespaces/blue/pods", one)
    assert names_of(api.json("GET", f"/namespaces/blue/pods?{selector}")) == wanted


def test_what_only_a_list_shows_is_kept() -> None:
    """
    A key is made with a name that the answer does not tell; the list of keys does.
    """
    shown = of("id token", id=TEXT, token=TEXT)
    listed = of("data", data={"type": "array", "items": of("id name", id=TEXT, name=TEXT)})
    api = Api(
        **{
            "/keys": {"get": answers(listed), "post": {**takes(of("name", name=TEXT)), **answers(shown, "201")}},
            "/keys/{id}": at("id", delete=answers(status="204")),
        }
    )
    made = api.json("POST", "/keys", {"name": "mine"})
    assert made.keys() == {"id", "token"}
    assert api.json("GET", "/keys")["data"] == [{"id": made["id"], "name": "mine"}]


def test_an_item_without_an_id_is_called_by_its_name() -> None:
    """
    ``/tags/{tag_id}`` is found by the name that the client gave it, and the list tells it where no item does.
    """
    tag = of("tag", tag=of("name", name=TEXT, colour=TEXT))
    api = Api(
        **{
            "/tags": {"post": {**takes(of("name", name=TEXT, colour=TEXT)), **answers(tag, "201")}},
            "/tags/{tag_id}": at("tag_id", get=answers(tag), delete=answers(status="204")),
        }
    )
    api.json("POST", "/tags", {"name": "blue", "colour": "#00f"})
    assert api.json("GET", "/tags/blue")["tag"]["colour"] == "#00f"
    assert api.call("DELETE", "/tags/blue").status == 204
    assert api.call("GET", "/tags/blue").status == 404


def test_a_list_tells_the_id_of_an_item_that_does_not_tell_it_itself() -> None:
    """
    ``PUT /shelves/a`` makes what only the list calls ``a``; the success is not denied by a flag that was made up.
    """
    shelf = of("result", result=of(books={"type": "integer"}, wood=TEXT))
    listed = of("result", result=of("shelves", shelves={"type": "array", "items": of("name", name=TEXT)}))
    done = of("result ok", result={"type": "boolean"}, ok={"type": "boolean"})
    api = Api(
        **{
            "/shelves": {"get": answers(listed)},
            "/shelves/{shelf_name}": at(
                "shelf_name",
                get=answers(shelf),
                put={**takes(of(wood=TEXT)), **answers(done)},
                delete=answers(done),
            ),
        }
    )
    for name in ("a", "b"):
        assert api.json("PUT", f"/shelves/{name}", {"wood": "oak"}) == {"result": True, "ok": True}
    assert api.json("DELETE", "/shelves/b") == {"result": True, "ok": True}
    assert api.json("GET", "/shelves")["result"]["shelves"] == [{"name": "a"}]


@pytest.mark.parametrize("spelt", ["True", "1", "true"])
def test_a_truth_value_in_a_query_is_taken_as_clients_write_it(spelt: str) -> None:
    """
    How a boolean becomes text is not OpenAPI's to say: ``True`` and ``1`` are true, with a note; ``perhaps`` is none.
    """
    api = things({"type": "array", "items": of("id", id=TEXT)}, **asked("all", {"type": "boolean"}))
    reply = api.call("GET", f"/things?all={spelt}")
    assert reply.status == 200
    noted = any(name == b"x-mock-note" and b"all" in value for name, value in reply.headers)
    assert noted == (spelt != "true")
    assert api.call("GET", "/things?all=perhaps").status == 422


def test_an_item_of_two_ids_is_found_by_both() -> None:
    """
    A company has the client's ``company_id`` and an ``id``: read, changed and deleted by either, listed once.
    """
    company = of("id company_id", id=TEXT, company_id=TEXT, name=TEXT)
    sent = of("company_id", company_id=TEXT, name=TEXT)
    listed = of("data", data={"type": "array", "items": company})
    api = Api(
        **{
            "/companies": {"get": answers(listed), "post": {**takes(sent), **answers(company)}},
            "/companies/{company_id}": at(
                "company_id",
                get=answers(company),
                put={**takes(of(name=TEXT)), **answers(company)},
                delete=answers(status="204"),
            ),
        }
    )
    made = [api.json("POST", "/companies", {"company_id": name, "name": name}) for name in ("a", "b")]
    assert made[0]["id"] not in {"a", "b", made[1]["id"]}
    for key in ("a", made[0]["id"]):
        assert api.json("GET", f"/companies/{key}") == made[0]
    assert api.json("PUT", f"/companies/{made[1]['id']}", {"name": "c"})["company_id"] == "b"
    assert api.json("GET", "/companies/b")["name"] == "c"
    assert api.call("DELETE", f"/companies/{made[0]['id']}").status == 204
    assert [api.call("GET", f"/companies/{key}").status for key in ("a", made[0]["id"])] == [404, 404]
    assert [one["company_id"] for one in api.json("GET", "/companies")["data"]] == ["b"]


def test_an_id_is_called_by_the_last_word_of_what_it_names() -> None:
    """
    ``POST /embed-jobs`` answers with a ``job_id`` alone: it is the id by which the job is read.
    """
    job = of("job_id", job_id=TEXT, model=TEXT)
    api = Api(
        **{
            "/embed-jobs": {"post": {**takes(of(model=TEXT)), **answers(of("job_id", job_id=TEXT))}},
            "/embed-jobs/{id}": at("id", get=answers(job)),
        }
    )
    made = api.json("POST", "/embed-jobs", {"model": "small"})["job_id"]
    assert api.json("GET", f"/embed-jobs/{made}") == {"job_id": made, "model": "small"}


def test_what_the_query_says_of_the_item_that_is_made_is_kept() -> None:
    """
    ``POST /datasets?name=rows`` makes a dataset of that name, whatever the file that comes with it is called.
    """
    dataset = of("id", id=TEXT, name=TEXT, size={"type": "integer"})
    query = [{"name": "name", "in": "query", "required": True, "schema": TEXT}]
    api = Api(
        **{
            "/datasets": {
                "post": {"parameters": query, **takes(of(size={"type": "integer"})), **answers(dataset, "201")}
            },
            "/datasets/{id}": at("id", get=answers(dataset)),
        }
    )
    made = api.json("POST", "/datasets?name=rows", {"size": 3})
    assert api.json("GET", f"/datasets/{made['id']}") == made == {"id": made["id"], "name": "rows", "size": 3}


def test_the_place_of_a_violation_is_told_step_by_step_where_the_contract_has_a_list() -> None:
    """
    ``{"detail": [{"loc": ["body", "sizes", 1], "msg": …}]}``: what is said is what happened, and nothing made up.
    """
    step = {"anyOf": [TEXT, {"type": "integer"}]}
    one = of("loc msg type", loc={"type": "array", "items": step}, msg=TEXT, type=TEXT)
    refused = answers(of(detail={"type": "array", "items": one}), "422")["responses"]
    made = {**takes(of(sizes={"type": "array", "items": {"type": "integer"}})), **answers(of(id=TEXT), "201")}
    made["responses"] |= refused
    reply = Api(**{"/things": {"post": made}}).call("POST", "/things", {"sizes": [1, "two"]})
    (told,) = json.loads(reply.body)["detail"]
    assert (reply.status, told["loc"]) == (422, ["body", "sizes", 1])
    assert "integer" in told["msg"]


def test_what_only_the_answer_of_an_action_tells_is_so() -> None:
    """
    ``/archive`` answers ``archived: true`` where the contact itself has no word for that; ``/unarchive`` takes it back.
    """
    contact = of("id", id=TEXT, name=TEXT)
    told = of("id archived", id=TEXT, archived={"type": "boolean"})
    api = Api(
        **{
            "/contacts": {"post": {**takes(of(name=TEXT)), **answers(contact, "201")}},
            "/contacts/{id}": at("id", get=answers(contact)),
            "/contacts/{id}/archive": at("id", post=answers(told)),
            "/contacts/{id}/unarchive": at("id", post=answers(told)),
        }
    )
    key = api.json("POST", "/contacts", {"name": "Kim"})["id"]
    assert api.json("POST", f"/contacts/{key}/archive") == {"id": key, "archived": True}
    assert api.json("POST", f"/contacts/{key}/unarchive") == {"id": key, "archived": False}
    assert api.json("GET", f"/contacts/{key}")["name"] == "Kim"
