"""
Everybody can read the documentation: on a telephone, in the dark, with a screen reader, in their language.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page
from playwright.sync_api import TimeoutError as NothingCame

from tests.browser._chromium import lacks_chromium
from tests.browser.site import pages, served_site, source

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(lacks_chromium()), reason=lacks_chromium() or "-")]
AXE = Axe()
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
DECISIONS = [path for path in pages() if "decisions/0" in path]
LENT = [path for path in pages() if path.startswith("ko/") and not source(path).is_file() and path not in DECISIONS]
READ = [path for path in pages() if path not in DECISIONS and path not in LENT]

EXPLAINED = ("mock", "architecture", "events")
DRAWN = ["", "ko/", *(f"{language}explanation/{name}/" for name in EXPLAINED for language in ("", "ko/"))]
SMALLEST_LETTER = """figure => Math.min(...[...figure.querySelectorAll("text")].map(
    text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
SHOWS_ITS_END = """figure => { figure.focus(); figure.scrollLeft = figure.scrollWidth;
    return document.activeElement === figure && figure.scrollLeft + figure.clientWidth >= figure.scrollWidth - 1 }"""

SEARCHES = [
    *("pagination", "logging", "delay", "xdist", "FastAPI"),
    *("respx", "certificate", "timezone", "performance", "upgrade"),
    *("타임아웃", "페이지", "지연", "휴대전화", "사업자번호", "환경변수", "인증서", "재전송"),
    *("paging", "latency", "TLS", "parallel tests", "migration"),
    *("시간 초과", "전화번호", "재시도", "목 서버", "사업자등록번호"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_site(tmp_path_factory.mktemp("site")) as address:
        yield address


def _hear(told: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        told.append(message.text)


def _opened(browser: Browser, *, width: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )  # type: ignore[arg-type]
    return context.new_page()


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Page:
    return _opened(browser, width=1280, scheme="light")


@pytest.fixture(scope="module")
def telephone(browser: Browser) -> Page:
    return _opened(browser, width=360, scheme="dark")


@pytest.mark.parametrize(("number", "path"), list(enumerate([*READ, *DECISIONS[:1], *LENT[:1]])), ids=str)
def test_page_is_quiet_named_and_fits(site: str, desk: Page, telephone: Page, number: int, path: str) -> None:
    """
    A page loads without an error in the console, fits a telephone, and has the contrast and names that WCAG 2.1 asks.

    All pages stand on the same frame and colours: every other one is audited in the light, the rest in the dark.
    """
    for page in (desk, telephone):
        told: list[str] = []
        hear = partial(_hear, told)
        page.on("console", hear)
        answer = page.goto(site + path, wait_until="load")
        page.remove_listener("console", hear)
        assert answer is not None
        assert answer.status == 200, path
        assert not told
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    audited = (desk, telephone)[number % 2]
    found = AXE.run(audited, options=RULES).response["violations"]
    assert not found, [(one["id"], [node["html"][:160] for node in one["nodes"]][:4]) for one in found]


@pytest.mark.parametrize("path", DRAWN)
def test_drawings_are_readable_on_a_telephone(site: str, telephone: Page, path: str) -> None:
    """
    Each drawing keeps the size of its letters on a telephone, and can be moved by finger or key to see the rest.
    """
    telephone.goto(f"{site}/{path}", wait_until="load")
    figures = telephone.locator("figure.drawing").all()
    assert figures
    for figure in figures:
        assert figure.evaluate(SMALLEST_LETTER) >= 10.9  # pixels of the screen
        assert figure.evaluate(SHOWS_ITS_END)


def test_page_that_is_not_translated_says_so(site: str, desk: Page) -> None:
    """
    A Korean reader who meets an English page is told in Korean, and a screen reader is told that it is English.
    """
    desk.goto(site + LENT[0])
    assert desk.locator("html").get_attribute("lang") == "en"
    assert desk.locator(".untranslated[lang=ko]").is_visible()
    desk.goto(site + next(path for path in READ if path.startswith("ko/guides/")))
    assert desk.locator("html").get_attribute("lang") == "ko"
    assert not desk.locator(".untranslated").count()


@pytest.mark.parametrize("words", SEARCHES)
def test_search_finds_a_guide_in_the_readers_language(site: str, desk: Page, words: str) -> None:
    """
    Who searches for a word of the trade is led to a guide or tutorial first, in the language of the search.
    """
    start = f"{site}ko/" if not words.isascii() else site
    desk.goto(start)
    desk.locator(".md-search__input").click()
    first = desk.locator(".md-search-result__link").first
    address, field = "", desk.locator(".md-search__input")
    for _ in range(20):  # what is typed before the index is there is lost
        for typed in ("", words):
            field.fill(typed)
            field.press("End")  # the page looks when a key is let go
        with suppress(NothingCame):
            address = first.get_attribute("href", timeout=1_500) or ""
            break
    room = address.removeprefix(site).removeprefix("ko/").partition("/")[0]
    assert room in {"guides", "tutorials"}, address
    if not words.isascii():
        assert source(address.removeprefix(site).partition("#")[0].partition("?")[0]).is_file(), address
