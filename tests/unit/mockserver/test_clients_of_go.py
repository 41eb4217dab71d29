"""
What official clients in Go found on their companies' own documents, in small: they read each member into its type.
"""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

from aegis_contracts.instances import generate
from aegis_mockserver import Site
from tests.unit.mockserver_items.small import JSON, TEXT, call, of, serve, value


def answer(schema: Any, media_type: str = JSON) -> dict[str, Any]:
    return {"description": "an answer", "content": {media_type: {"schema": schema}}}


def cluster() -> Site:
    """
    Serve objects in the manner of Kubernetes: names that clients choose, in namespaces that are there.
    """
    kinds = [{"group": "shop.example", "kind": "Basket", "version": "v1"}]
    meta = of(name=TEXT, namespace=TEXT, labels={"type": "object", "additionalProperties": TEXT})
    data = {"type": "object", "additionalProperties": {"type": "string", "format": "byte"}}
    basket = {
        **of(kind=TEXT, apiVersion=TEXT, metadata=meta, data=data),
        "x-kubernetes-group-version-kind": kinds,
    }
    listed = {
        **of("items", kind=TEXT, apiVersion=TEXT, items={"type": "array", "items": basket}),
        "x-kubernetes-group-version-kind": [{**kinds[0], "kind": "BasketList"}],
    }
    any_type = {"requestBody": {"content": {"*/*": {"schema": basket}}}}
    patch = {"content": {"application/json-patch+json": {"schema": {"type": "object", "description": "A patch."}}}}
    shown = {"responses": {"200": answer(basket)}}
    spaces = of(metadata=of(name=TEXT))
    return serve(
        {
            "/namespaces": {"post": {"requestBody": answer(spaces), "responses": {"201": answer(spaces)}}},
            "/namespaces/{namespace}": {"get": {"responses": {"200": answer(spaces)}}},
            "/namespaces/{namespace}/baskets": {
                "get": {"responses": {"200": answer(listed)}},
                "post": {**any_type, "responses": {"201": answer(basket)}},
            },
            "/namespaces/{namespace}/baskets/{name}": {
                "get": shown,
                "put": {**any_type, **shown},
                "patch": {"requestBody": patch, **shown},
            },
        }
    )


def basket(name: str) -> dict[str, Any]:
    return {"kind": "Basket", "apiVersion": "shop.example/v1", "metadata": {"name": name}}


def test_an_object_is_of_the_kind_that_its_schema_says() -> None:
    """
    ``kind`` and ``apiVersion`` are those of ``x-kubernetes-group-version-kind``: a typed client reads nothing else.
    """
    served = cluster()
    for target, kind in (("/namespaces/a/baskets", "BasketList"), ("/namespaces/a/baskets/x", "Basket")):
        told = json.loads(call(served, "GET", target).body)
        assert (told["kind"], told["apiVersion"]) == (kind, "shop.example/v1")


def test_an_object_says_in_which_namespace_it_is() -> None:
    """
    Where an item's name is inside of a member, its owner's name is beside it.
    """
    made = json.loads(call(cluster(), "POST", "/namespaces/a/baskets", basket("x")).body)
    assert made["metadata"] == {"name": "x", "namespace": "a"}


def test_a_name_is_given_once_where_put_replaces() -> None:
    """
    What a client names itself is made once: again is a conflict, also where the contract forgets to say so.
    """
    served = cluster()
    statuses = [call(served, "POST", "/namespaces/a/baskets", basket("x")).status for _ in range(2)]
    assert statuses == [201, 409]


def test_what_owns_something_is_there() -> None:
    """
    An owner that nobody made, but that was given something, is still there when the first other owner is made.
    """
    served = cluster()
    call(served, "POST", "/namespaces/a/baskets", basket("x"))
    call(served, "POST", "/namespaces", {"metadata": {"name": "b"}})
    asked = [call(served, "POST", f"/namespaces/{name}/baskets", basket("y")).status for name in "abc"]
    assert asked == [201, 201, 404]


def test_a_json_patch_is_an_array_whatever_its_schema_says() -> None:
    """
    A JSON Patch whose schema is no more than an object is taken as RFC 6902 has it; an object is still no patch.
    """
    served = cluster()
    call(served, "POST", "/namespaces/a/baskets", basket("x"))
    patch: Any = [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]
    target, media_type = "/namespaces/a/baskets/x", "application/json-patch+json"
    done = json.loads(call(served, "PATCH", target, patch, media_type).body)
    assert done["metadata"]["labels"] == {"a": "b"}
    assert call(served, "PATCH", target, {"op": "add"}, media_type).status == 422


def test_bytes_are_base64_whatever_they_are_called() -> None:
    """
    ``format: byte`` is decoded by whoever reads it, also under a name that says what a text is.
    """
    schema = of("locale city", locale={"type": "string", "format": "byte"}, city={"type": "string", "format": "byte"})
    for seed in range(20):
        for text in generate(schema, str(seed)).values():
            assert len(text) % 4 == 0
            assert set(text.rstrip("=")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def test_a_refusal_that_nobody_declared_has_no_code_of_ours() -> None:
    """
    ``code`` is the provider's word, often a number: where it declares no refusal, ours would break what reads it.
    """
    served = cluster()
    call(served, "POST", "/namespaces/a/baskets", basket("x"))
    for accept, media_type in (("", "application/problem+json"), ("application/vnd.shop+json;version=2", JSON)):
        refused = call(served, "GET", "/namespaces/a/baskets/none", accept=accept)
        told = json.loads(refused.body)
        assert (refused.status, told["status"], told.get("code")) == (404, 404, None)
        assert dict(refused.headers)[b"content-type"].decode() == media_type


def test_a_refusal_leaves_out_what_nobody_knows() -> None:
    """
    A refusal whose shape may name the payment that failed names none when none did.
    """
    payment = of("id amount", id=TEXT, amount={"type": "integer"}, source=of("id", id=TEXT))
    error = of(
        "type", type=TEXT, message=TEXT, param=TEXT, payment=payment, sources={"type": "array", "items": payment}
    )
    body = {"requestBody": answer(of("amount", amount={"type": "integer"}))}
    refused = {"200": answer(payment), "default": answer(of("error", error=error))}
    served = serve({"/payments": {"post": {**body, "responses": refused}}})
    told = json.loads(call(served, "POST", "/payments", {"amount": "x"}).body)["error"]
    assert "/body/amount" in told["message"] or told.get("param") == "amount"
    assert not {"payment", "sources"} & told.keys()


def test_an_address_that_was_made_up_leads_to_the_mock() -> None:
    """
    A client that follows an address in an answer stays on this machine, unless the schema takes no such address.
    """
    link = {"type": "string", "format": "uri"}
    model = of("page mirrors", page=link, mirrors={"type": "array", "items": link, "minItems": 1})
    strict = of("page", page={**link, "pattern": "^https://[^:]+$"})
    found = [
        value(call(serve({"/models": {"get": {"responses": {"200": answer(schema)}}}}), "GET", "/models"))
        for schema in (model, strict)
    ]
    assert all(text.startswith("http://127.0.0.1:4010/") for text in (found[0]["page"], *found[0]["mirrors"]))
    assert found[1]["page"].startswith("https://")


def test_what_is_named_as_an_address_of_a_network_is_one() -> None:
    """
    Clients read such members into types that take nothing else: an address in a street breaks the whole answer.
    """
    four, six = (
        ("IPAddress", "ipv4Address", "ip_v4", "PublicIPv4"),
        ("GlobalIPv6Address", "ipv6_address", "GatewayIPv6"),
    )
    made = generate(of(" ".join((*four, *six)), **dict.fromkeys((*four, *six), TEXT)), "1")
    assert {name: ip_address(made[name]).version for name in made} == dict.fromkeys(four, 4) | dict.fromkeys(six, 6)


def test_what_the_contract_calls_validation_is_how_an_invalid_request_fails() -> None:
    """
    Where 400 and 422 are declared, 422 says what a request failed that could be read if its description says so.
    """
    calls_it = {"422": {"description": "Validation failed."}, "200": answer(of(name=TEXT))}
    post = {"requestBody": answer(of("name", name=TEXT))}
    vague = {"post": {**post, "responses": {**calls_it, "400": {"description": "Bad request"}}}}
    named = {"post": {**post, "responses": {**calls_it, "400": {"description": "An argument is invalid."}}}}
    served = serve({"/vague": vague, "/named": named})
    statuses = [call(served, "POST", path, {"name": 1}).status for path in ("/vague", "/named")]
    illegible = served.respond("POST", b"/vague", ((b"host", b"127.0.0.1"), (b"content-type", JSON.encode())), b"{")
    assert [*statuses, illegible.status] == [422, 400, 400]
