"""
What importing the SDK costs beside ``import httpx``, in fresh interpreters.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

BASELINE = "import httpx"


def import_time(statement: str, cache: Path) -> float:
    """
    Milliseconds of CPU that *statement* takes in a fresh interpreter, start-up of Python apart.
    """
    # CPU time, because a busy machine stretches the clock on the wall more for one than for the other. Without
    # httpx's own command line, whose packages it loads where they happen to be installed. With compiled files, as
    # installed packages have.
    script = (
        "import sys, time; sys.modules.update(rich=None, click=None); began = time.process_time(); "
        f"{statement}; print((time.process_time() - began) * 1000)"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(cache)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


CLIENT = "from aegis_sdk import UserClient; UserClient('http://127.0.0.1:9', 'token').users"
MODELS = f"{CLIENT}; from aegis_sdk._generated.user import models; models.User.model_rebuild(force=True)"
STATEMENTS = {
    "nothing": ("import aegis_sdk", 0.3),
    "errors": ("from aegis_sdk.errors import AegisError", 0.5),
    "a client": (CLIENT, 2.0),
    "a client and its models": (MODELS, 3.5),
    "the floor: httpx and pydantic": ("import httpx; from pydantic import BaseModel, TypeAdapter, Field", 2.5),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_import_time(benchmark: BenchmarkFixture, name: str, tmp_path: Path) -> None:
    """
    Importing the package costs next to nothing; a client less than httpx and pydantic would.
    """
    statement, most = STATEMENTS[name]
    if benchmark.disabled:
        benchmark(import_time, statement, tmp_path)
        return
    import_time(statement, tmp_path)
    import_time(BASELINE, tmp_path)
    ours, theirs = [], []
    for _ in range(10):
        ours.append(import_time(statement, tmp_path))
        theirs.append(import_time(BASELINE, tmp_path))
    benchmark.pedantic(import_time, (statement, tmp_path), rounds=3, iterations=1)  # type: ignore[no-untyped-call]
    ratio = min(ours) / min(theirs)
    benchmark.extra_info.update({"ratio to import httpx": round(ratio, 3), "goal": f"<= {most}"})
    print(f"\n{name}: {min(ours):.0f} ms = {ratio:.2f} x import httpx, {min(theirs):.0f} ms (goal <= {most})")
    assert ratio <= most
