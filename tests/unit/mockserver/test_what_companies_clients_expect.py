"""
What the official clients of companies expect on their own documents, in small: names, states, pages and refusals.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Reply, Site

TEXT = {"type": "string"}


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required.split()} if required else schema


def answers(schema: Any = None, status: str = "200", **more: Any) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema, **more}}} if schema is not None else {}
    return {"responses": {status: {"description": "an answer", **content}}}


def takes(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def at(*names: str, **methods: Any) -> dict[str, Any]:
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    return {"parameters": parameters, **methods}


def asked(name: str, schema: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "query", "schema": schema}]}


class Api:
    """
    A mock of a few paths, and its client.
    """

    def __init__(self, **paths: Any) -> None:
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
        self.site = Site([load(document)])

    def call(self, method: str, target: str, body: Any = None) -> Reply:
        headers = [(b"host", b"127.0.0.1:4010"), (b"accept", b"application/json")]
        headers += [(b"content-type", b"application/json")] if body is not None else []
        return self.site.respond(
            method, target.encode(), tuple(headers), b"" if body is None else json.dumps(body).encode()
        )

    def json(self, method: str, target: str, body: Any = None) -> Any:
        reply = self.call(method, target, body)
        assert reply.status < 300, reply.body
        return json.loads(reply.body)


LABEL = of("name color", name=TEXT, color=TEXT)


def labels() -> Api:
    changed = of(new_name=TEXT, name=TEXT, color=TEXT)
    return Api(
        **{
            "/labels": {
                "get": answers({"type": "array", "items": LABEL}),
                "post": {**takes(LABEL), **answers(LABEL, "201")},
            },
            "/labels/{name}": at(
                "name",
                get=answers(LABEL),
                patch={**takes(changed), **answers(LABEL)},
                delete=answers(status="204"),
            ),
        }
    )


@pytest.mark.parametrize("member", ["new_name", "name"])
def test_an_item_that_is_called_otherwise_is_found_under_its_new_name(member: str) -> None:
    """
    A name that the client chose may be changed: the item is at its new path and gone from the old one.
    """
    api = labels()
    api.json("POST", "/labels", {"name": "bug", "color": "red"})
    changed = api.json("PATCH", "/labels/bug", {member: "fault"})
    assert changed == {"name": "fault", "color": "red"} == api.json("GET", "/labels/fault")
    assert api.call("GET", "/labels/bug").status == 404
    assert [one["name"] for one in api.json("GET", "/labels")] == ["fault"]


def test_no_item_is_called_as_another_one_is() -> None:
    """
    A new name that is taken is a conflict, and nothing changes.
    """
    api = labels()
    for name in ("bug", "fault"):
        api.json("POST", "/labels", {"name": name, "color": name})
    assert api.call("PATCH", "/labels/bug", {"new_name": "fault"}).status == 409
    assert [one["color"] for one in api.json("GET", "/labels")] == ["bug", "fault"]


def test_what_the_path_calls_an_item_by_is_its_id_where_the_body_must_say_it() -> None:
    """
    A file that is put into a store by its ``file_id`` is the item ``/files/{file_id}`` of it.
    """
    entry = of("id state", id=TEXT, state=TEXT)
    api = Api(
        **{
            "/stores/{store}/files": at(
                "store",
                get=answers(of("data", data={"type": "array", "items": entry})),
                post={**takes(of("file_id", file_id=TEXT)), **answers(entry, "201")},
            ),
            "/stores/{store}/files/{file_id}": at("store", "file_id", get=answers(entry)),
        }
    )
    assert api.json("POST", "/stores/a/files", {"file_id": "file-7"})["id"] == "file-7"
    assert api.json("GET", "/stores/a/files/file-7")["id"] == "file-7"
    assert [one["id"] for one in api.json("GET", "/stores/a/files")["data"]] == ["file-7"]


@pytest.mark.parametrize(
    ("state", "verb", "wanted"),
    [
        ({**TEXT, "enum": ["deleted", "draft", "paid"]}, "pay", "paid"),
        ({**TEXT, "enum": ["draft", "sent"]}, "send", "sent"),
        ({**TEXT, "description": "Whether it is `APPROVED`, `COMPLETED`, or `CANCELED`."}, "cancel", "CANCELED"),
        ({**TEXT, "description": "One of OPEN, CLOSED."}, "close", "CLOSED"),
    ],
)
def test_an_action_leaves_the_state_that_it_is_named_for(state: Any, verb: str, wanted: str) -> None:
    """
    ``/pay`` makes paid, ``/send`` sent; what the description of a text names is a state, too.
    """
    payment = of("id status", id=TEXT, status=state, note=TEXT)
    api = Api(
        **{
            "/payments": {"post": {**takes(of(note=TEXT)), **answers(payment, "201")}},
            "/payments/{id}": at("id", get=answers(payment)),
            f"/payments/{{id}}/{verb}": at("id", post=answers(payment)),
        }
    )
    made = api.json("POST", "/payments", {"note": "tea"})
    assert api.json("POST", f"/payments/{made['id']}/{verb}")["status"] == wanted
    assert api.json("GET", f"/payments/{made['id']}") == {**made, "status": wanted}


def things(listed: Any, **more: Any) -> Api:
    thing = of("id state", id=TEXT, state=TEXT, note=TEXT)
    body = of(state=TEXT, note=TEXT)
    return Api(
        **{
            "/things": {"get": {**answers(listed), **more}, "post": {**takes(body), **answers(thing, "201")}},
            "/things/{id}": at("id", get=answers(thing)),
        }
    )


def test_the_value_of_a_filter_that_no_item_can_have_lets_everything_through() -> None:
    """
    ``state=all`` is each state; where the contract offers no such value, it is asked for as it is.
    """
    item = of("id state", id=TEXT, state={"enum": ["open", "closed"]})
    listed = {"type": "array", "items": item}
    for offered, found in ((["open", "closed", "all"], 2), (["open", "closed", "all of them"], 0)):
        api = things(listed, **asked("state", {**TEXT, "enum": offered} if found else TEXT))
        for state in ("open", "closed"):
            api.json("POST", "/things", {"state": state})
        assert len(api.json("GET", "/things?state=all")) == found
        assert len(api.json("GET", "/things?state=open")) == 1


def test_a_client_that_counts_pages_comes_to_an_end() -> None:
    """
    Where an answer counts pages, ``page`` asks for one though it is not declared: the second is empty, with a note.
    """
    pages = of(page={"type": "integer"}, total_pages={"type": "integer"})
    api = things(of("data", data={"type": "array", "items": of("id", id=TEXT)}, pages=pages))
    assert api.json("GET", "/things?page=2")["data"] == []  # and so before anything was made
    made = api.json("POST", "/things", {"note": "tea"})
    assert [one["id"] for one in api.json("GET", "/things?page=1")["data"]] == [made["id"]]
    reply = api.call("GET", "/things?page=2")
    assert json.loads(reply.body)["data"] == []
    assert any(name == b"x-mock-note" and b"page" in value for name, value in reply.headers)


def test_an_object_that_tells_of_the_next_page_is_left_out_with_it() -> None:
    """
    ``pages.next`` with a size and no cursor would lead a client on for ever.
    """
    following = of("per_page", per_page={"type": "integer"}, starting_after={"type": ["string", "null"]})
    pages = of(next=following, total_pages={"type": "integer"})
    api = things(of("data", data={"type": "array", "items": of("id", id=TEXT)}, pages=pages))
    api.json("POST", "/things", {"note": "tea"})
    assert "next" not in api.json("GET", "/things")["pages"]


def test_what_is_made_by_a_path_of_its_own_is_read_and_listed() -> None:
    """
    ``POST /volumes/create`` makes what ``/volumes/{name}`` shows, and a taken name is a conflict.
    """
    volume = of("Name", Name=TEXT, Driver=TEXT)
    made = {**takes(volume), **answers(volume, "201")}
    made["responses"]["409"] = {"description": "The name is taken."}
    api = Api(
        **{
            "/volumes": {"get": answers(of("Volumes", Volumes={"type": "array", "items": volume}))},
            "/volumes/create": {"post": made},
            "/volumes/{name}": at("name", get=answers(volume), delete=answers(status="204")),
        }
    )
    for name in ("data", "logs"):
        assert api.json("POST", "/volumes/create", {"Name": name, "Driver": "local"})["Name"] == name
    assert api.json("GET", "/volumes/data")["Driver"] == "local"
    assert api.call("POST", "/volumes/create", {"Name": "data"}).status == 409
    assert api.call("DELETE", "/volumes/data").status == 204
    assert [one["Name"] for one in api.json("GET", "/volumes")["Volumes"]] == ["logs"]


def test_a_missing_item_is_said_to_be_not_found_in_the_providers_shape() -> None:
    """
    Clients look for "not found" in the message; a 404 without a body is told as the provider tells other refusals.
    """
    thing = of("id", id=TEXT, note=TEXT)
    read = answers(thing)
    read["responses"] |= {"404": {"description": "There is none."}}
    read["responses"] |= answers(of("message code", message=TEXT, code=TEXT), "429")["responses"]
    api = Api(
        **{
            "/things": {"post": {**takes(of(note=TEXT)), **answers(thing, "201")}},
            "/things/{id}": at("id", get=read),
        }
    )
    api.json("POST", "/things", {"note": "tea"})
    reply = api.call("GET", "/things/nobody")
    told = json.loads(reply.body)
    assert (reply.status, told["code"]) == (404, "not_found")
    assert "not found" in told["message"].lower()
    assert any(name == b"x-mock-note" and b"429" in value for name, value in reply.headers)


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
