"""
A copy of what the distribution is made of, for somebody who changes one thing in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Repository:
    """
    The copy, and Python that runs what stands in it.
    """

    folder: Path

    def run(self, *arguments: str) -> str:
        """
        Run Python with *arguments*, and return what it printed.
        """
        places = os.pathsep.join(str(self.folder / name) for name in ("sdk", "mockserver", "docs"))
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": places},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def generate(self) -> list[str]:
        """
        Write what follows from the contracts, and return what was done with which file.
        """
        return self.run("-m", "aegis_codegen").splitlines()[:-1]

    def replace(self, name: str, old: str, new: str) -> None:
        """
        Put *new* in the place of *old*, in one file.
        """
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """
    Everything but tests, as it is.
    """
    for folder in ("sdk", "mockserver", "openapi", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "_bundled"))
    (tmp_path / "docs").mkdir()
    for path in (ROOT / "docs").glob("_*.py"):
        shutil.copy(path, tmp_path / "docs")
    return Repository(tmp_path)
