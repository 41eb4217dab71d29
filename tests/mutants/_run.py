"""
Runs a room's tests against each mutant, in a copy of the tree; the tests that execute the changed line come first.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coverage.numbits import numbits_to_nums

from tests.mutants._sample import Mutant, mutated

Covered = dict[tuple[str, int], list[str]]
"""
By file and line: the tests that execute it.
"""
LIMIT_SECONDS = 150
MOST_NAMED = 120


@dataclass(frozen=True)
class Room:
    """
    Code, and the tests that are to notice when it breaks.

    Attributes:
        leave_out: what is in the names of tests that are not asked, for they take too long for each fault.
    """

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    leave_out: str = ""

    @property
    def asked(self) -> list[str]:
        """
        What pytest is told, to ask them all.
        """
        return [*self.tests, *(("-k", f"not {self.leave_out}") if self.leave_out else ())]


@dataclass(frozen=True)
class Outcome:
    """
    What became of a mutant: killed by the room's tests, or not.
    """

    mutant: Mutant
    killed: bool


def copy_of(root: Path, target: Path) -> Path:
    """
    Copy what git tracks, and what it does not ignore, to *target*.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    return target


def covering(tree: Path, room: Room) -> Covered:
    """
    Run the room's tests once, whole, and return which tests execute which line.

    Raises:
        RuntimeError: the tests fail without any mutant.
    """
    data = tree / ".coverage"
    data.unlink(missing_ok=True)
    sources = sorted({str(Path(name).parent) for name in room.files})
    options = [f"--cov={source}" for source in sources]
    done = _pytest(tree, [*options, "--cov-context=test", "--cov-report=", *room.asked], limit=900)
    if done != 0:
        raise RuntimeError(f"{room.name}: the tests fail without any mutant (exit {done})")
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    with sqlite3.connect(data) as database:
        rows = database.execute(
            "select file.path, context.context, line_bits.numbits from line_bits "
            "join file on file.id = line_bits.file_id join context on context.id = line_bits.context_id"
        )
        for path, context, bits in rows:
            if test := context.partition("|")[0]:
                for line in numbits_to_nums(bits):
                    found[str(Path(path).relative_to(tree)), line].add(test)
    return {key: sorted(tests) for key, tests in found.items()}


def tried(
    tree: Path, room: Room, mutants: list[Mutant], covered: dict[tuple[str, int], list[str]]
) -> Iterator[Outcome]:
    """
    Try each mutant; a run that does not end within LIMIT_SECONDS counts as killed, as one that fails does.
    """
    for mutant in mutants:
        path = tree / mutant.path
        before = path.read_text(encoding="utf-8")
        path.write_text(mutated(tree, mutant), encoding="utf-8")
        try:
            named = covered.get((mutant.path, mutant.line), [])
            first = _spread(named) if named else room.asked
            killed = _pytest(tree, first) != 0
            if not killed and (not named or len(named) > MOST_NAMED):
                killed = bool(named) and _pytest(tree, room.asked) != 0
            yield Outcome(mutant, killed)
        finally:
            path.write_text(before, encoding="utf-8")


def _spread(tests: list[str]) -> list[str]:
    step = max(1, len(tests) // MOST_NAMED)
    return tests[::step][:MOST_NAMED]


def _pytest(tree: Path, arguments: list[str], limit: float = LIMIT_SECONDS) -> int:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--timeout=60", *arguments]
    paths = os.pathsep.join(str(tree / folder) for folder in ("sdk", "mockserver", "."))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        try:
            return running.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, 9)
            return running.wait() or 1
