"""
Schemathesis against the mock server: every check, every phase. It finds what nobody thought of.

``AEGIS_SCHEMATHESIS_EXAMPLES`` says how many examples each operation gets; at night it is large.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aegis_contracts import bundled_apis, load

HERE = Path(__file__).parent
OPENAPI = HERE.parents[1] / "openapi"
EXAMPLES = os.environ.get("AEGIS_SCHEMATHESIS_EXAMPLES", "4")
SEED = os.environ.get("AEGIS_SCHEMATHESIS_SEED", "1")
MOCK = "import sys; from aegis_shell import main; sys.exit(main())"
SERVERS = {path.stem: load(path).document["servers"][0]["url"] for path in bundled_apis()}
BASES = {name: urlsplit(url).path.rstrip("/") for name, url in SERVERS.items()}


def lacks_schemathesis() -> str:
    """
    Say why the test cannot run here.
    """
    return "" if importlib.util.find_spec("schemathesis") else "schemathesis is not installed"


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """
    The mock server with the Aegis contracts, as a user starts it.
    """
    command = [sys.executable, "-c", MOCK, "mock", "--port", "0", "--json-start-line", "--log-format", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.mark.skipif(bool(lacks_schemathesis()), reason=lacks_schemathesis() or "-")
@pytest.mark.parametrize("name", BASES)
def test_mock_passes_all_checks(mock: str, name: str, tmp_path: Path) -> None:
    """
    Whatever is sent, the mock answers as the contract says, refuses what it must, and never fails.
    """
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file", str(HERE / "schemathesis.toml"),
        "run", str(OPENAPI / f"{name}.yaml"), "--url", f"{mock}{BASES[name]}",
        "--phases", "examples,coverage,fuzzing,stateful", "--checks", "all",
        "--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none",
        "--header", "Authorization: Bearer token", "--continue-on-failure", "--no-color",
    ]  # fmt: skip
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 0, found.stdout[-6_000:] + found.stderr[-2_000:]
