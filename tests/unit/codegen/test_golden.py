"""
What is generated, and what is refused, file by file. ``python tests/golden/write.py`` writes the expectations anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis_codegen import generate
from aegis_contracts import ContractError

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
ROOT = GOLDEN.parents[1]
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/openapi.yaml"))
REFUSED = sorted(path.parent.name for path in GOLDEN.glob("_refused/*/openapi.yaml"))


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("case", CASES)
def test_a_feature_is_carried_as_reviewed(case: str) -> None:
    """
    The generated files of a one-feature contract are those that somebody read and committed.
    """
    folder = GOLDEN / case / "expected"
    expected = {
        path.relative_to(folder).as_posix().removesuffix(".txt"): path.read_text("utf-8")
        for path in folder.rglob("*.txt")
    }
    files = generate((GOLDEN / case / "openapi.yaml").relative_to(ROOT))
    generated = {path.partition("/")[2]: text for path, text in files.items()}
    assert expected, "a case names at least one file that it is about"
    assert {name: generated.get(name) for name in expected} == expected


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_carried_is_refused_with_place_and_mend(case: str) -> None:
    """
    A contract that generation would betray is refused: file, line, pointer, rule, and how to mend it.
    """
    with pytest.raises(ContractError) as caught:
        generate((GOLDEN / "_refused" / case / "openapi.yaml").relative_to(ROOT))
    assert f"{caught.value}\n" == (GOLDEN / "_refused" / case / "refused.txt").read_text("utf-8")
    assert all(found.line and found.mend and found.rule.startswith("codegen/") for found in caught.value.findings)


def test_generation_is_deterministic() -> None:
    """
    The same contract gives the same bytes, whatever the order of sets on this run.
    """
    contract = Path("tests/golden/parameter_styles/openapi.yaml")
    assert generate(contract) == generate(contract)
