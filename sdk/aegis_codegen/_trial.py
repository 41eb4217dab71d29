"""
Generated packages are imported, and all their models built, before anything is written: what cannot be used is not
handed out.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aegis_codegen.host import HostError

__all__ = ["trial"]

# The packages that hold the parent are made, not imported: generated code needs nothing of them.
_SCRIPT = """
import importlib, pathlib, sys, types
root, parent = pathlib.Path(sys.argv[1]), sys.argv[2]
made = ""
for step in parent.split("."):
    made = f"{made}.{step}" if made else step
    sys.modules[made] = module = types.ModuleType(made)
    module.__path__ = [str(root)] if made == parent else []
import pydantic
def tried(name, work):
    try:
        return work()
    except Exception as error:
        sys.exit(f"{name}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else error}")
for path in sorted(root.rglob("*.py")):
    steps = [step for step in path.relative_to(root).with_suffix("").parts if step != "__init__"]
    name = ".".join([parent, *steps])
    if not steps:
        continue
    module = tried(name, lambda: importlib.import_module(name))
    if len(steps) == 2 and steps[-1] in ("models", "inputs"):
        for each in module.__all__:
            tried(f"{name}.{each}", lambda: pydantic.TypeAdapter(getattr(module, each)))
    for each in getattr(module, "__all__", ()):
        tried(f"{name}.{each}", lambda: getattr(module, each))
"""


def trial(files: Mapping[str, str], parent: str) -> None:
    """
    Import every module of *files* as part of the package *parent*, and build its models.

    Raises:
        HostError: one cannot be imported or built; which, and why, is told.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        command = [sys.executable, "-c", _SCRIPT, folder, parent]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it ended without a word"]
        raise HostError(f"what was generated cannot be used, so nothing was written: {said[-1]}")
