"""
What importing the SDK costs beside ``import httpx``, in fresh interpreters.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

BASELINE = "import httpx"


def import_time(statement: str) -> float:
    """
    Milliseconds of CPU that *statement* takes in a fresh interpreter, start-up of Python apart.
    """
    # CPU time, because a busy machine stretches the clock on the wall more for one than for the other.
    script = f"import time; began = time.process_time(); {statement}; print((time.process_time() - began) * 1000)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout)


CLIENT = "from aegis_sdk import UserClient; UserClient('http://127.0.0.1:9', 'token').users"
MODELS = f"{CLIENT}; from aegis_sdk._generated.user import models; models.User.model_rebuild(force=True)"
STATEMENTS = {
    "nothing": ("import aegis_sdk", 0.2),
    "errors": ("from aegis_sdk.errors import AegisError", 0.5),
    "a client": (CLIENT, 2.0),
    "a client and its models": (MODELS, 2.5),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_import_time(benchmark: BenchmarkFixture, name: str) -> None:
    """
    Importing the package costs next to nothing; a ready client with its models at most 2.5 times what httpx costs.
    """
    statement, most = STATEMENTS[name]
    if benchmark.disabled:
        benchmark(import_time, statement)
        return
    import_time(statement)
    ours, theirs = [], []
    for _ in range(10):
        ours.append(import_time(statement))
        theirs.append(import_time(BASELINE))
    benchmark.pedantic(import_time, (statement,), rounds=3, iterations=1)  # type: ignore[no-untyped-call]
    ratio = min(ours) / min(theirs)
    benchmark.extra_info.update({"ratio to import httpx": round(ratio, 3), "goal": f"<= {most}"})
    print(f"\n{name}: {min(ours):.0f} ms = {ratio:.2f} x import httpx, {min(theirs):.0f} ms (goal <= {most})")
    assert ratio <= most
