"""
Everybody can use the page: by keyboard, with a screen reader, in light and dark, on a telephone.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser._chromium import lacks_chromium
from tests.scenarios._aegis import Aegis

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(lacks_chromium()), reason=lacks_chromium() or "-")]
SECTIONS = ["journal", "operations", "state", "inbox", "events", "faults", "scenarios", "clock", "worlds"]
DETAILS = ["journal/1", "operations/Aegis%20User%20API/registerUser", "inbox/1"]
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const probe = document.body.appendChild(document.createElement("i"));
  const light = (name) => {
    probe.className = "probe";
    probe.style.color = `var(--${name})`;
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pairs = [
    ["ink", "ground"], ["ink", "paper"], ["ink", "sunk"], ["ink", "accent-ground"], ["ink", "warn-ground"],
    ["soft", "ground"], ["soft", "paper"], ["soft", "sunk"], ["soft", "accent-ground"], ["accent", "paper"],
    ["accent", "ground"], ["accent", "sunk"], ["accent", "accent-ground"], ["on-accent", "accent"], ["good", "sunk"],
    ["info", "sunk"], ["good", "paper"], ["info", "accent-ground"], ["warn", "warn-ground"], ["bad", "bad-ground"],
    ["warn", "paper"], ["bad", "paper"], ["warn", "accent-ground"], ["bad", "accent-ground"],
  ];
  return pairs.map(([text, ground]) => {
    const [high, low] = [light(text), light(ground)].sort((a, b) => b - a);
    return [`${text} on ${ground}`, (high + 0.05) / (low + 0.05)];
  });
}"""
NAMELESS = """() => [...document.querySelectorAll("button, a[href], input, select, textarea, iframe, nav, aside")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.ariaLabel || one.title || one.labels?.length || one.textContent.trim()))
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def story(aegis: Aegis) -> Aegis:
    """
    A world with something in every section.
    """
    user_id = aegis.register()
    aegis.post("/api/v1/users", {"email": "x"})
    aegis.patch(f"/api/v1/users/{user_id}", {"business_name": "새이름 상사"})
    aegis.post("/__mock__/faults", {"operation": "getHealth", "status": 503})
    return aegis


def test_everything_is_reached_by_keyboard(visit: Callable[..., Page], story: Aegis) -> None:
    """
    From the address to an exchange's detail and back, and to a fault, without a mouse; where one is can be seen.
    """
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.locator("ol.rows > li").first.wait_for()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter by method or path")).to_be_focused()
    page.keyboard.type("POST")
    expect(page.locator("ol.rows > li")).to_have_count(2)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('row-link')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Exchange 1")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("ol.rows a[href$='/1']")).to_be_focused()
    page.get_by_role("link", name="Faults").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Faults", exact=True)).to_be_focused()
    page.get_by_label("To", exact=True).focus()
    page.keyboard.type("listUsers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="listUsers")).to_be_visible()
    assert story.get("/api/v1/users").status_code == 503


def test_skip_link_leads_to_the_content(visit: Callable[..., Page]) -> None:
    """
    The first link leads past the navigation, and the section stays what it is.
    """
    page = visit("clock")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("heading", name="Clock", exact=True)).to_be_visible()


@pytest.mark.parametrize("section", [*SECTIONS, *DETAILS])
def test_everything_has_a_name(visit: Callable[..., Page], story: Aegis, section: str) -> None:
    """
    Every control and landmark has a name that is read aloud; a section has one main heading, and no level is skipped.
    """
    assert story
    page = visit(section)
    page.wait_for_timeout(150)
    assert page.evaluate(NAMELESS) == []
    for landmark in ("banner", "navigation", "main"):
        expect(page.get_by_role(landmark).first).to_be_visible()
    levels: list[int] = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].filter((h) => h.checkVisibility()).map((h) => +h.tagName[1])"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_themes(visit: Callable[..., Page], scheme: Any) -> None:
    """
    The page follows the system's theme, and every colour of text has a contrast of 4.5 to what is behind it (WCAG AA).
    """
    page = visit()
    page.emulate_media(color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) > 380) == (scheme == "light")
    assert [pair for pair in page.evaluate(CONTRAST) if pair[1] < 4.5] == []


def test_the_theme_is_chosen_and_kept(visit: Callable[..., Page]) -> None:
    """
    The switch goes from the system's theme to light to dark, and the choice is there after a reload.
    """
    page = visit()
    switch = page.get_by_role("button", name="Theme")
    switch.click()
    switch.click()
    expect(switch).to_have_text("● Dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(16, 20, 19)"
    page.get_by_role("button", name="Theme").click()
    expect(page.get_by_role("button", name="Theme")).to_have_text("◐ System")


@pytest.mark.parametrize("section", [*SECTIONS, *DETAILS])
def test_it_fits_a_telephone(visit: Callable[..., Page], story: Aegis, section: str) -> None:
    """
    At 390 pixels nothing stands out to the side, and everything to press is big enough.
    """
    assert story
    page = visit(section)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        "[...document.querySelectorAll('button, .button, select, .row-link')].filter((one) => one.checkVisibility())"
        ".filter((one) => one.getBoundingClientRect().height < 28).map((one) => one.outerHTML.slice(0, 90))"
    )
    assert small == []


def test_what_happens_is_said(visit: Callable[..., Page]) -> None:
    """
    What a button did is said in a live region.
    """
    page = visit("clock")
    page.get_by_role("button", name="+ 5 min").click()
    expect(page.locator("#said[role=status]")).to_contain_text("The clock was moved.")
