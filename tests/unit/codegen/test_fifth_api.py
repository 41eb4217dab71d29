"""
A further API is one new document: nothing else needs a hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = Path(__file__).parent / "weather.yaml"
SCRIPT = """
import aegis_sdk
from aegis_contracts import bundled_apis
from aegis_mockserver import transport
from aegis_sdk import AsyncWeatherClient, HttpxAdapter, WeatherClient, errors, weather

assert "weather.yaml" in [path.name for path in bundled_apis()]
assert aegis_sdk.weather is weather and {"WeatherClient", "AsyncWeatherClient"} <= set(aegis_sdk.__all__)
assert weather.WeatherClient is WeatherClient and "Forecast" in dir(weather)
with WeatherClient("http://mock", "key", transport=HttpxAdapter(transport())) as client:
    forecast = client.forecasts.get("11")
    assert isinstance(forecast, weather.Forecast), forecast
    assert forecast.sky.is_known
    try:
        client.forecasts.get("11", extra_headers={"Prefer": "code=404"})
    except errors.WeatherError as error:
        assert isinstance(error, errors.NotFoundError), error
    assert issubclass(weather.RegionUnknownError, errors.WeatherError)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """
    A copy of what the distribution is made of, with one more contract.
    """
    for folder in ("sdk", "mockserver", "openapi", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "_bundled"))
    shutil.copy(DOCUMENT, tmp_path / "openapi" / "weather.yaml")
    return tmp_path


def test_one_document_gives_clients_errors_module_and_mock(repository: Path) -> None:
    """
    After one more file in ``openapi/`` and one run of the generator, the SDK has the API's clients, module and family
    of errors, the mock serves it, and the files of the other APIs are as they were.
    """
    places = os.pathsep.join(str(repository / folder) for folder in ("sdk", "mockserver"))
    surroundings = {**os.environ, "PYTHONPATH": places}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=repository, env=surroundings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    written = run("-m", "aegis_codegen").splitlines()[:-1]
    others = [line for line in written if "weather" not in line]
    assert sorted(others) == [
        f"rewritten: {name}" for name in ("__init__.py", "__init__.py", "clients/__init__.py", "errors.py")
    ]
    run("-c", SCRIPT)
    run("-m", "aegis_codegen", "--check")
