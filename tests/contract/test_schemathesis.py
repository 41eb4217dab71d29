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
import tomllib
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


def test_what_schemathesis_cannot_read_is_told_to_it() -> None:
    """
    Each operation with a bound in bytes is named in its configuration: it would call a fair refusal a fault.
    """
    settings = tomllib.loads((HERE / "schemathesis.toml").read_text(encoding="utf-8"))["operations"]
    told = {name for one in settings for name in _listed(one.get("include-operation-id", []))}
    bounded = {
        operation.operation_id
        for path in bundled_apis()
        for operation in load(path).operations.values()
        if operation.request_body is not None
        for media in operation.request_body.content.values()
        if media.schema is not None and "x-max-bytes" in json.dumps(media.schema.projected("request"))
    }
    assert bounded
    assert bounded <= told


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
