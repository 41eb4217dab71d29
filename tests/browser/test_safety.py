"""
The page is safe: whatever anybody sends stays text, and nothing comes from or goes to another host.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser._chromium import lacks_chromium
from tests.scenarios._aegis import Aegis, running_mock

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(lacks_chromium()), reason=lacks_chromium() or "-")]
CANARY = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
SECTIONS = ["journal", "operations", "state", "inbox", "events", "faults", "scenarios", "clock", "worlds"]


def test_every_file_has_a_strict_policy(aegis: Aegis) -> None:
    """
    The page and its files come with a policy that allows scripts and styles of the mock only, and no HTML from text.
    """
    page = aegis.http.get("/__mock__/", headers={"Accept": "text/html"})
    script = aegis.get("/__mock__/page/main.js")
    for answer in (page, script):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert " onclick" not in page.text
    assert "style=" not in page.text
    assert (
        aegis.http.get("/__mock__/page/main.js", headers={"If-None-Match": script.headers["ETag"]}).status_code == 304
    )


def test_what_anybody_sends_stays_text(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    A name, a path, a query, a header, a text, an item, a world and an event with markup are shown, and never run.
    """
    user_id = aegis.register(business_name=CANARY)
    aegis.patch(f"/api/v1/users/{user_id}", {"business_name": f"{CANARY} 2"})
    aegis.http.get(f"/{quote(CANARY)}?q={quote(CANARY)}", headers={"X-Canary": CANARY})
    aegis.http.get("/<img src=x onerror=window.hacked=1>")
    aegis.http.post("/api/v1/users", content=CANARY, headers={"Content-Type": "text/html"})
    aegis.post("/v1/messages", {"to": "010-1234-5678", "message": CANARY, "from": "02-1234-5678"})
    aegis.post("/__mock__/state", {"/api/v1/users": {CANARY: {"name": CANARY}}})
    aegis.post("/__mock__/checks", {CANARY: CANARY})
    aegis.http.put(f"/__mock__/worlds/{quote(CANARY, safe='')}")
    exchanges = [row["number"] for row in aegis.get("/__mock__/journal").json()["exchanges"]]
    places = [*SECTIONS, *(f"journal/{number}" for number in exchanges), f"state/{quote('/api/v1/users', safe='')}"]
    places += ["inbox/1", "inbox/2", "journal/%3Cimg%20src=x%20onerror=window.hacked=1%3E", "operations/a/%E0%A4%A"]
    seen = ""
    for place in places:
        page = visit(place)
        page.locator("main h1").wait_for()
        closed = page.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()
        seen += page.locator("main").inner_text()
        assert page.evaluate("window.hacked") is None
        assert page.locator("main img, main script").count() == 0
    assert seen.count("<img src=x onerror") > 10


def test_a_hostile_mail_does_nothing(context: BrowserContext) -> None:
    """
    A mail with scripts, forms, pictures and frames of other hosts runs nothing and loads nothing.
    """
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    # What the policy forbids is told as a request that failed; it never leaves the browser.
    context.on("requestfailed", lambda request: asked.remove(request.url) if "csp" in (request.failure or "") else None)
    with running_mock("--behaviours", "tests.browser.hostile") as mock:
        page = context.new_page()
        page.goto(f"{mock.url}/__mock__/#/inbox")
        page.request.get(f"{mock.url}/health")
        page.get_by_role("link", name="Hostile").click()
        frame = page.locator("iframe.mail").content_frame
        expect(frame.get_by_text("Hello")).to_be_visible()
        frame.get_by_role("button", name="send").click()
        frame.get_by_role("link", name="elsewhere").click()
        page.get_by_role("heading", name="Hostile").click()
        assert page.evaluate("window.hacked") is None
        assert page.url.startswith(mock.url)
        # That a request was forbidden is told after it was begun: only what is never told has left.
        for _ in range(100):
            left = [url for url in asked if not url.startswith(mock.url)]
            if not left:
                break
            page.wait_for_timeout(50)
    assert left == []


def test_another_origin_cannot_steer_the_mock(context: BrowserContext, aegis: Aegis) -> None:
    """
    A page of another site that is open in the same browser cannot reset worlds, nor read anything.
    """
    aegis.get("/health")
    with running_mock() as other:
        page = context.new_page()
        page.goto(f"{other.url}/__mock__/api")
        script = """async (url) => {
          const send = (method) => fetch(url, {method, mode: "no-cors", body: method === "POST" ? "{}" : undefined});
          await send("POST");
          return fetch(url.replace("reset", "journal")).then(() => "read", () => "refused");
        }"""
        told = page.evaluate(script, f"{aegis.http.base_url}/__mock__/reset?world={aegis.world}")
    assert told == "refused"
    assert len(aegis.get("/__mock__/journal").json()["exchanges"]) == 1


def test_the_page_cannot_be_framed(context: BrowserContext, aegis: Aegis) -> None:
    """
    No other page can put the mock's page into a frame and lead clicks to it.
    """
    page = context.new_page()
    page.goto(f"{aegis.http.base_url}/__mock__/api")
    said = json.dumps(f"{aegis.http.base_url}/__mock__/")
    page.evaluate(f"document.body.append(Object.assign(document.createElement('iframe'), {{src: {said}}}))")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Journal")).to_have_count(0)
