"""
The recipes for CI: they are YAML, the same in both languages, and what they run does what the page says.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_contracts import bundled
from tests.unit.docs._samples import ROOT, samples

PAGES = [ROOT / "docs" / language / "guides" / "ci.md" for language in ("en", "ko")]
CONSUMER = """
from aegis_sdk import UserClient

def test_reads(aegis):
    users = aegis.client(UserClient)
    assert [one.region for one in users.users.list()] == []
"""


def recipes(page: Path) -> list[Any]:
    return [yaml.safe_load(sample.text) for sample in samples(page) if sample.language == "yaml"]


def lines_of(recipe: dict[str, Any]) -> list[str]:
    """
    The shell lines of a recipe, GitHub's or GitLab's.
    """
    found: list[str] = []
    for job in recipe.get("jobs", recipe).values():
        if isinstance(job, dict):
            found += [step["run"] for step in job.get("steps", ()) if "run" in step]
            found += job.get("script", ())
    return [line.strip() for line in found]


LINES = sorted({line for recipe in recipes(PAGES[0]) for line in lines_of(recipe)})


def _commands(start: str) -> list[str]:
    return [line for line in LINES if line.startswith(start)]


def test_both_languages_have_the_same_recipes() -> None:
    """
    A reader of either language copies the same file: provider, consumer and contracts, for GitHub and for GitLab.
    """
    assert recipes(PAGES[0]) == recipes(PAGES[1])
    assert len(recipes(PAGES[0])) == 6
    assert all(lines_of(recipe) for recipe in recipes(PAGES[0]))


def test_what_is_installed_exists() -> None:
    """
    Every extra that a recipe installs is one of the package's.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"aegis-integration\[([^]]+)]", "\n".join(LINES))
    assert named
    assert {extra for one in named for extra in one.split(",")} <= set(project["optional-dependencies"])


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("aegis verify")])
def test_the_provider_s_line_is_understood(line: str) -> None:
    """
    Every option of the long line is one that the command has.
    """
    cli = import_module("aegis_verifier.cli")
    parser = argparse.ArgumentParser(exit_on_error=False)
    cli.register(parser)
    options = parser.parse_args(shlex.split(line)[2:])
    assert options.run


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A contracts' repository with an origin, and a consumer's needs in it.
    """
    folder = tmp_path_factory.mktemp("contracts")
    for name in ("openapi", "schemas"):
        shutil.copytree(bundled() / name, folder / name)
    (folder / "test_consumer.py").write_text(CONSUMER, encoding="utf-8")
    git = ["git", "-c", "user.name=ci", "-c", "user.email=ci@example.com"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True, capture_output=True)
    subprocess.run([*git, "update-ref", "refs/remotes/origin/main", "HEAD"], cwd=folder, check=True)
    [line] = _commands("pytest")
    done = _run(line, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    names = {"GITHUB_BASE_REF": "main", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euc", line], cwd=folder, capture_output=True, text=True, timeout=110, check=False,
        env={**os.environ, **names, "PATH": path},
    )  # fmt: skip


CONTRACTS = [*_commands("aegis lint"), *_commands("aegis can-deploy"), *_commands("aegis diff")]


@pytest.mark.parametrize("line", [line for line in CONTRACTS if "\n" not in line])
def test_the_contracts_lines_pass_where_nothing_changed(repository: Path, line: str) -> None:
    """
    On an unchanged repository every line of the recipe ends with 0.
    """
    done = _run(line, repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_consumer_s_field_holds_the_change_back(repository: Path) -> None:
    """
    A field that the recorded consumer reads fails the recipe's line, by the consumer's name.
    """
    file = repository / "openapi" / "user.yaml"
    before = file.read_text(encoding="utf-8")
    document = yaml.safe_load(before)
    del document["components"]["schemas"]["UserList"]["properties"]["data"]
    document["components"]["schemas"]["UserList"]["required"].remove("data")
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    try:
        done = _run(_commands("aegis can-deploy")[0], repository)
    finally:
        file.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "policy-service" in done.stdout
    assert "/body/data" in done.stdout
