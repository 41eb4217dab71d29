"""
Every file can be read in one go, and every folder seen at a glance.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = 400
FILES = 15  # beside __init__.py
RECURSIVE = {
    # Two files whose recursion is their subject.
    # What takes tokens stands on steps, and a step may have to take a token first.
    ("aegis_verifier.cases.steps._arrangement", "aegis_verifier.cases.tokens"),
    # A contract has operations, and an operation knows its contract.
    ("aegis_contracts._model", "aegis_contracts._contract"),
    # An engine gives its workers what they handle, and they tell it what became of it.
    ("aegis_sdk.events.consumer.handling._worker", "aegis_sdk.events.consumer.handling._engine"),
}


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


def imports(module: ast.Module, *, front: bool) -> Iterator[str]:
    """
    Name what a module imports, at once or late; for its types alone too, but a front door hands those on to others.
    """
    typed = {
        id(inner)
        for node in ast.walk(module)
        if front and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(module):
        if id(node) in typed:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_file_imports_itself_by_way_of_others() -> None:
    """
    No circle of imports, not even a late one or one of types, generated files included, but where the recursion is the
    subject.
    """
    sources = [path.relative_to(ROOT) for folder in ("sdk", "mockserver") for path in (ROOT / folder).rglob("*.py")]
    files = {".".join(path.parts[1:]).removesuffix(".py").removesuffix(".__init__"): path for path in sources}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        found = imports(ast.parse((ROOT / path).read_text("utf-8")), front=path.name == "__init__.py")
        known = (one if one in files else one.rpartition(".")[0] for one in found)
        graph[name] = {one for one in known if one in files and one != name and (name, one) not in RECURSIVE}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))
