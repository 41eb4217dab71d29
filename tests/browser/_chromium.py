"""
Where a Chromium is, and how it is started so that it talks to nobody but the mock.
"""

from __future__ import annotations

import importlib.util
import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """
    Return the program: what AEGIS_CHROMIUM names, else the first of the usual names.
    """
    named = os.environ.get("AEGIS_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def lacks_chromium() -> str:
    """
    Say why no browser can be driven here.
    """
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return "" if chromium() else "no Chromium is installed; AEGIS_CHROMIUM may name one"
