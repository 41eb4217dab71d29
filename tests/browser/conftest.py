"""
A mock server, a Chromium, and a page of a world of its own, which is watched for everything that a page must not do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser._chromium import ARGUMENTS, chromium
from tests.scenarios._aegis import Aegis, MockProcess, running_mock

SCENARIOS = """
scenarios:
  - {name: down-and-up, operation: getHealth, answers: [{status: 503}, real], then: repeat}
"""


@pytest.fixture(scope="module")
def mock_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockProcess]:
    path: Path = tmp_path_factory.mktemp("mock") / "scenarios.yaml"
    path.write_text(SCENARIOS)
    with running_mock("--scenarios", str(path)) as process:
        yield process


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """
    A Chromium for the tests of a module.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def aegis(mock_process: MockProcess) -> Iterator[Aegis]:
    """
    The Aegis APIs in the world that the page shows.
    """
    with Aegis(mock_process.url, f"test-{uuid4().hex[:8]}") as client:
        yield client


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, aegis: Aegis) -> Iterator[Page]:
    """
    A page that must say no error on its console and ask no other host for anything.
    """
    url = str(aegis.http.base_url)
    errors: list[str] = []
    foreign: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A refusal that a test asks the mock for is no error of the page, though Chromium lists it as one.
        asked_for = (
            message.text.startswith("Failed to load resource") and "/__mock__/page/" not in message.location["url"]
        )
        if message.type in {"error", "warning"} and not asked_for:
            errors.append(message.text)

    opened = context.new_page()
    opened.on("console", heard)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on(
        "request", lambda request: None if request.url.startswith((url, "data:")) else foreign.append(request.url)
    )
    yield opened
    assert errors == []
    assert foreign == []


@pytest.fixture
def visit(page: Page, aegis: Aegis) -> Callable[[str], Page]:
    """
    Open a section of the page, in the test's world, and wait until it is live.
    """

    def go(section: str = "journal") -> Page:
        page.goto(f"{aegis.http.base_url}/__mock__/?world={aegis.world}#/{section}")
        page.locator("#live[data-state=live]").wait_for()
        return page

    return go
