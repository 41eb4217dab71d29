"""
Addresses inside of answers: which server a contract means, which addresses lead to the mock, and which stay.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site
from aegis_mockserver.core.contents._proofs import ContentChecker, has_address
from aegis_mockserver.core.operations._addresses import HERE, base_of

from .conftest import Client, header, value
from .parks import TEXT, content, document, operation

EU = {"default": "eu", "enum": ["eu", "us"]}
NOTHING: dict[str, Any] = {}


def contract(*servers: Any, example: Any = "x") -> dict[str, Any]:
    """
    Return a contract with these servers, whose only answer is *example*.
    """
    said = operation("200", True)
    said["responses"]["200"]["content"]["application/json"]["example"] = example
    return {**document({"/a": {"get": said}}), "servers": list(servers)}


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ([{"url": "https://a.example/v1/"}], "https://a.example/v1"),
        ([{"url": "http://a.example?x=1"}], "http://a.example"),
        ([{"url": "http://a.example/v1#there"}], "http://a.example/v1"),
        ([{"url": "//a.example/v1"}], "https://a.example/v1"),
        ([{"url": "/v1"}], HERE),
        ([{"url": "ftp://a.example"}], HERE),
        ([{"url": "http://[broken"}, {"url": "/v1"}, {"url": "http://b.example"}], "http://b.example"),
        ([{"url": "https://{at}.example/{v}", "variables": {"at": EU}}], "https://eu.example/v"),
        ([{"url": "https://{at}.example", "variables": {"at": NOTHING}}], "https://at.example"),
        ([{"url": "https://{at}.example", "variables": {"at": "eu"}}], "https://at.example"),
        ([{"url": "https://{at}.example", "variables": ["at"]}], "https://at.example"),
        ([], HERE),
    ],
)
def test_what_is_made_up_leads_to_the_first_server_with_a_host(servers: Any, base: str) -> None:
    """
    Variables stand at their defaults, a query or a fragment is none of an address, and what is no address is passed by.
    """
    (found,) = load(contract(*servers)).all_operations()
    assert base_of(found) == base


@pytest.mark.parametrize(
    ("servers", "host", "said", "told"),
    [
        (["https://a.example"], "m:1", "https://a.example/x", "http://m:1/x"),
        (["https://a.example"], "m:1", "HTTPS://A.EXAMPLE", "http://m:1"),
        (["https://a.example"], "m:1", "//a.example/x", "//m:1/x"),
        (["https://a.example"], "m:1", "https://a.example.org/x", "https://a.example.org/x"),
        (["https://a.example"], "m:1", "see:https://a.example, or", "see:http://m:1, or"),
        (["https://a.example"], "m:1", "x//a.example/y", "x//a.example/y"),
        (["https://a.example"], "a.example", "https://a.example/x", "https://a.example/x"),
        (["https://a.example"], "b.a.example", "https://a.example/x", "http://b.a.example/x"),
        (["https://a.example"], "", "https://a.example/x", "http://localhost/x"),
        (["https://{at}.a.example"], "m:1", "https://any.a.example/x", "http://m:1/x"),
        (["https://{host}"], "m:1", "https://other.example/x", "https://other.example/x"),
        (["http://localhost:8080"], "m:1", "http://localhost:8080/x", "http://localhost:8080/x"),
        (["http://127.0.0.1"], "m:1", "http://127.0.0.1/x", "http://127.0.0.1/x"),
        (["https://a.example", "https://b.example"], "m:1", "https://b.example/x", "http://m:1/x"),
        (["https://a.example"], "m:1", f"{HERE}/x", "http://m:1/x"),
    ],
)
def test_an_address_of_a_declared_server_leads_to_where_its_client_found_the_mock(
    servers: list[str], host: str, said: str, told: str
) -> None:
    """
    In a body as in a header; other hosts, those of this machine, and a client that calls a declared one are left alone.
    """
    for link in (None, f"<{told}>"):
        document = contract(*({"url": url} for url in servers), example={"at": said})
        declared = {"Link": {"schema": TEXT, "example": f"<{said}>"}} if link else {}
        document["paths"]["/a"]["get"]["responses"]["200"]["headers"] = declared
        call = Client(Site([load(document)]))
        for _ in range(3):  # the last of a client that came before
            reply = call("GET", "/a", **({"host": host} if host else {}))
            assert (value(reply), header(reply, "link")) == ({"at": told}, link)


@pytest.mark.parametrize(
    ("text", "found"),
    [(b"{}", False), (b'"a/b"', False), (b'"//a"', True), (b'"http:\\/\\/a"', True), (b'"\\\\"', False)],
)
def test_only_what_may_be_an_address_is_looked_at_once_more(text: bytes, found: bool) -> None:
    """
    A slash alone is no address; two are, and so are escaped ones.
    """
    assert has_address(text) is found
    (declared,) = load(contract()).all_operations()
    media = declared.responses["200"].content["application/json"]
    proof = ContentChecker(media).prove(text)
    assert proof is not None
    assert (proof.told_as(media) is None) is found
    assert proof.linked is found


def test_content_of_any_media_type_is_proved_by_its_schema() -> None:
    """
    A text that its schema allows is good, another one is not, and JSON that is none never is.
    """
    paths = {"/a": {"get": {"responses": {"200": {"description": "d", **content({"const": "yes"}, "text/plain")}}}}}
    (declared,) = load(document(paths)).all_operations()
    checker = ContentChecker(declared.responses["200"].content["text/plain"])
    assert [checker.prove(text) is not None for text in (b"yes", b"no")] == [True, False]
    (declared,) = load(contract()).all_operations()
    checker = ContentChecker(declared.responses["200"].content["application/json"])
    assert [checker.prove(text) is not None for text in (b"1", b"{", b'"\xff"', b"[" * 100_000)] == [True, *[False] * 3]


def test_a_server_is_reached_at_sixty_four_addresses_and_no_more() -> None:
    """
    Variables with many values make many paths: the first sixty-four are served, so that none makes millions.
    """
    values = [f"v{number}" for number in range(70)]
    server = {"url": "https://a.example/{at}", "variables": {"at": {"default": "v0", "enum": values}}}
    call = Client(Site([load(contract(server))]))
    assert [value for value in values if call("GET", f"/{value}/a").status == 200] == values[:64]
