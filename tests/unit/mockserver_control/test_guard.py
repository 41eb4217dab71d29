"""
Who may use the control API, what it hides, and what it refuses because nothing of that name is there.
"""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Reply, Site
from aegis_mockserver.adapters._access_log import AccessLog
from aegis_mockserver.adapters._callbacks import CallbackSender
from aegis_mockserver.control._guard import Guard
from aegis_mockserver.world._messages import Request

SECRET = "canary-7f3a"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Doors", "version": "1"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/doors": {
            "post": {
                "operationId": "openDoor",
                "security": [{"bearer": []}],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "ok"}},
                "callbacks": {"opened": {"{$request.body#/hook}": {"post": {"responses": {}}}}},
            }
        },
        "/doors/{id}": {
            "get": {
                "operationId": "readDoor",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok"}},
            }
        },
        "/reset/{token}": {
            "get": {
                "operationId": "reset",
                "parameters": [{"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok"}},
            }
        },
    },
}


@pytest.fixture
def site() -> Site:
    return Site([load(DOCUMENT)])


Ask = Callable[..., Reply]


@pytest.fixture
def ask(site: Site) -> Ask:
    def respond(method: str, target: str, body: Any = None, **headers: str) -> Reply:
        lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if not isinstance(body, bytes) and body is not None:
            lines.append((b"content-type", b"application/json"))
        return site.respond(method, target.encode(), tuple(lines), content)

    return respond


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:4010", True),
        ("localhost", True),
        ("app.localhost:4010", True),
        ("[::1]:4010", True),
        ("192.168.1.5:4010", True),
        ("mock:4010", True),
        ("mock.team.test", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:4010", False),
        ("mock.team.test.evil.example", False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_hosts_may_not_even_read(host: str, known: bool, method: str) -> None:
    """
    A page whose name was made to lead to this machine (DNS rebinding) gets nothing, unless the name was allowed.
    """
    request = Request(method, "/__mock__/journal", headers=((b"host", host.encode()),))
    refusal = Guard(["mock.team.test"]).refusal(request)
    assert (refusal is None) is known
    assert Guard(["*"]).refusal(request) is None


@pytest.mark.parametrize("path", ["/__mock__/journal", "/__mock__/state", "/__mock__/page/main.js", "/__mock__/api"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
    ],
)
def test_foreign_pages_neither_read_nor_steer(ask: Ask, path: str, headers: dict[str, str]) -> None:
    """
    A page of another origin is refused, reads too; programs and the mock's own page are not.
    """
    assert ask("GET", path, host="127.0.0.1:4010", **headers).status == 403
    assert ask("POST", "/__mock__/reset", host="127.0.0.1:4010", **headers).status == 403
    assert ask("GET", path, host="127.0.0.1:4010", origin="http://127.0.0.1:4010").status == 200
    assert ask("GET", path, host="127.0.0.1:4010").status == 200


def test_a_link_to_the_page_may_be_followed(ask: Ask) -> None:
    """
    Who follows a link from elsewhere sees the page, and nothing but the page.
    """
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert ask("GET", "/__mock__/", accept="text/html", **link).status == 200
    assert ask("GET", "/__mock__/journal", **link).status == 403


def test_looking_makes_no_world(ask: Ask, site: Site) -> None:
    """
    A GET of the control API makes no world, whatever it names; a name in an address that is none is said to be none.
    """
    site.worlds.get("team-red")
    for path in ("/state", "/journal", "/inbox/mails", "/events", "/faults", "/snapshot", "/clock", "/worlds"):
        ask("GET", f"/__mock__{path}", x_mock_world="nobody")
        ask("GET", f"/__mock__{path}?world=somebody")
    assert {world.name for world in site.worlds} == {"default", "team-red"}
    reply = ask("GET", "/__mock__/journal?world=team-rad")
    assert reply.status == 404
    assert "did you mean 'team-red'?" in reply.body.decode()


@pytest.mark.parametrize(
    ("method", "target", "body", "said"),
    [
        ("POST", "/verify", {"operation": "nosuchop", "times": 0}, "no operation 'nosuchop'"),
        ("POST", "/verify", {"operation": "opendoor", "times": 0}, "did you mean 'openDoor'?"),
        ("POST", "/verify", {"times": 1, "at_least": 1}, "times must not stand"),
        ("POST", "/verify", {"at_least": 3, "at_most": 1}, "must not be more"),
        ("POST", "/verify", {"exactly": True}, "must stand with body"),
        ("POST", "/verify", {"status": "200"}, "status must be"),
        ("POST", "/verify", {"times": True}, "whole number"),
        ("POST", "/verify", {"times": -1}, "whole number"),
        ("POST", "/verify", {"path": "*" * 5_000}, "at most"),
        ("POST", "/verify", {"header": {"a": "b"}}, "did you mean 'headers'?"),
        ("GET", "/journal?operation=readDor", None, "did you mean 'readDoor'?"),
        ("GET", "/journal?opertion=readDoor", None, "did you mean 'operation'?"),
        ("DELETE", "/faults?operation=readDor", None, "did you mean 'readDoor'?"),
        ("POST", "/faults", {"operation": "readDor", "status": 503}, "did you mean 'readDoor'?"),
        ("POST", "/state", {"/dors": {}}, "did you mean '/doors'?"),
        ("GET", "/state?store=/dors", None, "did you mean '/doors'?"),
        ("PUT", "/snapshot", {"stores": {"/dors": {}}}, "did you mean '/doors'?"),
        ("PUT", "/snapshot", {"stores": {}, "clok": {}}, "did you mean 'clock'?"),
        ("POST", "/clock", {"advance": 3}, "did you mean 'advance_seconds'?"),
        ("POST", "/reset", {"everything": True}, "takes no body"),
        ("POST", "/reset?al=true", None, "did you mean 'all'?"),
        ("PATCH", "/settings", {"validat": "off"}, "did you mean 'validate'?"),
    ],
)
def test_what_is_named_must_be_there(ask: Ask, method: str, target: str, body: Any, said: str) -> None:
    """
    A control call that names what does not exist, or could have no effect, is 400 and names the nearest.
    """
    reply = ask(method, f"/__mock__{target}", body)
    assert reply.status == 400
    assert said in json.loads(reply.body)["detail"]


def test_a_verification_of_a_world_that_there_is_not_is_no_success(ask: Ask, site: Site) -> None:
    """
    "Never called" is not true of a world that nobody ever used: it is most likely misspelt.
    """
    site.worlds.get("team-red")
    wanted = {"operation": "openDoor", "times": 0}
    assert json.loads(ask("POST", "/__mock__/verify", wanted, x_mock_world="team-red").body)["ok"] is True
    reply = ask("POST", "/__mock__/verify", wanted, x_mock_world="team-rad")
    assert (reply.status, "team-red" in reply.body.decode()) == (404, True)


def test_hidden_values_can_be_verified_and_are_not_told(ask: Ask) -> None:
    """
    A credential and a password are compared as they came; who guesses wrong learns nothing but that.
    """
    body = {"password": SECRET, "name": "a"}
    ask("POST", "/doors", body, authorization=f"Bearer {SECRET}", x_api_key=SECRET)
    same = {"headers": {"Authorization": f"Bearer {SECRET}", "X-API-Key": SECRET}, "body": body}
    assert json.loads(ask("POST", "/__mock__/verify", {**same, "exactly": True}).body)["ok"] is True
    for other in (
        {"headers": {"Authorization": "Bearer other"}},
        {"headers": {"X-Api-Key": "other"}},
        {"body": {"password": "other"}},
        {"body": {"password": "other", "name": "a"}, "exactly": True},
        {"body": "other"},
    ):
        reply = ask("POST", "/__mock__/verify", other)
        assert json.loads(reply.body)["ok"] is False
        assert SECRET not in reply.body.decode()


WELL_KNOWN = (
    *("passwordConfirmation", "password_hash", "oldPassword", "secretAccessKey", "JSESSIONID", "cvv2"),
    *("verification_code", "Ocp-Apim-Subscription-Key", "X-Amz-Signature", "새비밀번호", "주민등록번호"),
)
FORMS: list[tuple[str, bytes]] = [
    ("application/json", json.dumps({"a": {"b": [{"clientSecret": SECRET, "refresh_token": SECRET}]}}).encode()),
    ("application/x-www-form-urlencoded", f"user=a&password={SECRET}&grant=1".encode()),
    ("text/plain", f"user: a, password: {SECRET}\napi_key={SECRET}".encode()),
    ("text/plain", f"GET /a\nAuthorization: Bearer {SECRET}\nProxy-Authorization: Basic {SECRET}".encode()),
    ("text/plain; charset=utf-8", f"비밀번호: {SECRET}\n주민등록번호={SECRET}".encode()),
    (
        "application/json",
        json.dumps(
            dict.fromkeys(
                WELL_KNOWN,
                SECRET,
            )
        ).encode(),
    ),
    ("application/xml", f"<login><user>a</user><Password>{SECRET}</Password></login>".encode()),
    ("application/json", f'{{"password": "{SECRET}", '.encode()),
    (
        "multipart/form-data; boundary=x",
        f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n--x--\r\n'.encode(),
    ),
]


@pytest.mark.parametrize(("media_type", "body"), FORMS)
@pytest.mark.parametrize("target", ["/doors", "/nowhere"])
def test_secrets_of_well_known_names_are_hidden_everywhere(
    ask: Ask, site: Site, media_type: str, body: bytes, target: str
) -> None:
    """
    Whatever a contract says, and where no operation was found too: no secret is in journal, HAR and examples.
    """
    lines = {
        "authorization": f"Bearer {SECRET}",
        "cookie": f"session={SECRET}",
        "x_auth_token": SECRET,
        "x_goog_api_key": SECRET,
        "referer": f"https://a.test/?access_token={SECRET}",
    }
    ask("POST", f"{target}?api_key={SECRET}&serviceKey={SECRET}&page=2", body, content_type=media_type, **lines)
    number = site.worlds.default.journal.total
    for view in ("/journal", f"/journal/{number}", "/journal/har", "/journal/examples"):
        told = ask("GET", f"/__mock__{view}").body.decode()
        assert SECRET not in told, view
    assert "page=2" in ask("GET", "/__mock__/journal").body.decode()


def test_a_secret_in_the_path_is_hidden(ask: Ask, site: Site) -> None:
    """
    A token that is a path parameter is not told either; and paging tokens are no secrets.
    """
    ask("GET", f"/reset/{SECRET}?next_page_token=visible")
    told = ask("GET", "/__mock__/journal").body.decode()
    assert SECRET not in told
    assert "next_page_token=visible" in told


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, True),
        ({"origin": "https://evil.example"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"x_mock_callbacks": "3"}, True),
        ({"x_mock_callbacks": "4"}, False),
        ({"x_mock_callbacks": "999"}, False),
    ],
)
async def test_callbacks_are_sent_for_programs_and_not_for_ever(
    ask: Ask, site: Site, caplog: pytest.LogCaptureFixture, headers: dict[str, str], sent: bool
) -> None:
    """
    A foreign page causes no callback, and callbacks that cause callbacks come to an end.
    """
    with caplog.at_level(logging.WARNING, "aegis_mockserver"):
        ask("POST", "/doors", {"hook": "http://127.0.0.1:9/"}, host="mock", authorization="Bearer a", **headers)
        assert bool(caplog.records) is not sent
        await site.callbacks.aclose()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4010/x", "http://localhost:4010/", "http://[::1]:4010/", "http://mock.test:4010/"]
)
def test_callbacks_never_reach_the_mock_itself(url: str) -> None:
    """
    Nothing is sent where the mock listens, by whatever name; its neighbours on other ports are reached.
    """
    sender = CallbackSender(["mock.test"])
    sender.here("mock.test", 4010)
    assert "own" in sender.refusal(url)
    assert sender.refusal(url.replace("4010", "4011")) == ""


@pytest.mark.parametrize(
    "path", ["/a\r\n12:00:00 200 GET /forged", "/a\x1b[2J", "/a\u2028b", "/a\x00", "/a\x7f", "/a\x85b"]
)
@pytest.mark.parametrize("style", ["text", "json"])
def test_log_lines_cannot_be_forged(site: Site, tmp_path: Any, path: str, style: Any) -> None:
    """
    One exchange is one line (and what it breaks), whatever is in it; nothing in it moves a terminal's cursor.
    """
    target = tmp_path / "log"
    with target.open("wb") as file:
        site.worlds.default.record(0.0, Request(path, path, path.encode()), Reply(200, [], b""), operation="x")
        AccessLog(file.fileno(), style)(tuple(site.worlds.default.journal))
    text = target.read_text(encoding="utf-8")
    assert text.count("\n") == 1
    assert text.rstrip("\n").isprintable()


def test_layers_of_coding_are_bounded(ask: Ask) -> None:
    """
    A body that was coded again and again, or grows beyond the bound, is refused before it is anything.
    """
    body = b'{"a":1}'
    for _ in range(5):
        body = gzip.compress(body)
    lines = {"content_type": "application/json", "authorization": "Bearer a"}
    assert ask("POST", "/doors", body, content_encoding="gzip, gzip, gzip, gzip, gzip", **lines).status == 415
    assert ask("POST", "/doors", gzip.compress(b" " * 40_000_000), content_encoding="gzip", **lines).status == 413
    assert ask("POST", "/doors", gzip.compress(b'{"a":1}'), content_encoding="identity, gzip", **lines).status == 200


@pytest.mark.parametrize(
    "media_type", ["text/html", "text/html; charset=utf-8", "image/svg+xml", "application/xhtml+xml"]
)
def test_an_answer_cannot_script_the_page(media_type: str) -> None:
    """
    An answer that a browser would run is sandboxed: it is of no origin, so the control API does not obey it.
    """
    document = json.loads(json.dumps(DOCUMENT))
    content = {media_type: {"schema": {"type": "string"}, "example": "<script>fetch('/__mock__/reset')</script>"}}
    document["paths"]["/doors/{id}"]["get"]["responses"]["200"]["content"] = content
    reply = Site([load(document)]).respond("GET", b"/doors/1", (), b"")
    headers = dict(reply.headers)
    assert headers[b"content-type"].decode() == media_type
    assert headers[b"content-security-policy"].startswith(b"sandbox ")
    assert b"allow-same-origin" not in headers[b"content-security-policy"]
