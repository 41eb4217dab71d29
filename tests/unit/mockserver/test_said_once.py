"""
What an answer says beside its body, and in whose words it refuses.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_mockserver.core._messages import Problem
from tests.unit.mockserver_items.small import JSON, TEXT, answers, call, of, serve, takes, told, value

PROBLEM = "application/problem+json"


def refusing(**forms: Any) -> dict[str, Any]:
    """
    An operation that refuses in some forms.
    """
    content = {media_type: {"schema": schema} for media_type, schema in forms.items()}
    responses = answers(of(n=TEXT))["responses"] | {"400": {"description": "no", "content": content}}
    return {**takes(of(n=TEXT)), "responses": responses}


@pytest.mark.parametrize(("mode", "noted"), [("off", False), ("report", True)])
def test_only_who_does_not_look_says_nothing(mode: str, noted: bool) -> None:
    """
    With ``off`` nobody looks at requests: what is wrong with one is told nowhere; with ``report`` it is.
    """
    site = serve({"/a": {"post": refusing(**{JSON: of(message=TEXT)})}}, validate=mode)
    reply = call(site, "POST", "/a", {"n": 1})
    assert (reply.status, bool(told(reply, "x-mock-violations"))) == (200, noted)
    assert bool(value(call(site, "GET", "/__mock__/journal"))["exchanges"][0]["violations"]) == noted


@pytest.mark.parametrize("also", [{}, {PROBLEM: of(detail=TEXT)}])
def test_a_form_of_the_providers_own_says_what_happened_in_its_own_text(also: dict[str, Any]) -> None:
    """
    Who accepts the provider's own form is told there what happened, also where a problem detail is offered beside it.
    """
    site = serve({"/a": {"post": refusing(**{JSON: of(message=TEXT), **also})}})
    reply = call(site, "POST", "/a", {"n": 1}, accept=JSON)
    assert told(reply, "content-type") == JSON
    assert "/n" in value(reply)["message"]


@pytest.mark.parametrize("accepted", ["application/vnd.a+json", "application/vnd.b+json"])
def test_a_refusal_has_the_form_that_is_accepted(accepted: str) -> None:
    """
    Of several forms the client's own is taken, whichever stands first.
    """
    forms = {each: of("message", message=TEXT) for each in ("application/vnd.a+json", "application/vnd.b+json")}
    reply = call(serve({"/a": {"post": refusing(**forms)}}), "POST", "/a", {"n": 1}, accept=accepted)
    assert (reply.status, told(reply, "content-type")) == (400, accepted)


@pytest.mark.parametrize(("method", "allow"), [("post", "POST"), ("get", "GET, HEAD")])
def test_a_path_offers_what_it_has(method: str, allow: str) -> None:
    """
    HEAD is offered where GET is (RFC 9110 §9.3.2), and nowhere else.
    """
    reply = call(serve({"/a": {method: answers(of(n=TEXT))}}), "DELETE", "/a")
    assert (reply.status, told(reply, "allow")) == (405, allow)


def test_a_page_with_a_policy_of_its_own_keeps_it() -> None:
    """
    A policy that the contract declares is sent as it is, and none of ours beside it.
    """
    said = {"schema": {"type": "string", "const": "default-src 'self'"}, "required": True}
    page = {"description": "a page", "content": {"text/html": {"schema": TEXT, "example": "<p>hi</p>"}}}
    for headers, policies in ({"Content-Security-Policy": said}, ["default-src"]), ({}, ["sandbox"]):
        operation = {"get": {"responses": {"200": {**page, "headers": headers}}}}
        reply = call(serve({"/a": operation}), "GET", "/a", accept="text/html")
        found = [each.decode() for name, each in reply.headers if name.lower() == b"content-security-policy"]
        assert [each.split()[0] for each in found] == policies


def test_what_is_not_even_http_is_in_the_journal() -> None:
    """
    What was refused before it was a request is noted with where it wanted to go.
    """
    site = serve({"/a": {"get": answers(of(n=TEXT))}})
    reply = site.refuse(Problem("bad_request", 400, "no colon in a header line"), b"/a?b=1")
    assert (reply.status, value(reply)["instance"]) == (400, "/a")
    seen = value(call(site, "GET", "/__mock__/journal"))["exchanges"][0]
    assert (seen["path"], seen["status"]) == ("/a", 400)
