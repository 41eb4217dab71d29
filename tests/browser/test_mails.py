"""
The mails of the SDK, as a reader's browser shows them.
"""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any, Literal, cast

import pytest

from aegis_sdk.email import EmailSettings, Language
from aegis_sdk.email._message import password_reset, verification
from tests.browser._chromium import ARGUMENTS, chromium, lacks_chromium

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(lacks_chromium()), reason=lacks_chromium())]
CONTRAST = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => parts(text).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("h1, p, a")].map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Any:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield running
        running.close()


@pytest.mark.parametrize("width", [320, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_mails_can_be_read(browser: Any, language: Language, scheme: Literal["light", "dark"], width: int) -> None:
    """
    On a phone nothing has to be scrolled sideways, and in light and dark every text stands out from what is behind it.
    """
    settings, token = EmailSettings(host="localhost", tls="none"), "t" * 120
    for write in (verification, password_reset):
        message = write(settings, "a@example.kr", user_name="김서연", token=token, language=language)
        page = browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
        page.set_content(cast("EmailMessage", list(message.iter_parts())[1]).get_content())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert min(page.evaluate(CONTRAST)) >= 4.5
        page.close()
