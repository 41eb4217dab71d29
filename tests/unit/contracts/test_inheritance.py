"""
A discriminator without ``oneOf``: whoever refers to the parent means one of the kinds that extend it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import Schema, load

TEXT = {"type": "string"}


def extending(name: str, **properties: Any) -> dict[str, Any]:
    """
    Write a schema that extends another one by required properties.
    """
    return {
        "allOf": [
            {"$ref": f"#/components/schemas/{name}"},
            {"type": "object", "required": list(properties), "properties": properties},
        ]
    }


def parent(*, listed: list[str] | None = None, required: bool = True, **discriminator: Any) -> dict[str, Any]:
    """
    Write a schema with a discriminator, which leaves its kinds to others.
    """
    kind: dict[str, Any] = {**TEXT, "enum": listed} if listed else TEXT
    return {
        "type": "object",
        "required": ["kind"] if required else [],
        "properties": {"kind": kind, "name": TEXT},
        "discriminator": {"propertyName": "kind", **discriminator},
    }


CAT, DOG = extending("Pet", lives={"type": "integer"}), extending("Pet", tricks={"type": "array", "items": TEXT})
PLAIN = {"Pet": parent(), "Cat": CAT, "Dog": DOG}
MAPPED = {"Pet": parent(mapping={"c": "Cat", "d": "#/components/schemas/Dog"}), "Cat": CAT, "Dog": DOG}
GRAND = {**PLAIN, "Puppy": extending("Dog", weeks={"type": "integer"})}
ABSTRACT = {"Pet": parent(listed=["Cat", "Dog"]), "Cat": CAT, "Dog": DOG}
OTHERS = {"Pet": parent(listed=["cat", "dog"]), "Cat": CAT, "Dog": DOG}
OWN = {
    "Pet": parent(),
    "Cat": extending("Pet", kind={"const": "felis"}, lives={"type": "integer"}),
    "Dog": {**DOG, "x-ms-discriminator-value": "canis"},
}
CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (PLAIN, {"kind": "Cat", "lives": 9}, ""),
    (PLAIN, {"kind": "Cat"}, "/lives"),
    (PLAIN, {"kind": "Cat", "lives": "nine"}, "/lives"),
    (PLAIN, {"kind": "Dog", "tricks": ["roll"]}, ""),
    (PLAIN, {"kind": "Dog", "tricks": "roll"}, "/tricks"),
    (PLAIN, {"kind": "Fish"}, "/kind"),
    (PLAIN, {"kind": "Pet"}, ""),
    (PLAIN, {"lives": 9}, "/kind"),
    (MAPPED, {"kind": "c", "lives": 9}, ""),
    (MAPPED, {"kind": "c"}, "/lives"),
    (MAPPED, {"kind": "d", "tricks": []}, ""),
    (MAPPED, {"kind": "d", "lives": 9}, "/tricks"),
    (MAPPED, {"kind": "e"}, "/kind"),
    (GRAND, {"kind": "Puppy", "tricks": [], "weeks": 3}, ""),
    (GRAND, {"kind": "Puppy", "weeks": 3}, "/tricks"),
    (GRAND, {"kind": "Puppy", "tricks": []}, "/weeks"),
    (ABSTRACT, {"kind": "Cat", "lives": 9}, ""),
    (ABSTRACT, {"kind": "Dog"}, "/tricks"),
    (ABSTRACT, {"kind": "Pet"}, "/kind"),
    # Nothing says which of the values means which kind, so that only the parent's own rules hold.
    (OTHERS, {"kind": "cat"}, ""),
    (OTHERS, {"kind": "bird"}, "/kind"),
    (OWN, {"kind": "felis", "lives": 9}, ""),
    (OWN, {"kind": "felis"}, "/lives"),
    (OWN, {"kind": "canis"}, "/tricks"),
    (OWN, {"kind": "canis", "tricks": []}, ""),
    ({**PLAIN, "Pet": parent(required=False)}, {"name": "nobody knows"}, ""),
    ({**PLAIN, "Pet": parent(required=False)}, {"kind": "Cat"}, "/lives"),
]


def schema_of(schemas: dict[str, Any], node: dict[str, Any]) -> Schema:
    """
    Return the schema of a request body in a contract of these components.
    """
    content = {"application/json": {"schema": node}}
    operation = {"operationId": "put", "requestBody": {"content": content}, "responses": {"204": {"description": "x"}}}
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": "Kinds", "version": "1"},
        "paths": {"/": {"put": operation}},
        "components": {"schemas": schemas},
    }
    body = load(document).operations["put"].request_body
    assert body is not None
    found = body.content["application/json"].schema
    assert found is not None
    return found


@pytest.mark.parametrize("wrapped", ["itself", "in a list", "in a member", "with a description"])
@pytest.mark.parametrize(("schemas", "instance", "pointer"), CASES)
def test_the_value_says_which_kind_must_hold(
    schemas: dict[str, Any], instance: dict[str, Any], pointer: str, wrapped: str
) -> None:
    """
    Wherever the parent is referred to, the kind that the value names must hold, and a value that names none is refused.
    """
    pet = {"$ref": "#/components/schemas/Pet"}
    node, value, prefix = {
        "itself": (pet, instance, ""),
        "in a list": ({"type": "array", "items": pet}, [instance], "/0"),
        "in a member": ({"type": "object", "properties": {"pet": pet}}, {"pet": instance}, "/pet"),
        "with a description": ({"allOf": [pet], "description": "mine", "nullable": True}, instance, ""),
    }[wrapped]
    found = schema_of(schemas, node).violations(value, "request")
    assert {violation.pointer.removeprefix(prefix) for violation in found} == ({pointer} if pointer else set())


@pytest.mark.parametrize("schemas", [PLAIN, MAPPED, GRAND, ABSTRACT, OTHERS, OWN])
def test_what_is_made_up_is_of_a_kind(schemas: dict[str, Any]) -> None:
    """
    A value that is made up for the parent is one of a kind, with what this kind requires; in time each kind comes.
    """
    schema = schema_of(schemas, {"$ref": "#/components/schemas/Pet"})
    made: list[Any] = [schema.generator("request").generate(f"seed {number}") for number in range(60)]
    assert all(schema.is_valid(value, "request") for value in made)
    if schemas is not OTHERS:
        assert any("lives" in value for value in made)
        assert any("tricks" in value for value in made)


def test_who_extends_the_parent_in_place_is_no_other_kind() -> None:
    """
    A body that extends the parent by ``allOf`` on the spot has no name, so that no value needs to name it.
    """
    schema = schema_of(PLAIN, {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["more"]}]})
    assert schema.is_valid({"kind": "anything", "more": 1}, "request")
    assert not schema.is_valid({"kind": "anything"}, "request")


def test_kinds_that_refer_to_each_other_end() -> None:
    """
    A kind that holds its own parent is judged to any depth.
    """
    schemas = {**PLAIN, "Cage": extending("Pet", pets={"type": "array", "items": {"$ref": "#/components/schemas/Pet"}})}
    schema = schema_of(schemas, {"$ref": "#/components/schemas/Pet"})
    inner: dict[str, Any] = {"kind": "Cat", "lives": 9}
    for _ in range(20):
        inner = {"kind": "Cage", "pets": [inner, {"kind": "Pet"}]}
    assert schema.is_valid(inner, "request")
    broken = json.loads(json.dumps(inner).replace('"lives": 9', '"lives": "x"'))
    assert not schema.is_valid(broken, "request")


@pytest.mark.parametrize(("number", "united"), [(40, True), (41, False), (300, False)])
def test_very_many_kinds_leave_the_parent_as_it_is_written(number: int, united: bool) -> None:
    """
    A parent of up to 40 kinds means them; one of more does not make everything reach everything.
    """
    many = {f"Kind{each}": extending("Pet", **{f"p{each}": TEXT}) for each in range(number)}
    schema = schema_of({"Pet": parent(), **many}, {"$ref": "#/components/schemas/Pet"})
    projected = schema.projected("request")
    assert isinstance(projected, dict)
    assert (len(projected.get("$defs", {})) > number) == united
    assert schema.is_valid({"kind": "Kind7"}, "request") is not united
    assert schema.is_valid({"kind": "Kind7", "p7": "x"}, "request")


def test_kinds_that_reach_very_much_leave_the_parent_as_it_is_written() -> None:
    """
    Few kinds that refer to a large part of the document are not drawn into every schema that refers to their parent.
    """
    parts = {f"Part{each}": {"type": "object", "properties": {"x": TEXT}} for each in range(200)}
    refers = {f"p{each}": {"$ref": f"#/components/schemas/Part{each}"} for each in range(200)}
    large = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "properties": refers}]}
    schema = schema_of({"Pet": parent(), "Large": large, **parts}, {"$ref": "#/components/schemas/Pet"})
    projected = schema.projected("request")
    assert isinstance(projected, dict)
    assert len(projected.get("$defs", {})) < 5


ODD: dict[str, dict[str, Any]] = {
    "a kind that refers to nothing": {
        "Pet": parent(),
        "Cat": {"allOf": [*CAT["allOf"], {"$ref": "#/components/schemas/None"}]},
    },
    "a mapping that is a list": {"Pet": parent(mapping=["Cat"]), "Cat": CAT},
    "a mapping of what is no text": {"Pet": parent(mapping={"c": 5, "d": None}), "Cat": CAT},
    "a mapping that leads nowhere": {"Pet": parent(mapping={"c": "#/nowhere"}), "Cat": CAT},
    "a name that no reference can say": {"Pet": parent(), "Cat": CAT, "Big dog/~ %{x}": DOG},
    "a component of the union's own name": {"Pet": parent(), "Cat": CAT, "Pet.kinds": DOG},
    "parts that are no schemas": {"Pet": parent(), "Cat": CAT, "Odd": {"allOf": [None, 5, "x", *DOG["allOf"]]}},
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_about_one_kind_does_not_break_the_parent(name: str) -> None:
    """
    A contract whose inheritance is written badly still has a verdict for the parent, and something can be made up.
    """
    schema = schema_of(ODD[name], {"$ref": "#/components/schemas/Pet"})
    assert schema.is_valid({"kind": "Cat", "lives": 9}, "request")
    assert not schema.is_valid({"kind": 5}, "request")
    assert schema.is_valid(schema.generator("request").generate("seed"), "request")


def test_who_extends_itself_has_no_kinds() -> None:
    """
    A parent that is a kind of one of its own kinds is left as it is written.
    """
    schemas = {"Pet": {**parent(), "allOf": [{"$ref": "#/components/schemas/Cat"}]}, "Cat": CAT}
    projected = schema_of(schemas, {"$ref": "#/components/schemas/Pet"}).projected("request")
    assert isinstance(projected, dict)
    assert not any("kinds" in name for name in projected["$defs"])
