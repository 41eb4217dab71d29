"""
What mails say: Jinja2 templates, ours or those of a folder in their place.

``email_verification.html`` and ``.txt`` are Korean, ``email_verification.en.html`` and ``.en.txt`` English. A template
that has no text part of its own gets one made from its HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aegis_sdk.email._settings import EmailSettings, Language
from aegis_sdk.errors import EmailError, MissingExtraError

if TYPE_CHECKING:
    import jinja2

__all__ = ["SUBJECTS", "rendered"]

SUBJECTS: Mapping[tuple[str, Language], str] = {
    ("email_verification", "ko"): "이지스 이메일 인증",
    ("email_verification", "en"): "Verify your e-mail address for Aegis",
    ("password_reset", "ko"): "이지스 비밀번호 재설정",
    ("password_reset", "en"): "Reset your Aegis password",
}


def rendered(
    settings: EmailSettings, template: str, language: Language, variables: Mapping[str, object]
) -> tuple[str, str]:
    """
    The text and the HTML of a mail.

    Raises:
        EmailError: the template does not exist or is broken, or a variable of it is missing.
        MissingExtraError: Jinja2 is not installed.
    """
    try:
        import jinja2
    except ModuleNotFoundError:
        raise MissingExtraError("e-mail", "email") from None
    said: str
    try:
        return _parts(_environment(settings.templates), template, language, variables)
    except jinja2.TemplateNotFound as error:
        said = f"there is no template {error.name}"
    except jinja2.UndefinedError as error:
        said = f"the template {template} needs a variable: {error.message}"
    except jinja2.TemplateSyntaxError as error:
        said = f"the template {error.name or template} is broken in line {error.lineno}"
    except Exception as error:  # noqa: BLE001 -- whatever a template of the user's does; what it was done with is not told
        said = f"the template {template} fails with {type(error).__name__}"
    raise EmailError(said)


def _parts(
    environment: jinja2.Environment, template: str, language: Language, variables: Mapping[str, object]
) -> tuple[str, str]:
    ending = "" if language == "ko" else f".{language}"
    names = [f"{template}{ending}", template]
    # Without a translation there is still the mail.
    page = environment.select_template([f"{name}.html" for name in names])
    html = page.render(variables)
    mine = str(page.name).removesuffix(".html")
    plain = f"{mine}.txt"
    if plain not in environment.list_templates() or _apart(environment, str(page.name), plain):
        return _plain(html), html
    return environment.get_template(plain).render(variables), html


def _apart(environment: jinja2.Environment, page: str, plain: str) -> bool:
    """
    Whether the text is ours, and the page is not: then it would say something else.
    """
    assert environment.loader is not None
    folders = [Path(str(environment.loader.get_source(environment, name)[1])).parent for name in (page, plain)]
    return folders[0] != folders[1]


@lru_cache(maxsize=8)
def _environment(folder: Path | str | None) -> jinja2.Environment:
    import jinja2

    ours = jinja2.PackageLoader("aegis_sdk.email", "templates")
    return jinja2.Environment(
        loader=ours if folder is None else jinja2.ChoiceLoader([jinja2.FileSystemLoader(folder), ours]),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class _Text(HTMLParser):
    _HIDDEN = frozenset({"style", "script", "title", "head"})
    _LINES = frozenset({"p", "div", "br", "h1", "h2", "h3", "h4", "li", "tr", "table"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden: list[str] = []
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        if tag in self._HIDDEN:
            self._hidden.append(tag)
        elif tag in self._LINES:
            self.parts.append("\n")
        elif tag == "a":
            self._link = str(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        elif tag in self._LINES:
            self.parts.append("\n")
        elif tag == "a" and self._link:
            self.parts.append(f" {self._link} ")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def _plain(html: str) -> str:
    """
    The text of a page, its links written out.
    """
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return "\n\n".join(line for line in lines if line) + "\n"
