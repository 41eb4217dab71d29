"""
Objects in the manner of Kubernetes: what their server says of them, views of them, selectors, and what is applied.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_mockserver import Site
from tests.unit.mockserver_items.small import COUNT, TEXT, answers, array, call, of, query, serve, takes, value

LABELS = {"type": "object", "additionalProperties": TEXT}
NAMES = "name generateName namespace uid resourceVersion creationTimestamp"
META = of("", **dict.fromkeys(NAMES.split(), TEXT), labels=LABELS)
KIND = {"x-kubernetes-group-version-kind": [{"group": "shop.example", "kind": "Basket", "version": "v1"}]}
STATUS = of(phase=TEXT, replicas=COUNT)
BASKET = {**of(kind=TEXT, apiVersion=TEXT, metadata=META, spec=of(replicas=COUNT, fruit=TEXT), status=STATUS), **KIND}
SCALE = {
    **of(kind=TEXT, apiVersion=TEXT, metadata=META, spec=of(replicas=COUNT), status=of(replicas=COUNT, selector=TEXT)),
    "x-kubernetes-group-version-kind": [{"group": "scaling.example", "kind": "Scale", "version": "v1"}],
}
OPTIONS = of(kind=TEXT, propagationPolicy=TEXT)
APPLY, MERGE = "application/apply-patch+yaml", "application/merge-patch+json"
HOME = "/namespaces/default/baskets"


@pytest.fixture
def site() -> Site:
    selecting = [query("labelSelector"), query("fieldSelector")]
    how = query("propagationPolicy")
    patch = {**takes({"type": "object"}, APPLY, MERGE), **answers(BASKET, "200", "201")}
    put = {**takes(BASKET, "*/*"), **answers(BASKET)}
    removed = answers(of(status=TEXT))
    return serve(
        {
            "/namespaces/{namespace}/baskets": {
                "get": {"parameters": selecting, **answers(of("items", items=array(BASKET)))},
                "post": {**takes(BASKET, "*/*"), **answers(BASKET, "201")},
                "delete": {"parameters": [*selecting, how], **takes(OPTIONS, "*/*"), **removed},
            },
            "/namespaces/{namespace}/baskets/{name}": {
                "get": answers(BASKET),
                "put": put,
                "patch": patch,
                "delete": {"parameters": [how], **takes(OPTIONS, "*/*"), **removed},
            },
            "/namespaces/{namespace}/baskets/{name}/status": {"get": answers(BASKET), "put": put, "patch": patch},
            "/namespaces/{namespace}/baskets/{name}/scale": {
                "get": answers(SCALE),
                "put": {**takes(SCALE, "*/*"), **answers(SCALE)},
                "patch": {**takes({"type": "object"}, MERGE), **answers(SCALE)},
            },
        }
    )


def put_up(site: Site, name: str, **labels: str) -> Any:
    basket = {"metadata": {"name": name, "labels": labels}, "spec": {"replicas": 1, "fruit": "pear"}}
    return value(call(site, "POST", HOME, basket))


def names(site: Site, asked: str = "") -> list[str]:
    return [one["metadata"]["name"] for one in value(call(site, "GET", f"{HOME}{asked}"))["items"]]


def test_a_server_says_what_no_client_does(site: Site) -> None:
    """
    An object has a kind, an id, a version and a moment, though its client sent neither; all but the version stay.
    """
    put_up(site, "a")
    read = value(call(site, "GET", f"{HOME}/a"))
    assert (read["kind"], read["apiVersion"]) == ("Basket", "shop.example/v1")
    assert read["metadata"]["uid"]
    assert read["metadata"]["creationTimestamp"]
    changed = value(call(site, "PUT", f"{HOME}/a", {"metadata": {"name": "a"}, "spec": {"fruit": "fig"}}))
    assert changed["kind"] == "Basket"
    assert changed["metadata"]["uid"] == read["metadata"]["uid"]
    assert changed["metadata"]["resourceVersion"] != read["metadata"]["resourceVersion"]
    assert put_up(site, "b")["metadata"]["uid"] != read["metadata"]["uid"]


def test_who_writes_an_old_object_again_is_told(site: Site) -> None:
    """
    An object that was changed since it was read is a conflict, and stays.
    """
    read = put_up(site, "a")
    assert call(site, "PUT", f"{HOME}/a", {**read, "spec": {"fruit": "fig"}}).status == 200
    assert call(site, "PUT", f"{HOME}/a", {**read, "spec": {"fruit": "kiwi"}}).status == 409
    assert value(call(site, "GET", f"{HOME}/a"))["spec"]["fruit"] == "fig"


def test_a_name_begins_as_its_client_wants(site: Site) -> None:
    """
    ``generateName`` is the beginning of a name, of another for each object.
    """
    made = [value(call(site, "POST", HOME, {"metadata": {"generateName": "job-"}})) for _ in range(3)]
    found = {one["metadata"]["name"] for one in made}
    assert len(found) == 3
    assert all(name.startswith("job-") and len(name) == 9 for name in found)
    assert set(names(site)) == found


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("labelSelector=app%3Dweb", "ab"),
        ("labelSelector=app%3D%3Dweb,tier!%3Dback", "a"),
        ("labelSelector=tier+in+(front,+back)", "ab"),
        ("labelSelector=app+notin+(web)", "c"),
        ("labelSelector=tier", "ab"),
        ("labelSelector=!tier", "c"),
        ("fieldSelector=metadata.name%3Db", "b"),
        ("fieldSelector=metadata.name!%3Db,spec.replicas%3D1", "ac"),
        ("labelSelector=", "abc"),
    ],
)
def test_selectors_choose(site: Site, selector: str, expected: str) -> None:
    """
    Lists have what selectors of labels and of fields choose, and no more.
    """
    put_up(site, "a", app="web", tier="front")
    put_up(site, "b", app="web", tier="back")
    put_up(site, "c", app="db")
    assert "".join(names(site, f"?{selector}")) == expected


def test_a_collection_is_removed(site: Site) -> None:
    """
    DELETE of a collection removes what is selected, else all, also with a body that says how and not what.
    """
    put_up(site, "a", app="web")
    put_up(site, "b", app="db")
    put_up(site, "c", app="db")
    assert call(site, "DELETE", f"{HOME}?labelSelector=app%3Dweb", {"kind": "DeleteOptions"}).status == 200
    assert names(site) == ["b", "c"]
    assert call(site, "DELETE", f"{HOME}?propagationPolicy=Orphan", {"kind": "DeleteOptions"}).status == 200
    assert names(site) == []
    assert call(site, "GET", f"{HOME}/b").status == 404


def test_status_is_a_part_of_an_object(site: Site) -> None:
    """
    What is put to ``…/status`` is read in the object, and changes nothing else of it.
    """
    put_up(site, "a")
    sent = {"metadata": {"name": "a"}, "spec": {"fruit": "fig"}, "status": {"phase": "Running"}}
    assert value(call(site, "PUT", f"{HOME}/a/status", sent))["status"]["phase"] == "Running"
    read = value(call(site, "GET", f"{HOME}/a"))
    assert (read["status"]["phase"], read["spec"]["fruit"]) == ("Running", "pear")
    assert call(site, "PATCH", f"{HOME}/a/status", {"status": {"phase": "Done"}}, MERGE).status == 200
    assert value(call(site, "GET", f"{HOME}/a/status"))["status"]["phase"] == "Done"
    assert call(site, "PUT", f"{HOME}/nobody/status", sent).status == 404


def test_scale_tells_of_an_object_and_changes_it(site: Site) -> None:
    """
    ``…/scale`` is a kind of its own whose members are the object's: both see what is written to either.
    """
    put_up(site, "a")
    read = value(call(site, "GET", f"{HOME}/a/scale"))
    assert (read["kind"], read["metadata"]["name"], read["spec"]["replicas"]) == ("Scale", "a", 1)
    assert "replicas" not in read.get("status", {})
    scaled = value(call(site, "PUT", f"{HOME}/a/scale", {**read, "spec": {"replicas": 5}}))
    assert scaled["spec"]["replicas"] == 5
    basket = value(call(site, "GET", f"{HOME}/a"))
    assert (basket["kind"], basket["spec"]) == ("Basket", {"replicas": 5, "fruit": "pear"})
    assert call(site, "PATCH", f"{HOME}/a/scale", {"spec": {"replicas": 7}}, MERGE).status == 200
    assert value(call(site, "GET", f"{HOME}/a/scale"))["spec"]["replicas"] == 7
    assert call(site, "PUT", f"{HOME}/a/scale", {**read, "spec": {"replicas": 9}}).status == 409
    assert call(site, "GET", f"{HOME}/nobody/scale").status == 404


def test_what_is_applied_may_be_new(site: Site) -> None:
    """
    An object that is applied is made, and applied again it is changed; a patch of what is not there is 404.
    """
    put_up(site, "other")
    assert call(site, "PATCH", f"{HOME}/a", {"spec": {"fruit": "fig"}}, MERGE).status == 404
    applied = {"kind": "Basket", "metadata": {"name": "a"}, "spec": {"fruit": "fig"}}
    assert call(site, "PATCH", f"{HOME}/a", applied, APPLY).status == 201
    assert value(call(site, "GET", f"{HOME}/a"))["spec"]["fruit"] == "fig"
    again = call(site, "PATCH", f"{HOME}/a", {**applied, "spec": {"fruit": "kiwi"}}, APPLY)
    assert (again.status, value(again)["spec"]["fruit"]) == (200, "kiwi")
    assert names(site) == ["other", "a"]


def test_a_manager_is_another_person() -> None:
    """
    A path below an item that answers with another item of the same schema is not the item.
    """
    person = of("id name", id=TEXT, name=TEXT, manager=of(id=TEXT, name=TEXT, manager=of()))
    site = serve(
        {
            "/people": {"post": {**takes(of(name=TEXT)), **answers(person, "201")}},
            "/people/{id}": {"get": answers(person)},
            "/people/{id}/manager": {"get": answers(person), "put": {**takes(person), **answers(person)}},
        }
    )
    made = value(call(site, "POST", "/people", {"name": "kim"}))
    call(site, "PUT", f"/people/{made['id']}/manager", {"id": "9", "name": "lee"})
    assert value(call(site, "GET", f"/people/{made['id']}"))["name"] == "kim"
