"""
A world by its address: a service that can be told nothing but an address has a world of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aegis_mockserver import Site, open_site
from aegis_mockserver.pytest_plugin import MockServer

KEY = {"Authorization": "Bearer key"}
USER = {
    "email": "seoyeon.kim@example.com",
    "password": "correct-horse-battery-staple",
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "phone_number": "010-1234-5678",
}


@pytest.fixture(scope="module")
def site() -> Site:
    return open_site()


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[MockServer]:
    with MockServer(site) as running:
        yield running


def test_what_one_address_was_told_no_other_knows(site: Site, server: MockServer) -> None:
    """
    A user who was registered at one world's address is unknown at another's, and the address is no part of any path.
    """
    with httpx.Client(headers=KEY) as http:
        made = http.post(f"{server.url}/__world__/one/api/v1/users", json=USER)
        assert made.status_code == 201
        path = f"/api/v1/users/{made.json()['user_id']}"
        assert http.get(f"{server.url}/__world__/one{path}").status_code == 200
        assert http.get(f"{server.url}/__world__/two{path}").status_code == 404
        assert http.get(f"{server.url}{path}").status_code == 404
    first = next(iter(site.worlds.get("one").journal))
    assert (first.operation, first.request.path) == ("registerUser", "/api/v1/users")


def test_answers_lead_back_to_the_same_world(server: MockServer) -> None:
    """
    A Location is an address in the world that was asked: whoever follows it stays there.
    """
    with httpx.Client(headers=KEY) as http:
        made = http.post(f"{server.url}/__world__/leads/api/v1/users", json=USER)
        followed = http.get(httpx.URL(f"{server.url}/").join(made.headers["location"]))
        assert followed.json()["user_id"] == made.json()["user_id"]


ITEM = {
    "type": "object",
    "required": ["id", "url"],
    "properties": {"id": {"type": "string"}, "note": {"type": "string"}, "url": {"type": "string"}},
}


def linked(server: str, origin: str) -> dict[str, object]:
    """
    A contract whose answers tell addresses: of the item, of the next page, in a header and in the body.
    """
    example = {"id": "1", "url": f"{origin}/v1/things/1"}
    following = {"type": ["string", "null"], "format": "uri" if origin else "uri-reference"}
    page = {
        "type": "object",
        "required": ["data", "next"],
        "properties": {"data": {"type": "array", "items": ITEM}, "next": following},
    }
    listed = {"schema": page, "example": {"data": [example], "next": f"{origin}/v1/things?page=2&limit=1"}}
    query = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("limit", "page")]
    new = {"type": "object", "properties": {"note": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": server}],
        "paths": {
            "/things": {
                "get": {
                    "operationId": "list",
                    "parameters": query,
                    "responses": {
                        "200": {
                            "description": "d",
                            "headers": {"Link": {"schema": {"type": "string"}}},
                            "content": {"application/json": listed},
                        }
                    },
                },
                "post": {
                    "operationId": "create",
                    "requestBody": {"content": {"application/json": {"schema": new}}},
                    "responses": {
                        "201": {
                            "description": "d",
                            "content": {"application/json": {"schema": ITEM, "example": example}},
                        }
                    },
                },
            },
            "/things/{id}": {
                "get": {
                    "operationId": "get",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {
                        "200": {
                            "description": "d",
                            "content": {"application/json": {"schema": ITEM, "example": example}},
                        }
                    },
                }
            },
        },
    }


@pytest.mark.parametrize(
    ("declared", "origin"),
    [("https://api.example.com/v1", "https://api.example.com"), ("/v1", ""), ("https://api.example.com/v1", "")],
)
def test_links_and_bodies_lead_to_the_same_world(declared: str, origin: str, tmp_path: Path) -> None:
    """
    Whoever follows a link, a next page or an item's own address stays in the world; what a client wrote comes back.
    """
    (tmp_path / "linked.json").write_text(json.dumps(linked(declared, origin)))
    with MockServer(open_site(tmp_path / "linked.json")) as running, httpx.Client() as http:
        base = f"{running.url}/__world__/leads/v1/things"
        made = [http.post(base, json={"note": "/v1/elsewhere"}).json() for _ in range(3)]
        for one in made:
            assert one["note"] == "/v1/elsewhere"
            assert http.get(httpx.URL(base).join(one["url"])).json()["id"] == one["id"]
        page = http.get(base, params={"limit": 1})
        assert http.get(httpx.URL(base).join(page.links["next"]["url"])).json()["data"][0]["id"] == made[1]["id"]
        seen = [one["id"] for one in page.json()["data"]]
        while following := page.json()["next"]:
            page = http.get(httpx.URL(base).join(following))
            seen += [one["id"] for one in page.json()["data"]]
        assert seen == [one["id"] for one in made]


def test_the_control_api_of_an_address_is_of_its_world(server: MockServer) -> None:
    """
    What is steered below a world's address is that world; naming another one as well is refused.
    """
    with httpx.Client(headers=KEY) as http:
        http.post(f"{server.url}/__world__/steered/api/v1/users", json=USER)
        control = f"{server.url}/__world__/steered/__mock__"
        assert len(http.get(f"{control}/journal").json()["exchanges"]) == 1
        assert http.get(f"{control}/journal", params={"world": "other"}).status_code == 400


@pytest.mark.parametrize("name", ["%EC%84%B8%EA%B3%84", "a%2Fb"])
def test_a_name_is_read_as_it_is_meant(site: Site, server: MockServer, name: str) -> None:
    """
    Names in any script, and with a slash in them, are the worlds that X-Mock-World would name.
    """
    httpx.get(f"{server.url}/__world__/{name}/health")
    meant = httpx.URL(f"http://mock/{name}").path.removeprefix("/")
    assert [exchange.operation for exchange in site.worlds.get(meant).journal] == ["getHealth"]


def test_two_names_are_refused(server: MockServer) -> None:
    """
    An address of one world with a header of another is a mistake that is told, and nothing is done in either.
    """
    with httpx.Client(headers=KEY) as http:
        answer = http.get(f"{server.url}/__world__/here/health", headers={"X-Mock-World": "there"})
        assert (answer.status_code, answer.json()["code"]) == (400, "two_worlds")
        same = http.get(f"{server.url}/__world__/here/health", headers={"X-Mock-World": "here"})
        assert same.status_code == 200


@pytest.mark.parametrize("target", [b"/__world__/", b"/__world__", b"/__world__//health"])
def test_an_address_without_a_name_is_no_world(site: Site, target: bytes) -> None:
    """
    Where no world is named nothing is taken off: there is no operation at such a path.
    """
    reply = site.respond("GET", target)
    assert (reply.status, json.loads(reply.body)["code"]) == (404, "not_found")


def test_a_page_of_another_origin_steers_no_world_by_its_address(site: Site) -> None:
    """
    The rules for hosts and origins hold below a world's address as they do everywhere.
    """
    foreign = ((b"host", b"127.0.0.1:4010"), (b"origin", b"http://evil.example"), (b"sec-fetch-site", b"cross-site"))
    assert site.respond("GET", b"/__world__/mine/__mock__/journal", foreign).status == 403
    named = ((b"host", b"evil.example"),)
    assert site.respond("GET", b"/__world__/mine/__mock__/journal", named).status == 403
