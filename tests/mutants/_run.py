"""
Runs a room's tests against each mutant, in a copy of the tree: those that execute the changed line, the nearest first.
"""

from __future__ import annotations

import ast
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from coverage.numbits import numbits_to_nums

from tests.mutants._sample import Mutant, mutated

NEAREST = 40
LEAST_SECONDS = 150


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
class Covered:
    """
    What the room's tests do where nothing is broken.

    Attributes:
        tests: by file and line those that execute it.
        imported: the lines that are executed on import.
        lines: how many of the room each test executes; the fewer, the nearer it is to each of them.
        seconds: how long all of them take.
    """

    tests: dict[tuple[str, int], set[str]]
    imported: set[tuple[str, int]]
    lines: Counter[str]
    seconds: float

    def by(self, mutant: Mutant, text: str) -> tuple[list[str], bool]:
        """
        Return the tests to ask about *mutant* in a file of *text*, and whether all others are to be asked then: where
        its statement is executed on import, nobody knows who depends on it.
        """
        tree = ast.parse(text)
        bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        if not any(body[0].lineno <= mutant.line <= (body[-1].end_lineno or 0) for body in bodies):
            return self._of(key for key in self.tests if key[0] == mutant.path), True
        around = (node for node in ast.walk(tree) if isinstance(node, ast.stmt) and node.lineno <= mutant.line)
        innermost = min(
            (node for node in around if mutant.line <= (node.end_lineno or 0)),
            key=lambda node: (node.end_lineno or 0) - node.lineno,
        )
        found = self._of([(mutant.path, mutant.line)]) or self._of([(mutant.path, innermost.lineno)])
        return found, not found or (mutant.path, mutant.line) in self.imported

    def _of(self, keys: Iterable[tuple[str, int]]) -> list[str]:
        far = self.lines
        return sorted({test for key in keys for test in self.tests.get(key, ())}, key=lambda test: (far[test], test))


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
    begun = time.monotonic()
    done = _pytest(tree, [*options, "--cov-context=test", "--cov-report=", *room.asked], limit=1800)
    if done != 0:
        raise RuntimeError(f"{room.name}: the tests fail without any mutant (exit {done})")
    seconds = time.monotonic() - begun
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    imported: set[tuple[str, int]] = set()
    with sqlite3.connect(data) as database:
        rows = database.execute(
            "select file.path, context.context, line_bits.numbits from line_bits "
            "join file on file.id = line_bits.file_id join context on context.id = line_bits.context_id"
        )
        for path, context, bits in rows:
            test = context.rpartition("|")[0]  # a test's own name may hold the sign, too
            for line in numbits_to_nums(bits):
                key = str(Path(path).relative_to(tree)), line
                if not context:
                    imported.add(key)
                elif test:
                    found[key].add(test)
    return Covered(found, imported, Counter(test for tests in found.values() for test in tests), seconds)


def tried(tree: Path, room: Room, mutants: list[Mutant], covered: Covered) -> Iterator[Outcome]:
    """
    Try each mutant; a run that takes far longer than without one counts as killed, as one that fails does.
    """
    for mutant in mutants:
        path = tree / mutant.path
        before = path.read_text(encoding="utf-8")
        tests, all_of_them = covered.by(mutant, before)
        path.write_text(mutated(tree, mutant), encoding="utf-8")
        try:
            limit = max(LEAST_SECONDS, 3 * covered.seconds)
            killed = _noticed(tree, room, tests, limit) or (all_of_them and _pytest(tree, room.asked, limit) != 0)
            yield Outcome(mutant, killed)
        finally:
            path.write_text(before, encoding="utf-8")


def _noticed(tree: Path, room: Room, tests: list[str], limit: float) -> bool:
    for named in filter(None, (tests[:NEAREST], tests[NEAREST:])):
        failed = _named(tree, named, limit)
        if failed:
            return True
        if failed is None:  # a name that cannot be asked for, or a fault that keeps pytest from starting
            return _pytest(tree, room.asked, limit) != 0
    return False


def _named(tree: Path, tests: list[str], limit: float) -> bool | None:
    """
    Say whether one of *tests* fails; None where pytest does not get as far as asking them.
    """
    names = tree / ".asked"
    names.write_text("".join(f"{test}\n" for test in tests), encoding="utf-8")
    done = _pytest(tree, [f"@{names}"], limit)
    return None if done in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED} else done != 0


def _pytest(tree: Path, arguments: list[str], limit: float) -> int:
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
