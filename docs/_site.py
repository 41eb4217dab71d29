"""
What the site does beyond its theme: API pages follow from the contracts, decision records from their folder; each
language has an index of search with the guides first, and pages that are not translated say so.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from aegis_contracts import bundled_apis, load

HERE = Path(__file__).parent
APIS = bundled_apis()
_API = "reference/api/"
TRANSLATIONS = ("ko",)
BOOSTS = {"guides": 4.0, "tutorials": 3.0, "reference": 1.0, "explanation": 1.0, "decisions": 0.2}
_ROOM = re.compile(r"(?:^|/)(guides|tutorials|reference|explanation|decisions)/")
_FRAME = re.compile(r'<(header|nav|footer|aside)(?= class="md-)|<div(?= class="md-sidebar)')


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """
    List the pages of a folder where the navigation names the folder.
    """
    pages = {
        "reference/api/": [f"{_API}{path.stem}.md" for path in APIS],
        "decisions/": sorted(f"decisions/{path.name}" for path in (HERE / "en" / "decisions").glob("[0-9]*.md")),
    }
    config.nav = _listed(config.nav, pages)
    return config


def _listed(nav: Any, pages: dict[str, list[str]]) -> Any:
    if isinstance(nav, dict):
        return {title: _listed(inner, pages) for title, inner in nav.items()}
    if isinstance(nav, list):
        return [_listed(one, pages) for item in nav for one in pages.get(str(item), [item])]
    return nav


@event_priority(100)  # before the translations sort the files by language
def on_files(files: Files, config: MkDocsConfig, **_: object) -> Files:
    """
    Add a page for each API; nobody writes one.
    """
    for path in APIS:
        if files.get_file_from_path(source := f"en/{_API}{path.stem}.md") is None:
            files.append(File(source, config.docs_dir, config.site_dir, config.use_directory_urls))
    return files


def on_page_read_source(page: Page, **_: object) -> str | None:
    """
    Say what the page of an API consists of: its title, and the mark that the reference puts the rest in place of.
    """
    path = Path(page.file.src_uri)
    contract = {f"en/{_API}{api.stem}.md": api for api in APIS}.get(path.as_posix())
    return f"# {load(contract).title}\n\n<!-- reference: api {path.stem} -->\n" if contract else None


def on_env(env: Environment, **_: object) -> Environment:
    """
    Give the theme the filter that points search at the index of a language.
    """
    env.filters["own_search"] = own_search
    return env


def own_search(block: str, locale: str, base: str) -> Markup:
    """
    Return the theme's configuration for a page in *locale*: a translation's search index stands in its own folder.
    """
    if locale not in TRANSLATIONS:
        return Markup(block)  # noqa: S704 (the theme's own markup, unchanged)
    own = json.dumps(f"{base.rstrip('/')}/{locale}/")  # without the last stroke the index beside it is meant
    return Markup(re.sub(r'"base":\s*"[^"]*"', f'"base": {own}', block, count=1))  # noqa: S704 (the theme's own markup)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """
    Weigh a page for search, and mark one that stands in for its translation.
    """
    room = _ROOM.search(page.file.src_uri)
    if room:
        page.meta.setdefault("search", {})["boost"] = BOOSTS[room[1]]
    locale = _locale(page)
    source = Path(page.file.abs_src_path or "")
    if locale in TRANSLATIONS and source.is_relative_to(HERE / "en"):
        page.meta["untranslated"] = locale
    return markdown


def on_post_page(output: str, page: Page, **_: object) -> str:
    """
    Say the language of a page that stands in for its translation: English, with the frame around it in the other one.
    """
    locale = page.meta.get("untranslated")
    if not locale:
        return output
    output = re.sub(r'<html lang="[^"]*"', '<html lang="en"', output, count=1)
    return _FRAME.sub(lambda found: f'{found[0]} lang="{locale}"', output)


@event_priority(-100)  # the translations are built inside the same event
def on_post_build(config: MkDocsConfig, **_: object) -> None:
    """
    Write an index of search for each language: its own pages, and English ones where there is no translation.
    """
    whole = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(whole.read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = index["docs"]
    for locale in TRANSLATIONS:
        prefix = f"{locale}/"
        own = [{**one, "location": one["location"].removeprefix(prefix)} for one in entries if _in(one, prefix)]
        if not own:
            return  # a build of one language inside the whole one; the last one writes
        there = {_page(one) for one in own}
        rest = [one for one in entries if not _in(one, prefix) and _page(one) not in there]
        lent = [{**one, "boost": one.get("boost", 1.0) / 10} for one in rest]
        target = Path(config.site_dir) / locale / "search" / "search_index.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({**index, "docs": own + lent}, ensure_ascii=False), encoding="utf-8")
        entries = [one for one in entries if not _in(one, prefix)]
        sitemap = Path(config.site_dir) / "sitemap.xml"
        if sitemap.is_file():
            (Path(config.site_dir) / locale / "sitemap.xml").write_bytes(sitemap.read_bytes())
    whole.write_text(json.dumps({**index, "docs": entries}, ensure_ascii=False), encoding="utf-8")


def _in(entry: dict[str, Any], prefix: str) -> bool:
    return bool(entry["location"].startswith(prefix))


def _page(entry: dict[str, Any]) -> str:
    return str(entry["location"]).partition("#")[0]


def _locale(page: Page) -> str:
    return page.file.dest_uri.partition("/")[0]
