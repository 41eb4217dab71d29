"""
What our profile asks of contracts that name it, each with a mend: nothing of it stands in tests alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aegis_contracts import bundled
from aegis_contracts.events import lint_events
from aegis_contracts.lint.cli import check

BROKEN = sorted((Path(__file__).parents[2] / "contract" / "broken").glob("*.yaml"))


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """
    A copy of our contracts, to break.
    """
    for folder in ("openapi", "schemas"):
        shutil.copytree(bundled() / folder, tmp_path / folder)
    return tmp_path


def changed(path: Path, old: str, new: str) -> str:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (" Source: AEG-SPC-USER v6.0 §1, §5.", "", "profile-source"),
        ("operationId: deleteUser", "operationId: eraseUser", "profile-behaviour"),
        ("summary: Delete a user", "summary: ''", "profile-summary"),
    ],
)
def test_what_an_operation_lacks_is_told_with_its_mend(ours: Path, old: str, new: str, rule: str) -> None:
    """
    An operation without a source, a behaviour or a summary is a finding, and the finding says what to add and where.
    """
    found = check(changed(ours / "openapi" / "user.yaml", old, new))
    assert [finding.rule for finding in found] == [rule]
    assert found[0].mend
    assert found[0].line > 0


@pytest.mark.parametrize(("kind", "kept"), [("valid", 2), ("invalid", 7)])
def test_too_few_examples_are_told_with_their_number(ours: Path, kind: str, kept: int) -> None:
    """
    An event type with fewer examples than the profile asks for is a finding that says how many are missing.
    """
    folder = ours / "schemas" / "examples" / "UserDeleted.v1" / kind
    for path in sorted(folder.glob("*.json"))[kept:]:
        path.unlink()
    [finding] = lint_events(ours / "schemas")
    assert finding.rule == "profile-examples"
    assert "add 1 under examples/UserDeleted.v1" in finding.mend


def test_nobody_elses_contract_is_held_to_our_profile(ours: Path) -> None:
    """
    A document that does not name the profile is held to the standards, and to nothing that we ask of ourselves.
    """
    path = ours / "openapi" / "user.yaml"
    changed(path, "x-profile: aegis\n", "")
    assert check(changed(path, " Source: AEG-SPC-USER v6.0 §1, §5.", "")) == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_finding_has_a_mend(path: Path) -> None:
    """
    Whatever is found wrong, the finding says what to write instead.
    """
    found = check(str(path))
    assert found
    assert all(finding.mend.strip() for finding in found), found
