"""
Every file can be read in one go, and every folder seen at a glance.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = 400
FILES = 15  # beside __init__.py


def written() -> list[Path]:
    """
    Return the source files that people write.
    """
    files = [path for folder in ("sdk", "mockserver", "docs") for path in (ROOT / folder).rglob("*.py")]
    return [path.relative_to(ROOT) for path in files if not {"_generated", "__pycache__"} & set(path.parts)]


def test_no_file_is_longer_than_one_reading() -> None:
    """
    No hand-written file has more than 400 lines: what is longer has two subjects.
    """
    lengths = {path.as_posix(): len((ROOT / path).read_text("utf-8").splitlines()) for path in written()}
    assert {name: length for name, length in lengths.items() if length > LINES} == {}


def test_no_folder_holds_more_than_a_glance() -> None:
    """
    No folder has more than 15 hand-written files side by side: what is fuller has rooms without names.
    """
    beside = Counter(path.parent.as_posix() for path in written() if path.name != "__init__.py")
    assert {folder: number for folder, number in beside.items() if number > FILES} == {}
