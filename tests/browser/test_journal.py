"""
The journal of the page: exchanges appear as they happen, are filtered and read, and their secrets stay hidden.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser._chromium import lacks_chromium
from tests.scenarios._aegis import Aegis, running_mock

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(lacks_chromium()), reason=lacks_chromium() or "-")]
ROWS = "ol.rows > li"


def test_exchanges_appear_as_they_happen(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    A page that is open shows each exchange without being reloaded, the newest first.
    """
    page = visit()
    expect(page.get_by_text("Nothing was asked yet.")).to_be_visible()
    aegis.get("/health")
    expect(page.locator(ROWS)).to_have_count(1)
    aegis.get("/api/v1/users", limit=7)
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator(ROWS).first).to_contain_text("/api/v1/users?limit=7")
    expect(page.locator("#nav [data-section=journal] .count")).to_have_text("2")


def test_filters_hold_for_what_comes(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    A filter is for the exchanges that are there and for those that come.
    """
    aegis.get("/health")
    aegis.post("/api/v1/users", {"email": "x"})
    page = visit()
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Violations only").check()
    expect(page.locator(ROWS)).to_have_count(1)
    aegis.get("/health")
    aegis.post("/api/v1/users", {"email": "y"})
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Violations only").uncheck()
    page.get_by_label("Status").select_option("2XX")
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_label("Filter by method or path").fill("POST")
    expect(page.get_by_text("No exchange fits the filter.")).to_be_visible()


def test_an_exchange_is_read_without_its_secrets(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    The detail shows what was sent, what came back, what it broke and how to mend that; passwords and keys are hidden.
    """
    aegis.http.headers["Authorization"] = "Bearer canary-token"
    aegis.post("/api/v1/users", {"email": "no address", "password": "canary-password"})
    page = visit()
    page.locator(f"{ROWS} a").first.click()
    detail = page.get_by_role("complementary", name="Exchange")
    expect(detail.get_by_role("heading", name="Exchange 1")).to_be_focused()
    expect(detail.get_by_role("listitem").filter(has_text="must be a valid email")).to_be_visible()
    expect(
        detail.get_by_role("listitem").get_by_text("openapi/common.yaml#/components/schemas/EmailAddress/format")
    ).to_be_visible()
    expect(detail.get_by_role("region", name="Request body")).to_contain_text("no address")
    expect(detail.get_by_role("region", name="Response body")).to_contain_text("invalid_request")
    assert "canary" not in page.content()
    assert "[hidden]" in page.content()


def test_a_pause_holds_the_list_and_counts_what_comes(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    While the list is paused nothing moves; then everything is there.
    """
    aegis.get("/health")
    page = visit()
    page.get_by_role("button", name="Pause").click()
    aegis.get("/health")
    page.get_by_role("button", name="Go on (1 new)").click()
    expect(page.locator(ROWS)).to_have_count(2)


def test_a_flood_does_not_drown_the_page(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    Of a thousand exchanges in a moment the page shows the last few hundred, and stays usable.
    """
    page = visit()
    for _ in range(1_000):
        aegis.get("/health")
    expect(page.locator("#nav [data-section=journal] .count")).to_have_text("1,000")
    assert 0 < page.locator(ROWS).count() <= 300
    page.locator(f"{ROWS} a").first.click()
    expect(page.get_by_role("heading", name="Exchange 1000")).to_be_visible()


def test_a_reset_empties_the_page(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    When somebody resets the world, the page knows.
    """
    aegis.get("/health")
    page = visit()
    expect(page.locator(ROWS)).to_have_count(1)
    aegis.post("/__mock__/reset")
    expect(page.get_by_text("Nothing was asked yet.")).to_be_visible()
    aegis.get("/health")
    expect(page.locator(ROWS)).to_have_count(1)


def test_exports_are_of_this_world(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    The journal can be taken away as HAR and as examples.
    """
    aegis.get("/health")
    page = visit()
    with page.expect_download() as har:
        page.get_by_role("link", name="HAR").click()
    assert '"/health"' in har.value.path().read_text() or "/health" in har.value.path().read_text()
    with page.expect_download() as examples:
        page.get_by_role("link", name="Examples").click()
    assert "getHealth" in examples.value.path().read_text()


def test_it_comes_back_when_the_mock_was_gone(context: BrowserContext) -> None:
    """
    A page whose mock ended tries again, and shows the new one's exchanges as soon as it is there.
    """
    page = context.new_page()
    with running_mock() as mock:
        httpx.get(f"{mock.url}/health")
        page.goto(f"{mock.url}/__mock__/")
        expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#live")).to_have_attribute("data-state", "lost")
    with running_mock("--port", mock.url.rpartition(":")[2]) as mock:
        httpx.get(f"{mock.url}/nothing")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator(ROWS)).to_have_count(1)
        expect(page.locator(ROWS)).to_contain_text("/nothing")
