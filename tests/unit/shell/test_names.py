"""
The distribution has one name, and no text of ours sends a reader to somebody else's.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

from aegis_shell import install_hint, main

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INSTALL = re.compile(r"(?:pip install|pip3 install|uv add|uv tool install|pipx install|poetry add|uvx)\b([^`\n]*)")
REQUIREMENT = re.compile(r"""^['"]?([A-Za-z][A-Za-z0-9._-]*)(?:\[([a-z,]+)\])?(?:[<>=~!].*)?['"]?$""")
# What our pages tell to install beside our own: declared by nobody, and really theirs.
OTHERS = {"cramjam", "pip", "uv", "nox", "pytest"}


def _texts() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    here = Path(__file__).relative_to(ROOT).as_posix()
    texts = {}
    for name in names:
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue
    texts.pop(here, None)
    return texts


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> set[str]:
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    groups += PROJECT["dependency-groups"].values()
    names = (re.match(r"[A-Za-z0-9._-]+", each) for group in groups for each in group if isinstance(each, str))
    return {_normal(name[0]) for name in names if name}


def test_every_install_hint_names_a_distribution_of_ours() -> None:
    """
    Whatever our code, docs and templates tell to install is ours, with extras that exist, or one of our dependencies.
    """
    own, extras = PROJECT["project"]["name"], set(PROJECT["project"]["optional-dependencies"])
    known = _declared() | OTHERS | {own}
    wrong = []
    seen = 0
    for name, text in _texts().items():
        for hint in INSTALL.finditer(text):
            for word in hint[1].split("#")[0].split(";")[0].split():
                if word.startswith("-") or not (found := REQUIREMENT.match(word.rstrip(").,"))):
                    continue
                seen += 1
                package = _normal(found[1])
                named = package.startswith("aegis") or word[0] in "'\""
                if package == own:
                    good = {each for each in (found[2] or "").split(",") if each} <= extras
                else:
                    good = package in known or not named
                if not good:
                    wrong.append(f"{name}: {word}")
    assert wrong == []
    assert seen


def test_the_name_of_somebody_else_stands_nowhere() -> None:
    """
    ``aegis-sdk`` on the public index belongs to somebody else: no text of ours says it.
    """
    other = "aegis-" + "sdk"
    allowed = {"CHANGELOG.md"} | {name for name in _texts() if "/decisions/" in name}
    assert [name for name, text in _texts().items() if other in text and name not in allowed] == []


def test_hints_and_version_come_from_the_metadata(capsys) -> None:
    """
    What to install is said by the name that the installed distribution has, and its version is the one shown.
    """
    own = PROJECT["project"]["name"]
    assert install_hint("mock", "email") == f"pip install '{own}[mock,email]'"
    assert install_hint() == f"pip install '{own}'"
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"aegis {version(own)}\n"
