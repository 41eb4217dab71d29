"""
Items whose ids a document does not name outright.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.instances import generate
from aegis_mockserver import Site

JSON = ((b"content-type", b"application/json"),)
TEXT: dict[str, Any] = {"type": "string"}


def _body(properties: dict[str, Any], required: tuple[str, ...] = (), example: Any = None) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": {"type": "object", "properties": properties, "required": list(required)}}
    if example is not None:
        media["example"] = example
    return {"description": "d", "content": {"application/json": media}}


def _site(collection: str, parameter: str, sent: dict[str, Any], made: dict[str, Any], item: dict[str, Any],
          schema: dict[str, Any] | None = TEXT, **more: Any) -> Site:  # fmt: skip
    named = [{"name": parameter, "in": "path", "required": True, "schema": schema}] if schema is not None else []
    at_item = {"parameters": named, "get": {"responses": {"200": item}}, **more}
    paths = {
        collection: {"post": {"requestBody": sent, "responses": {"201": made}}},
        f"{collection}/{{{parameter}}}": at_item,
    }
    return Site([load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})])


def _call(site: Site, method: str, target: str, body: Any = None) -> tuple[int, Any, dict[bytes, bytes]]:
    content = json.dumps(body).encode() if body is not None else b""
    said = site.respond(method, target.encode(), JSON if body is not None else (), content)
    return said.status, json.loads(said.body) if said.body else None, dict(said.headers)


def test_an_id_that_only_an_example_names_is_the_id() -> None:
    """
    A schema that misspells its id does not hide it: the example shows how it is called.
    """
    answer = _body({"job_identfier": TEXT, "status": TEXT}, (), {"job_identifier": "vh3nwj48", "status": "pending"})
    site = _site("/exports", "job_identifier", _body({"from": {"type": "integer"}}), answer, answer)
    ids = [_call(site, "POST", "/exports", {"from": number})[1]["job_identifier"] for number in range(2)]
    assert len(set(ids)) == 2
    assert [_call(site, "GET", f"/exports/{one}")[1]["job_identifier"] for one in ids] == ids


def test_an_item_is_called_by_the_short_name_that_was_sent() -> None:
    """
    ``{"name": "east"}`` makes the pool whose ``pool_name`` is ``east``.
    """
    sent = _body({"name": TEXT}, ("name",))
    site = _site("/pools", "pool_name", sent, sent, _body({"pool_name": TEXT}, ("pool_name",)))
    _call(site, "POST", "/pools", {"name": "east"})
    assert _call(site, "GET", "/pools/east")[1] == {"pool_name": "east"}
    assert _call(site, "GET", "/pools/west")[0] == 404


def test_an_item_of_two_names_is_found_by_either() -> None:
    """
    ``/roles/{roleIdOrLabel}`` takes an id and a label.
    """
    role = _body({"id": TEXT, "label": TEXT}, ("id", "label"))
    site = _site("/roles", "roleIdOrLabel", _body({"label": TEXT}, ("label",)), role, role)
    made = _call(site, "POST", "/roles", {"label": "admin"})[1]
    assert _call(site, "GET", f"/roles/{made['id']}")[1] == made == _call(site, "GET", "/roles/admin")[1]


def test_an_id_that_the_path_refuses_is_not_taken_from_a_body() -> None:
    """
    Who sends an id that no path takes is given one that it does.
    """
    thing = _body({"id": TEXT, "name": TEXT}, ("id",))
    site = _site("/things", "thing_id", _body({"id": TEXT, "name": TEXT}), thing, thing, {"type": "integer"})
    made = _call(site, "POST", "/things", {"id": "mine", "name": "a"})[1]
    assert _call(site, "GET", f"/things/{made['id']}")[1] == made


def test_a_path_whose_expression_nobody_declares_is_read() -> None:
    """
    A document that forgets the parameter of a path has items all the same.
    """
    thing = _body({"id": TEXT, "name": TEXT}, ("id",))
    site = _site("/things", "thing_id", _body({"name": TEXT}), thing, thing, None)
    made = [_call(site, "POST", "/things", {"name": name})[1] for name in "ab"]
    assert [_call(site, "GET", f"/things/{one['id']}")[1] for one in made] == made


@pytest.mark.parametrize(
    ("shape", "after", "lost"),
    [({"type": ["string", "null"]}, None, b""), (TEXT, "old", b"note")],
    ids=["may be null", "may not"],
)
def test_null_is_null_or_named_as_not_kept(shape: dict[str, Any], after: Any, lost: bytes) -> None:
    """
    A member that is sent as null is null; where it cannot be, the answer names it.
    """
    thing = _body({"id": TEXT, "note": shape}, ("id", "note"))
    change = {"patch": {"requestBody": _body({"note": {"type": ["string", "null"]}}), "responses": {"200": thing}}}
    site = _site("/things", "thing_id", _body({"note": TEXT}), thing, thing, **change)
    made = _call(site, "POST", "/things", {"note": "old"})[1]
    status, answer, headers = _call(site, "PATCH", f"/things/{made['id']}", {"note": None})
    assert (status, answer["note"], headers.get(b"x-mock-not-kept", b"")) == (200, after, lost)


@pytest.mark.parametrize("name", ["uri", "url", "iri", "email", "hostname", "uri-reference"])
def test_a_text_in_a_format_has_the_length_that_is_asked_for(name: str) -> None:
    """
    A format and two bounds that leave one length have a text all the same.
    """
    made = generate({"type": "string", "format": name, "minLength": 24, "maxLength": 24}, "a")
    assert isinstance(made, str)
    assert len(made) == 24
