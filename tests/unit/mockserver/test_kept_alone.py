"""
What is posted comes back, also where nothing else reads it; and of a union, only the branch that is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, header, value
from .test_refusals_and_ends import answer, content, document

Make = Callable[..., Client]
NAMED = {"type": "object", "properties": {"name": {"type": "string"}, "password": {"type": "string"}}}
JOB = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("sent", "shown", "body"),
    [
        (NAMED, JOB, {"name": "mine", "password": "x"}),
        (
            {"type": "object", "properties": {"job": NAMED}},
            {"type": "object", "properties": {"job": JOB}},
            {"job": {"name": "mine"}},
        ),
    ],
    ids=["bare", "envelope"],
)
def test_a_post_that_nothing_else_reads_answers_with_what_was_posted(
    make_client: Make, sent: Any, shown: Any, body: Any
) -> None:
    """
    Without an item's path an item is made all the same: what was posted comes back, each time with an id of its own.
    """
    paths = {"/jobs": {"post": {"requestBody": content(sent), "responses": {"201": answer(shown)}}}}
    call = make_client(document(paths))
    made = [value(call("POST", "/jobs", body)) for _ in range(2)]
    items = [each.get("job", each) for each in made]
    assert [item["name"] for item in items] == ["mine", "mine"]
    assert items[0]["id"] != items[1]["id"]
    assert "password" not in items[0]


def test_a_put_that_nothing_else_reads_answers_with_what_was_put(make_client: Make) -> None:
    """
    The same holds for a resource that there is one of.
    """
    paths = {"/settings": {"put": {"requestBody": content(NAMED), "responses": {"200": answer(JOB)}}}}
    assert value(make_client(document(paths))("PUT", "/settings", {"name": "mine"}))["name"] == "mine"


def test_what_is_made_below_an_item_is_no_change_of_it(make_client: Make) -> None:
    """
    A POST below an item that answers 201 with another shape makes a child; the item stays as it is.
    """
    line = {"type": "object", "properties": {"id": {"type": "string"}, "sku": {"type": "string"}}}
    paths = {
        "/jobs": {"post": {"requestBody": content(NAMED), "responses": {"201": answer(JOB)}}},
        "/jobs/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": answer(JOB)}},
        },
        "/jobs/{id}/lines": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "post": {"requestBody": content(line), "responses": {"201": answer(line)}},
        },
    }
    call = make_client(document(paths))
    job = value(call("POST", "/jobs", {"name": "a"}))
    made = value(call("POST", f"/jobs/{job['id']}/lines", {"sku": "s"}))
    assert made["sku"] == "s"
    assert value(call("GET", f"/jobs/{job['id']}")) == job


def pets(style: str) -> dict[str, Any]:
    """
    A contract of cats and dogs, told apart by their kind.
    """
    mapping = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
    discriminator = {"propertyName": "kind", "mapping": mapping}

    def branch(kind: str, member: str, schema: Any) -> dict[str, Any]:
        tag = {"type": "string", **({"const": kind} if style != "by mapping" else {})}
        closed = {"additionalProperties": False} if style == "closed" else {}
        properties = {"id": {"type": "string"}, "kind": tag, member: schema}
        return {"type": "object", "required": ["id", "kind", member], "properties": properties, **closed}

    refs = [{"$ref": target} for target in mapping.values()]
    pet = {"$ref": "#/components/schemas/Pet"}
    schemas = {
        "Pet": {"oneOf": refs, "discriminator": discriminator},
        "Cat": branch("cat", "lives", {"type": "integer"}),
        "Dog": branch("dog", "bark", {"type": "string"}),
    }
    loose = content({"type": "object"})
    paths = {
        "/pets": {"post": {"requestBody": loose, "responses": {"201": answer(pet)}}},
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": answer(pet)}},
            "put": {"requestBody": {**content(pet), "required": True}, "responses": {"200": answer(pet)}},
            "patch": {"requestBody": loose, "responses": {"200": answer(pet)}},
        },
    }
    return document(paths, components={"schemas": schemas})


@pytest.mark.parametrize("style", ["by mapping", "by const", "closed"])
def test_of_a_union_only_the_branch_that_is_meant_is_told(make_client: Make, style: str) -> None:
    """
    A cat has nothing of a dog: made, changed in part, and changed to the other kind.
    """
    call = make_client(pets(style))
    for kind, member, one, other in (("dog", "bark", "wau", "wuff"), ("cat", "lives", 9, 8)):
        made = value(call("POST", "/pets", {"kind": kind, member: one}))
        assert made == {"id": made["id"], "kind": kind, member: one}
        target = f"/pets/{made['id']}"
        changed = value(call("PATCH", target, {member: other}))
        assert changed == {**made, member: other} == value(call("GET", target))
    turned = value(call("PATCH", target, {"kind": "dog", "bark": "wau"}))
    assert turned == {"id": made["id"], "kind": "dog", "bark": "wau"}
    completed = call("PATCH", target, {"kind": "cat"})
    assert (value(completed).keys(), value(completed)["kind"]) == ({"id", "kind", "lives"}, "cat")
    assert header(completed, "x-mock-violation") is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"id": "a", "kind": "fish"}, [("/body/kind", 'must be one of ["cat", "dog"]')]),
        ({"id": "a", "lives": 1}, [("/body/kind", "is required")]),
        ({"id": 1, "kind": "dog", "bark": "x"}, [("/body/id", "must be a string")]),
        ({"id": "a", "kind": "cat"}, [("/body/lives", "is required")]),
    ],
)
@pytest.mark.parametrize("style", ["by mapping", "by const"])
def test_a_union_is_refused_in_the_words_of_its_discriminator(
    make_client: Make, style: str, sent: Any, said: list[tuple[str, str]]
) -> None:
    """
    What is wrong is said of the kind, or of the branch that the kind names; not of all branches.
    """
    told = value(make_client(pets(style))("PUT", "/pets/a", sent))["violations"]
    assert [(each["pointer"], each["message"]) for each in told] == said


def test_an_item_stays_one_though_a_path_of_two_names_lies_below_it(make_client: Make) -> None:
    """
    ``/jobs/{id}`` is an item of ``/jobs`` beside ``/jobs/{user}/{slug}``: what was made is what is read there.
    """

    def named(*names: str) -> list[dict[str, Any]]:
        return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]

    paths = {
        "/jobs": {"post": {"requestBody": content(NAMED), "responses": {"201": answer(JOB)}}},
        "/jobs/{id}": {"parameters": named("id"), "get": {"responses": {"200": answer(JOB)}}},
        "/jobs/{user}/{slug}": {"parameters": named("user", "slug"), "get": {"responses": {"200": answer(JOB)}}},
    }
    call = make_client(document(paths))
    made = value(call("POST", "/jobs", {"name": "mine"}))
    assert value(call("GET", f"/jobs/{made['id']}")) == made
