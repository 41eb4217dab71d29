"""
Pages that nobody writes: one for each API, and the list of decision records.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.config import load_config
from mkdocs.structure.files import Files

from tests.unit.docs._samples import ROOT

WEATHER = ROOT / "tests" / "changes" / "weather.yaml"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """
    The documentation's hook, with one more document beside ours.
    """
    sys.path.insert(0, str(ROOT / "docs"))
    module = importlib.import_module("_site")
    monkeypatch.setattr(module, "APIS", [*module.APIS, WEATHER])
    yield module
    sys.path.remove(str(ROOT / "docs"))


def test_an_api_has_a_page_and_a_place_in_the_navigation(site: Any) -> None:
    """
    One more document in ``openapi/`` is one more page with its title and reference, listed beside the others.
    """
    config = load_config(str(ROOT / "mkdocs.yml"))
    listed = set(_paths(site.on_config(config).nav))
    files: Files = site.on_files(Files([]), config)
    for path in site.APIS:
        source = f"reference/api/{path.stem}.md"
        assert source in listed
        assert files.get_file_from_path(f"en/{source}") is not None
    text = site.on_page_read_source(SimpleNamespace(file=SimpleNamespace(src_uri="en/reference/api/weather.md")))
    assert text == "# Aegis Weather API\n\n<!-- reference: api weather -->\n"
    assert site.on_page_read_source(SimpleNamespace(file=SimpleNamespace(src_uri="en/index.md"))) is None


def test_every_page_that_is_written_has_a_place_in_the_navigation(site: Any) -> None:
    """
    Each Markdown file of the English documentation can be reached from the navigation, and each entry is a page.
    """
    config = load_config(str(ROOT / "mkdocs.yml"))
    english = ROOT / "docs" / "en"
    written = {path.relative_to(english).as_posix() for path in english.rglob("*.md")}
    made = {f"reference/api/{path.stem}.md" for path in site.APIS}
    assert set(_paths(site.on_config(config).nav)) == written | made


def _paths(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for inner in nav.values():
            yield from _paths(inner)
    else:
        for item in nav or ():
            yield from _paths(item)
